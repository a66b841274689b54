"""Checkpoints: written completely or not at all, and read without executing code."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mnist.errors import MnistError
from mnist.models import create_model
from mnist.output import write_whole

_FORMAT = "mnist-checkpoint-1"


@dataclass(frozen=True)
class Checkpoint:
    """A trained model, and everything needed to continue its training.

    Attributes:
        model: its name or import path.
        weights: those that are measured; their running mean where the recipe has one.
        epoch: the last finished epoch, from 1.
        history: one row of figures per epoch, as in metrics.csv.
        config: the run's configuration, as in config.json; in best.pt, also what its epoch was chosen on.
        training: the state of the optimizer and the raw weights, for `--resume`; empty in a checkpoint only for use.
    """

    model: str
    weights: dict[str, Any]
    epoch: int
    history: list[dict[str, float]]
    config: dict[str, Any]
    training: dict[str, Any]

    def build(self) -> nn.Module:
        """Return the model with these weights, ready for use.

        Raises:
            MnistError: the model has changed since the checkpoint was made.
        """
        model = create_model(self.model)
        load_weights(model, self.weights, self.model)
        return model.eval()

    @property
    def chosen_on(self) -> str:
        """The images whose accuracy decided for this epoch, "test" or "validation"; an empty text if none did."""
        stopped_early = not self.training and self.epoch < self.config["recipe"]["epochs"]  # best.pt before it said so
        return str(self.config.get("chosen_on", self.config["held_out"] if stopped_early else ""))

    def caveat(self, held_out: str) -> str:
        """Say why an accuracy on "test" or "validation" images is too good to be expected of others, if it is."""
        if held_out == "validation" and self.config["held_out"] == "test":
            return "these images are part of what it was trained on; train it with --validate to measure it on them"
        if held_out == self.chosen_on:
            return f"epoch {self.epoch} was chosen as the best on these very images; last.pt holds the last epoch"
        return ""


def load_weights(model: nn.Module, weights: dict[str, Any], where: str) -> None:
    """Put weights into a model.

    Raises:
        MnistError: they belong to another model.
    """
    try:
        model.load_state_dict(weights)
    except (RuntimeError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise MnistError(
            where, f"the checkpoint's weights do not fit ({reason})", "its own model was expected"
        ) from error


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, completely or not at all.

    Raises:
        MnistError: it cannot be written; an existing one stays as it was.
    """
    content = {"format": _FORMAT} | vars(checkpoint)
    write_whole(path, lambda draft: torch.save(content, draft), (RuntimeError,))  # which it raises on a full disk


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint; only tensors and plain values are accepted, never code.

    Raises:
        MnistError: there is none, it is damaged, or it is something else.
    """
    remedy = "a checkpoint that `mnist train` wrote was expected"
    try:
        packed = io.BytesIO(path.read_bytes())
    except OSError as error:
        raise MnistError(str(path), f"cannot be read ({error.strerror})", remedy) from error
    try:
        content = torch.load(packed, map_location="cpu", weights_only=True)
    except Exception as error:  # other files' bytes can make the unpickler raise anything
        raise MnistError(str(path), "damaged, or no checkpoint", remedy) from error
    if not isinstance(content, dict) or content.pop("format", None) != _FORMAT or content.keys() != _KEYS:
        raise MnistError(str(path), "another program's checkpoint", remedy)
    return Checkpoint(**content)


_KEYS = Checkpoint.__dataclass_fields__.keys()
