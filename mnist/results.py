"""Results as data: the figures of each finished run, and their mean and deviation over several seeds."""

import csv
import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mnist.errors import MnistError
from mnist.output import write_text


@dataclass(frozen=True)
class Result:
    """One run.

    Attributes:
        config: the content of its config.json: model, parameters, seed, recipe, held-out images, versions, machine.
        accuracy: in percent, after each epoch, on the held-out images.
        loss: the mean cross-entropy, after each epoch, on the held-out images.
        seconds: of training, for each epoch.
    """

    config: dict[str, Any]
    accuracy: list[float]
    loss: list[float]
    seconds: list[float]

    @property
    def run(self) -> tuple[str, str, int, int]:
        """What distinguishes runs in one folder: model, whose recipe, epochs and seed."""
        return self.config["model"], self.recipe_source, len(self.accuracy), self.config["seed"]

    @property
    def recipe_source(self) -> str:
        """Whose recipe it was trained by, "own" or "published"; older runs, which do not say it, by our own."""
        return str(self.config.get("recipe_source", "own"))

    @property
    def last(self) -> float:
        """The accuracy after the last epoch."""
        return self.accuracy[-1]

    @property
    def best(self) -> float:
        """The highest accuracy of any epoch."""
        return max(self.accuracy)

    @property
    def best_epoch(self) -> int:
        """The first epoch with the highest accuracy, from 1."""
        return self.accuracy.index(self.best) + 1


@dataclass(frozen=True)
class Line:
    """Several seeds of one model and recipe.

    Attributes:
        model: its name.
        parameters: how many it has.
        epochs: of each run.
        seeds: how many runs.
        last: mean accuracy after the last epoch.
        deviation: sample standard deviation of those accuracies; None for a single seed.
        lowest: the lowest of them.
        best: mean accuracy of each seed's best epoch.
        highest: the accuracy of the best epoch of all seeds.
        seconds: of training, the median over all epochs of all seeds; the median, since other programs may interfere.
    """

    model: str
    parameters: int
    epochs: int
    seeds: int
    last: float
    deviation: float | None
    lowest: float
    best: float
    highest: float
    seconds: float

    @property
    def figures(self) -> tuple[str, ...]:
        """The columns from the parameters to the best epoch, as tables show them."""
        spread = "" if self.deviation is None else f" ± {self.deviation:.3f}"
        return (
            f"{self.parameters:,}",
            str(self.epochs),
            str(self.seeds),
            f"{self.last:.3f}{spread}",
            f"{self.lowest:.2f}",
            f"{self.best:.3f}",
        )


def read_run(folder: Path) -> Result:
    """Read the result of a run from its folder.

    Raises:
        MnistError: there is no finished run.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        with (folder / "metrics.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        accuracy = [round(float(row["accuracy"]), 4) for row in rows]
        loss = [round(float(row["test_loss"]), 6) for row in rows]
        seconds = [round(float(row["seconds"]), 1) for row in rows]
    except (OSError, ValueError, KeyError) as error:
        raise MnistError(str(folder), f"no run there ({error})", "a folder of `mnist train` was expected") from error
    if len(accuracy) != config["recipe"]["epochs"]:
        raise MnistError(str(folder), f"{len(accuracy)} epochs", f"a run of {config['recipe']['epochs']} was expected")
    return Result(config, accuracy, loss, seconds)


def write_results(path: Path, results: Iterable[Result]) -> None:
    """Write results as JSON, one line a run.

    Raises:
        MnistError: the file cannot be written.
    """
    lines = [json.dumps(asdict(result), ensure_ascii=False) for result in results]
    write_text(path, "[\n" + ",\n".join(lines) + "\n]\n")


def read_results(path: Path) -> list[Result]:
    """Read what `write_results` wrote.

    Raises:
        MnistError: the file cannot be read, or is something else.
    """
    try:
        return [Result(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise MnistError(str(path), f"no results ({error})", "a file of `mnist bench` was expected") from error


def merge_results(earlier: Iterable[Result], new: Iterable[Result]) -> list[Result]:
    """Put new results after earlier ones; one of the same run takes the earlier one's place."""
    return list({result.run: result for result in (*earlier, *new)}.values())


def summarise_seeds(results: Sequence[Result]) -> Line:
    """Summarise several runs of one model and recipe."""
    first = results[0]
    lasts = [result.last for result in results]
    return Line(
        first.config["model"],
        first.config["parameters"],
        len(first.accuracy),
        len(results),
        statistics.mean(lasts),
        statistics.stdev(lasts) if len(lasts) > 1 else None,
        min(lasts),
        statistics.mean(result.best for result in results),
        max(result.best for result in results),
        statistics.median(seconds for result in results for seconds in result.seconds),
    )
