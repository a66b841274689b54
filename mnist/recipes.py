"""How each model is trained, unless the user says otherwise."""

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from mnist.augment import Augment
from mnist.errors import MnistError

Source = Literal["own", "published"]


@dataclass(frozen=True)
class Recipe:
    """Everything that determines a training except the model, the data and the seed.

    Attributes:
        epochs: passes over the training set.
        batch_size: images per step, over all processes together.
        optimizer: AdamW, or SGD.
        momentum: of SGD, as Nesterov has it; 0 for none.
        lr: the peak of the learning rate.
        schedule: "cycle" rises to the peak, then falls to 0 along a cosine; "steps" begins at the peak, and falls by
            a factor every few epochs.
        warmup: the fraction of all steps during which the rate of a cycle rises.
        decay: that factor of the steps; 1 for a constant rate.
        decay_epochs: after how many epochs it applies, again and again.
        weight_decay: of convolutions and linear layers; biases and batch normalisation are exempt.
        label_smoothing: the fraction of the target that is spread over all classes.
        ema: decay per step of the running mean of the weights; that mean is measured and kept; 0 for none.
        augment: the random transformations.
        mild_epochs: how many of the last epochs transform images less.
        mild_share: how far they go in those epochs, as a fraction of `augment`.
        reestimate: on how many training images, as they are, the statistics of batch normalisation are measured anew
            after the last epoch, or on all if there are fewer; 0 for none.
        precision: of the convolutions in training; bfloat16 is faster where the hardware supports it. Evaluation
            is always in float32.
    """

    epochs: int = 19
    batch_size: int = 128
    optimizer: Literal["adamw", "sgd"] = "adamw"
    momentum: float = 0.9
    lr: float = 0.01
    schedule: Literal["cycle", "steps"] = "cycle"
    warmup: float = 0.2
    decay: float = 1.0
    decay_epochs: int = 10
    weight_decay: float = 0.01
    label_smoothing: float = 0.0
    ema: float = 0.0
    augment: Augment = field(default_factory=Augment)
    mild_epochs: int = 0
    mild_share: float = 0.5
    reestimate: int = 0
    precision: Literal["float32", "bfloat16"] = "float32"

    def rate(self, progress: float) -> float:
        """Return the learning rate after this fraction of all steps."""
        if self.schedule == "steps":
            finished = int(progress * self.epochs + 1e-9)  # in epochs; the fraction may be rounded down
            return self.lr * self.decay ** (finished // self.decay_epochs)
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
    "flagship": replace(_OURS, augment=replace(AFFINE, elastic=0.5), reestimate=15_000),
    "tiny": replace(_OURS, reestimate=15_000),
    "fast": replace(_OURS, epochs=12),
    "live": DEFAULT,
    "wide-stem": replace(_OURS, batch_size=64, lr=0.006),  # smaller batches fit the cache: twice as fast
    "two-transition": replace(_OURS, augment=MILD),  # its dropout of 0.3 is enough noise
    "slim": _OURS,
    "gap-linear": _OURS,
    "pyramid": _OURS,
}


@dataclass(frozen=True)
class Published:
    """How a published network was trained, as far as its source says.

    Attributes:
        recipe: what its source says, and our choice where it says nothing.
        said: what it says.
        note: what it leaves open, and how we chose.
    """

    recipe: Recipe
    said: str
    note: str


# What no source says is as in PyTorch's SGD by default, that is without momentum, weight decay and schedule; images are
# not transformed. The negative log-likelihood of a log-softmax is the cross-entropy.
_PLAIN = Recipe(optimizer="sgd", momentum=0, lr=0.1, schedule="steps", warmup=0, weight_decay=0)
_OPEN = "no momentum, no weight decay, no augmentation"
PUBLISHED: dict[str, Published] = {
    "two-transition": Published(
        replace(_PLAIN, batch_size=256),
        "SGD, rate 0.1, batches of 256, negative log-likelihood, dropout 0.3, 19 epochs",
        f"constant rate, {_OPEN}",
    ),
    "slim": Published(
        replace(_PLAIN, lr=0.04, epochs=20),
        "SGD, rate 0.04, batches of 128, cross-entropy, dropout 0.069, 20 epochs",
        f"constant rate, {_OPEN}",
    ),
    "gap-linear": Published(
        _PLAIN,
        "dropout of whole channels 0.05, 19 epochs",
        f"SGD, constant rate 0.1, batches of 128, cross-entropy, {_OPEN}",
    ),
    "pyramid": Published(
        replace(_PLAIN, decay=0.9, decay_epochs=10),
        "SGD, rate 0.1, times 0.9 every 10 epochs",
        f"batches of 128, cross-entropy, dropout 0.05, 19 epochs, {_OPEN}",
    ),
}


def recipe_for(model: str, source: Source = "own") -> Recipe:
    """Return a model's own recipe, or the default for models that have none.

    Args:
        model: its name or import path.
        source: whose recipe: ours, or the published one.

    Raises:
        MnistError: no recipe is published for this model.
    """
    if source == "own":
        return RECIPES.get(model, DEFAULT)
    if model not in PUBLISHED:
        raise MnistError(model, "no recipe of it is published", f"one of {', '.join(PUBLISHED)} was expected")
    return PUBLISHED[model].recipe


def flat_recipe(recipe: dict[str, Any]) -> dict[str, Any]:
    """Return a recipe, as plain data, with its augmentation's settings on the same level as the others.

    What the recipe of an older run does not say has its default, which is how that run was trained.
    """
    whole = asdict(Recipe()) | recipe
    own = {name: value for name, value in whole.items() if name != "augment"}
    return {**own, **asdict(Augment()), **whole["augment"]}
