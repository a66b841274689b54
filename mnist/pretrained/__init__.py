"""Checkpoints that ship with the package."""

import json
from importlib.resources import as_file, files
from pathlib import Path

from mnist.checkpoint import Checkpoint, load_checkpoint
from mnist.errors import MnistError
from mnist.models import MODELS
from sheetgen.errors import did_you_mean

NAMES = ("flagship", "tiny", "live")
_EXPECTED = f"{', '.join(NAMES)} or a file was expected"


def open_checkpoint(name: str) -> Checkpoint:
    """Read a checkpoint.

    Args:
        name: of one that ships with the package, which takes precedence, or the path of a file.

    Raises:
        MnistError: there is none, or it cannot be used.
    """
    if name not in NAMES:
        if name in MODELS and not Path(name).exists():
            raise MnistError(name, "comes without trained weights", _EXPECTED)
        if not Path(name).exists() and (near := did_you_mean(name, NAMES)):
            raise MnistError(name, "no such file", f"{near}{_EXPECTED}")
        return load_checkpoint(Path(name))
    with as_file(files("mnist.pretrained").joinpath(f"{name}.pt")) as path:
        return load_checkpoint(path)


def temperature(name: str) -> float:
    """Return what to divide a checkpoint's logits by, so that its probabilities hold on users' pictures.

    `docs/make_calibration.py` fits the temperatures of those that ship. For others it is 1, as nothing is known.
    """
    fitted = json.loads(files("mnist.pretrained").joinpath("temperatures.json").read_text(encoding="utf-8"))
    return float(fitted.get(name, 1.0))
