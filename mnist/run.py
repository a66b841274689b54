"""A run: a training, and the folder that keeps it."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from mnist.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from mnist.data import Digits
from mnist.distributed import World
from mnist.environment import describe_environment, environment_changes
from mnist.errors import MnistError
from mnist.models import create_model, parameter_count
from mnist.output import write_text
from mnist.recipes import Recipe, Source, flat_recipe
from mnist.train import EpochResult, OnStep, Trainer, seed_everything

OnEpoch = Callable[[EpochResult], None]


@dataclass(frozen=True)
class Plan:
    """What to train, and how.

    Attributes:
        model: a name, or the import path of the user's own.
        recipe: how to train it.
        seed: determines everything random.
        device: where to compute.
        held_out: which images are measured after each epoch: "test" or "validation".
        recipe_source: whose recipe it is, apart from what the user changed: our own, or the published one.
    """

    model: str
    recipe: Recipe
    seed: int
    device: torch.device
    held_out: str = "test"
    recipe_source: Source = "own"

    @property
    def name(self) -> str:
        """What distinguishes runs in one folder: model, whose recipe, epochs and seed."""
        published = "-published" if self.recipe_source == "published" else ""
        return f"{self.model.replace(':', '.')}{published}-{self.recipe.epochs}-seed{self.seed}"

    def describe(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "model": self.model,
            "seed": self.seed,
            "held_out": self.held_out,
            "recipe_source": self.recipe_source,
            "recipe": asdict(self.recipe),
        }


class Run:
    """A training whose configuration, figures and checkpoints are kept under a folder.

    Args:
        plan: what to train.
        train: what to train on.
        held_out: what to measure on.
        out: the folder; created if missing.
        resume: continue the run that is there, if there is one.
        world: the processes that share the work; only the first of them writes.

    Raises:
        MnistError: the folder holds a run already, or one of another plan.
    """

    def __init__(
        self,
        plan: Plan,
        train: Digits,
        held_out: Digits,
        out: Path,
        *,
        resume: bool = False,
        world: World | None = None,
    ) -> None:
        self.plan: Plan = plan
        self.out: Path = out
        self.world: World = world or World()
        seed_everything(plan.seed)
        model = create_model(plan.model)
        self.environment: dict[str, Any] = describe_environment(plan.device, self.world.size)
        self.environment_changes: str = ""  # since the kept part of the run was trained
        self.config: dict[str, Any] = plan.describe() | self.environment | {"parameters": parameter_count(model)}
        self.trainer: Trainer = Trainer(
            model, plan.recipe, train, held_out, seed=plan.seed, device=plan.device, world=self.world
        )
        if self.last.exists():
            self._take_up(resume)
        elif self.world.leads:
            self._write_config()

    @property
    def last(self) -> Path:
        """The checkpoint of the last finished epoch."""
        return self.out / "last.pt"

    @property
    def best(self) -> Path:
        """The checkpoint of the epoch with the highest accuracy; of equal ones, the earliest."""
        return self.out / "best.pt"

    @property
    def history(self) -> list[EpochResult]:
        """The figures of the finished epochs."""
        return self.trainer.history

    def go(self, on_epoch: OnEpoch | None = None, on_step: OnStep | None = None) -> list[EpochResult]:
        """Train the remaining epochs, keep each, and return the figures of all.

        Raises:
            MnistError: the loss is no longer a number, or something cannot be written; finished epochs are kept.
        """
        while len(self.history) < self.plan.recipe.epochs:
            result = self.trainer.run_epoch(on_step)
            if self.world.leads:
                self._keep(result)
            if on_epoch is not None:
                on_epoch(result)
        return self.history

    def _keep(self, result: EpochResult) -> None:
        rows = [asdict(row) for row in self.history]
        weights = self.trainer.measured_model.state_dict()
        parts = (self.plan.model, weights, result.epoch, rows)
        if result.accuracy > max((row.accuracy for row in self.history[:-1]), default=-1):
            chosen = self.config | {"chosen_on": self.plan.held_out}
            save_checkpoint(self.best, Checkpoint(*parts, chosen, training={}))
        save_checkpoint(self.last, Checkpoint(*parts, self.config, training=self.trainer.state()))
        write_text(self.out / "metrics.csv", metrics_csv(self.history))

    def _take_up(self, resume: bool) -> None:
        if not resume:
            raise MnistError(str(self.out), "holds a run already", "add --resume, or choose another place with --out")
        kept = load_checkpoint(self.last)
        difference = _difference(kept.config, self.config)
        if difference:
            remedy = "give the same options, or choose another place with --out"
            raise MnistError(str(self.out), f"its run has {difference}", remedy)
        if not kept.training:
            raise MnistError(
                str(self.last), "a checkpoint to use, not to go on from", "choose another place with --out"
            )
        self.trainer.restore(kept.training, kept.history, str(self.last))
        self._note_environment(kept.config)
        if self.world.leads:  # the run may have been killed between its last checkpoint and this file
            write_text(self.out / "metrics.csv", metrics_csv(self.history))

    def _note_environment(self, kept: dict[str, Any]) -> None:
        """Keep the run's own configuration, and add to it where it goes on if that is another environment."""
        if len(self.history) < self.plan.recipe.epochs:
            self.environment_changes = environment_changes(kept, self.config)
        self.config = kept
        if self.environment_changes:
            here = {"after_epoch": len(self.history)} | self.environment
            self.config = kept | {"resumed": [*kept.get("resumed", []), here]}
            if self.world.leads:
                self._write_config()

    def _write_config(self) -> None:
        write_text(self.out / "config.json", json.dumps(self.config, indent=2) + "\n")


def _difference(kept: dict[str, Any], ours: dict[str, Any]) -> str:
    """Say how the settings of a kept run differ from those of this one; an empty text if they do not."""
    before, now = _settings(kept), _settings(ours)
    return ", ".join(f"{name} {before.get(name)}, not {now[name]}" for name in now if before.get(name) != now[name])


def _settings(config: dict[str, Any]) -> dict[str, Any]:
    names = ("model", "seed", "held_out", "recipe_source")
    whole = {"recipe_source": "own"} | config  # older runs do not say it
    return {name: whole[name] for name in names} | flat_recipe(config["recipe"])


def metrics_csv(history: list[EpochResult]) -> str:
    """Return the figures of all epochs as CSV with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(EpochResult.__dataclass_fields__), lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in history)
    return text.getvalue()
