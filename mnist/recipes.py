"""How each model is trained unless the user says otherwise."""

import math
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mnist.augment import Augment


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training except the model, the data and the seed.

    Attributes:
        epochs: passes over the training set.
        batch_size: images per step, over all processes together.
        optimizer: AdamW, or SGD with Nesterov's momentum 0.9.
        lr: the peak of the learning rate.
        warmup: the share of all steps over which the rate rises to its peak; from there a cosine brings it to 0.
        weight_decay: of convolutions and linear layers; biases and batch normalisation are left alone.
        label_smoothing: the share of the target that is spread over all classes.
        ema: decay per step of the running mean of the weights, which is what is measured and kept; 0 for none.
        augment: the random affine maps.
        precision: of the convolutions in training; bfloat16 is faster where the processor has it. Measuring is always
            in float32.
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
    precision: Literal["float32", "bfloat16"] = "float32"

    def rate(self, progress: float) -> float:
        """Return the learning rate when this share of all steps is done: one cycle, to 0 at the end."""
        if progress < self.warmup:
            return self.lr * (0.04 + 0.96 * progress / self.warmup)
        return self.lr * 0.5 * (1 + math.cos(math.pi * (progress - self.warmup) / (1 - self.warmup)))


AFFINE = Augment(rotation=10, zoom=0.1, shear=0.1, shift=2)
MILD = Augment(rotation=7, zoom=0.05, shear=0.05, shift=1)

_OURS = Recipe(augment=AFFINE, ema=0.998, precision="bfloat16")
DEFAULT = replace(_OURS, precision="float32")
RECIPES: dict[str, Recipe] = {
    "flagship": replace(_OURS, augment=replace(AFFINE, elastic=0.5)),
    "tiny": _OURS,
    "fast": replace(_OURS, epochs=12),
    "wide-stem": replace(_OURS, batch_size=64, lr=0.006),  # smaller batches fit the cache: twice as fast
    "two-transition": replace(_OURS, augment=MILD),  # its dropout of 0.3 is noise enough
    "slim": _OURS,
    "gap-linear": _OURS,
    "pyramid": _OURS,
}


def recipe_for(model: str) -> Recipe:
    """Return a model's own recipe, or the one for all that have none."""
    return RECIPES.get(model, DEFAULT)


def flat_recipe(recipe: dict[str, Any]) -> dict[str, Any]:
    """Return a recipe, as plain data, with its augmentation's settings beside the others."""
    own = {name: value for name, value in recipe.items() if name != "augment"}
    return {**own, **recipe["augment"]}
