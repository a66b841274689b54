"""How each model is trained, unless the user says otherwise."""

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from mnist.augment import Augment


@dataclass(frozen=True)
class Recipe:
    """Everything that determines a training except the model, the data and the seed.

    Attributes:
        epochs: passes over the training set.
        batch_size: images per step, over all processes together.
        optimizer: AdamW, or SGD with Nesterov's momentum 0.9.
        lr: the peak of the learning rate.
        warmup: the fraction of all steps during which the rate rises to its peak; then it falls to 0 along a cosine.
        weight_decay: of convolutions and linear layers; biases and batch normalisation are exempt.
        label_smoothing: the fraction of the target that is spread over all classes.
        ema: decay per step of the running mean of the weights; that mean is measured and kept; 0 for none.
        augment: the random transformations.
        mild_epochs: how many of the last epochs transform images less.
        mild_share: how far they go in those epochs, as a fraction of `augment`.
        reestimate: on how many training images, as they are, the statistics of batch normalisation are measured anew
            after the last epoch; 0 for none.
        precision: of the convolutions in training; bfloat16 is faster where the hardware supports it. Evaluation
            is always in float32.
    """

    epochs: int = 19
    batch_size: int = 128
    optimizer: Literal["adamw", "sgd"] = "adamw"
    lr: float = 0.01
    warmup: float = 0.2
    weight_decay: float = 0.01
    label_smoothing: float = 0.0
    ema: float = 0.0
    augment: Augment = field(default_factory=Augment)
    mild_epochs: int = 0
    mild_share: float = 0.5
    reestimate: int = 0
    precision: Literal["float32", "bfloat16"] = "float32"

    def rate(self, progress: float) -> float:
        """Return the learning rate after this fraction of all steps: one cycle, ending at 0."""
        if progress < self.warmup:
            return self.lr * (0.04 + 0.96 * progress / self.warmup)
        return self.lr * 0.5 * (1 + math.cos(math.pi * (progress - self.warmup) / (1 - self.warmup)))

    def augment_in(self, epoch: int) -> Augment:
        """Return the transformations of an epoch, from 1."""
        mild = epoch > self.epochs - self.mild_epochs
        return self.augment.scaled(self.mild_share) if mild else self.augment


AFFINE = Augment(rotation=10, zoom=0.1, shear=0.1, shift=2)
MILD = Augment(rotation=7, zoom=0.05, shear=0.05, shift=1)

_OURS = Recipe(augment=AFFINE, ema=0.998, precision="bfloat16")
DEFAULT = replace(_OURS, precision="float32")
RECIPES: dict[str, Recipe] = {
    "flagship": replace(_OURS, augment=replace(AFFINE, elastic=0.5)),
    "tiny": _OURS,
    "fast": replace(_OURS, epochs=12),
    "live": DEFAULT,
    "wide-stem": replace(_OURS, batch_size=64, lr=0.006),  # smaller batches fit the cache: twice as fast
    "two-transition": replace(_OURS, augment=MILD),  # its dropout of 0.3 is enough noise
    "slim": _OURS,
    "gap-linear": _OURS,
    "pyramid": _OURS,
}


def recipe_for(model: str) -> Recipe:
    """Return a model's own recipe, or the default for models that have none."""
    return RECIPES.get(model, DEFAULT)


def flat_recipe(recipe: dict[str, Any]) -> dict[str, Any]:
    """Return a recipe, as plain data, with its augmentation's settings on the same level as the others.

    What the recipe of an older run does not say has its default, which is how that run was trained.
    """
    whole = asdict(Recipe()) | recipe
    own = {name: value for name, value in whole.items() if name != "augment"}
    return {**own, **asdict(Augment()), **whole["augment"]}
