"""Small convolutional networks for MNIST, trained, measured and shown under the class's rules.

    >>> from mnist import create_model, summarise
    >>> summarise(create_model("slim")).parameters
    12088

`load_digits` reads MNIST's files, `create_model` makes a network, `Plan` and `Run` train it with a `Recipe`, `measure`
holds it to images, `open_checkpoint` reads a trained one, and `summarise` says what it is made of. Mistakes in what a
user gives raise `MnistError`, whose text is one line.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from mnist.errors import MnistError

if TYPE_CHECKING:
    __version__: str
    from mnist.augment import Augment
    from mnist.data import Digits, load_digits
    from mnist.measurement import Measured, measure
    from mnist.models import create_model
    from mnist.pretrained import open_checkpoint
    from mnist.recipes import Recipe, recipe_for
    from mnist.run import Plan, Run
    from mnist.summary import Summary, summarise

__all__ = [
    "Augment",
    "Digits",
    "Measured",
    "MnistError",
    "Plan",
    "Recipe",
    "Run",
    "Summary",
    "__version__",
    "create_model",
    "load_digits",
    "measure",
    "open_checkpoint",
    "recipe_for",
    "summarise",
]

# PyTorch takes seconds to import, so what needs it is imported when it is asked for.
_PLACES = {
    "Augment": "mnist.augment",
    "Digits": "mnist.data",
    "Measured": "mnist.measurement",
    "Plan": "mnist.run",
    "Recipe": "mnist.recipes",
    "Run": "mnist.run",
    "Summary": "mnist.summary",
    "create_model": "mnist.models",
    "load_digits": "mnist.data",
    "measure": "mnist.measurement",
    "open_checkpoint": "mnist.pretrained",
    "recipe_for": "mnist.recipes",
    "summarise": "mnist.summary",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("backpropagation-sheets")
    if name not in _PLACES:
        raise AttributeError(f"module 'mnist' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
