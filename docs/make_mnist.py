"""Make the tables and pictures on MNIST from the committed results: `python docs/make_mnist.py`.

    python docs/make_mnist.py                    tables of README and docs/mnist.md, pictures, from docs/mnist/*.json
    python docs/make_mnist.py --collect RUNS     first take every finished run under RUNS into docs/mnist/results.json,
                                                 in place of an earlier one of the same model, epochs and seed; those of
                                                 the ablated network on the validation images, if there are any, as the
                                                 new ablation.json; and the checkpoints that ship into the package

Beside the pictures it writes which results they show, so that a test can tell when they are out of date.
"""

import argparse
import hashlib
import json
import re
import statistics
from collections import defaultdict
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist.checkpoint import load_checkpoint, save_checkpoint
from mnist.data import Digits, load_digits
from mnist.figures import draw_augmented
from mnist.measurement import measure
from mnist.models import MODELS
from mnist.output import write_text, write_whole
from mnist.pretrained import NAMES
from mnist.recipes import flat_recipe, recipe_for
from mnist.results import Line, Result, merge_results, read_results, read_run, summarise_seeds, write_results

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", ROOT / "docs" / "mnist.md")
FOLDER = ROOT / "docs" / "mnist"
RESULTS, SELECTION, ABLATION = (FOLDER / f"{name}.json" for name in ("results", "selection", "ablation"))
CURVES, SAMPLES, MANIFEST = FOLDER / "curves.png", FOLDER / "augmented.png", FOLDER / "manifest.json"
HEADINGS = (
    "model",
    "parameters",
    "epochs",
    "seeds",
    "last epoch",
    "its lowest",
    "best epoch",
    "its highest",
    "published",
    "s/epoch",
)
SHORT_HEADINGS = ("model", "parameters", "epochs", "seeds", "accuracy, %")
SELECTION_HEADINGS = ("channels", "parameters", "elastic", "smoothing", "epochs", "seeds", "validation", "loss")
PUBLISHED_HEADINGS = (
    "model",
    "published",
    "their recipe: seeds × epochs",
    "last epoch",
    "best epoch",
    "ours: seeds × epochs",
    "last epoch",
    "best epoch",
)
ABLATION_EPOCHS = 10
ABLATED_MODEL = "benchmarks.mnist_selection:flagship_with_maxima"
ABLATED = f"mnist train {ABLATED_MODEL} --validate --epochs {ABLATION_EPOCHS} --elastic 0.5 --precision bfloat16"
ABLATION_HEADINGS = ("options in addition", "seeds", "validation", "loss")
ABLATED_RECIPE = replace(recipe_for("flagship"), epochs=ABLATION_EPOCHS, reestimate=0)
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6B5900", "#52606D")


def main() -> None:
    """Collect where asked to, then write the table, the pictures and the manifest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collect", type=Path, metavar="RUNS")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "mnist")
    arguments = parser.parse_args()
    if arguments.collect is not None:
        runs = finished_runs(arguments.collect)
        write_results(RESULTS, results_of(merge_results(read_results(RESULTS), runs)))
        if ablation := ablation_of(runs):
            write_results(ABLATION, ablation)
        ship(arguments.collect, load_digits(arguments.data, "train"))
    results = read_results(RESULTS)
    groups = grouped([run for run in results if run.recipe_source == "own"])
    theirs = grouped([run for run in results if run.recipe_source == "published"])
    draw(groups, CURVES)
    draw_augmented(load_digits(arguments.data, "test"), recipe_for("flagship").augment, SAMPLES)
    selection = json.loads(SELECTION.read_text(encoding="utf-8"))
    tables = make_tables(groups, theirs, selection, read_results(ABLATION))
    for page in PAGES:
        write_text(page, with_tables(page.read_text(encoding="utf-8"), tables))
    names = {path.name: digest(path) for path in (RESULTS, SELECTION, ABLATION, CURVES, SAMPLES)}
    write_text(MANIFEST, json.dumps(names, indent=2) + "\n")


def finished_runs(folder: Path) -> list[Result]:
    """Return the results of all finished runs under a folder."""
    return [read_run(path.parent) for path in folder.glob("*/metrics.csv") if _finished(path.parent)]


def results_of(runs: list[Result]) -> list[Result]:
    """Return those of our models on the test images, in the order of the models."""
    order = list(MODELS)  # and of each, those by our recipe before those by the published one
    kept = [run for run in runs if run.config["model"] in MODELS and run.config["held_out"] == "test"]

    def place(run: Result) -> tuple[int, str, int, int]:
        return order.index(run.config["model"]), run.recipe_source, -len(run.accuracy), run.config["seed"]

    return sorted(kept, key=place)


def ablation_of(runs: list[Result]) -> list[Result]:
    """Return those of the ablated network on the validation images, whatever was changed in its recipe."""
    kept = [run for run in runs if run.config["model"] == ABLATED_MODEL and run.config["held_out"] == "validation"]
    kept = [run for run in kept if len(run.accuracy) == ABLATION_EPOCHS and run.recipe_source == "own"]
    return sorted(kept, key=lambda run: (changes(run), run.config["seed"]))


def changes(run: Result) -> str:
    """Return the options that, added to the ablation's command, make this run's recipe."""
    usual, recipe = (flat_recipe(part) for part in (asdict(ABLATED_RECIPE), run.config["recipe"]))
    different = [name for name in usual if recipe[name] != usual[name]]
    return " ".join(f"--{name.replace('_', '-')} {_short(recipe[name])}" for name in different)


def _short(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def ship(folder: Path, train: Digits) -> None:
    """Put last checkpoints into the package, fit to use but not to go on: of each model's seeds the middle one.

    The middle one by its loss on the training images as they are: the test images have no part in the choice.
    """
    for name in NAMES:
        epochs = recipe_for(name).epochs
        kept = [load_checkpoint(path) for path in sorted(folder.glob(f"{name}-{epochs}-seed*/last.pt"))]
        kept.sort(key=lambda checkpoint: measure(checkpoint.build(), train).loss)
        if kept:
            path = ROOT / "mnist" / "pretrained" / f"{name}.pt"
            save_checkpoint(path, replace(kept[(len(kept) - 1) // 2], training={}))


def _finished(folder: Path) -> bool:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    rows = (folder / "metrics.csv").read_text(encoding="utf-8").splitlines()
    return len(rows) - 1 == config["recipe"]["epochs"]


def grouped(results: list[Result]) -> list[list[Result]]:
    """Return the results with those of one model, one recipe and one number of epochs together."""
    groups: dict[tuple[str, str, int], list[Result]] = defaultdict(list)
    for result in results:
        groups[result.config["model"], result.recipe_source, len(result.accuracy)].append(result)
    return list(groups.values())


def make_tables(
    groups: list[list[Result]],
    theirs: list[list[Result]],
    selection: list[dict[str, Any]],
    ablation: list[Result],
) -> dict[str, list[str]]:
    """Return the lines of every table by its mark in the pages.

    Args:
        groups: the runs by our recipes.
        theirs: those by the published ones.
        selection: what was chosen among.
        ablation: the ablated network with changed recipes.
    """
    lines = [summarise_seeds(group) for group in groups]
    repeated = {line.model: line for line in map(summarise_seeds, theirs)}
    return {
        "short": _table(SHORT_HEADINGS, [_short_row(line) for line in lines]),
        "results": _table(HEADINGS, [_row(line) for line in lines]),
        "published": _table(PUBLISHED_HEADINGS, [_published_row(line, repeated) for line in lines if _outside(line)]),
        "selection": _table(SELECTION_HEADINGS, _selection_rows(selection)),
        "ablation": _table(ABLATION_HEADINGS, _ablation_rows(ablation)),
    }


def with_tables(page: str, tables: dict[str, list[str]]) -> str:
    """Return a page with the tables between its marks made anew."""
    for mark, lines in tables.items():
        pattern = rf"(?<=<!-- {mark}: docs/make_mnist.py -->\n).*?(?=<!-- end of {mark} -->)"
        page = re.sub(pattern, "".join(f"{line}\n" for line in lines), page, flags=re.DOTALL)
    return page


def _table(headings: tuple[str, ...], rows: list[str]) -> list[str]:
    return [f"| {' | '.join(headings)} |", "|---|" + "---:|" * (len(headings) - 1), *rows]


def _short_row(line: Line) -> str:
    return f"| {' | '.join((f'`{line.model}`', *line.figures[:4]))} |"


def _selection_rows(selection: list[dict[str, Any]]) -> list[str]:
    """Return a row for the seeds, one after another in the file, of each network and recipe."""
    return [_selection_row(what, list(runs)) for what, runs in groupby(selection, _selected)]


def _selected(run: dict[str, Any]) -> tuple[str, ...]:
    recipe = run["config"]["recipe"]
    return (
        run["network"],
        f"{run['parameters']:,}",
        f"{recipe['augment'].get('elastic', 0):g}",
        f"{recipe['label_smoothing']:g}",
        str(len(run["accuracy"])),
    )


def _selection_row(what: tuple[str, ...], runs: list[dict[str, Any]]) -> str:
    accuracy, loss = (statistics.mean(run[name][-1] for run in runs) for name in ("accuracy", "loss"))
    return f"| {' | '.join((*what, str(len(runs)), f'{accuracy:.2f}', f'{loss:.4f}'))} |"


def _ablation_rows(ablation: list[Result]) -> list[str]:
    groups = [list(runs) for _, runs in groupby(ablation, changes)]
    losses = [statistics.mean(run.loss[-1] for run in group) for group in groups]
    worst_first = sorted(zip(losses, groups, strict=True), key=lambda pair: -pair[0])
    return [_ablation_row(loss, group) for loss, group in worst_first]


def _ablation_row(loss: float, group: list[Result]) -> str:
    options = changes(group[0])
    change = f"`{options}`" if options else "none"
    return f"| {change} | {len(group)} | {statistics.mean(run.last for run in group):.2f} | {loss:.4f} |"


def _row(line: Line) -> str:
    published = MODELS[line.model].published
    cells = (
        f"`{line.model}`",
        *line.figures,
        f"{line.highest:.2f}",
        f"{published:.2f}" if published else "",
        f"{line.seconds:.0f}",
    )
    return f"| {' | '.join(cells)} |"


def _outside(line: Line) -> bool:
    return MODELS[line.model].published is not None


def _published_row(ours: Line, repeated: dict[str, Line]) -> str:
    entry, theirs = MODELS[ours.model], repeated.get(ours.model)
    epoch = f", epoch {entry.published_epoch}" if entry.published_epoch else ""
    cells = (f"`{ours.model}`", f"{entry.published:.2f}{epoch}", *_accuracies(theirs), *_accuracies(ours))
    return f"| {' | '.join(cells)} |"


def _accuracies(line: Line | None) -> tuple[str, str, str]:
    if line is None:
        return ("", "", "")
    _, epochs, seeds, last, _, best = line.figures
    return (f"{seeds} × {epochs}", last, best)


def draw(groups: list[list[Result]], path: Path) -> None:
    """Draw accuracy per epoch, the mean of each model's seeds, with the range of its seeds."""
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    axes = figure.subplots()
    ends = [(_curve(axes, group, colour), group, colour) for group, colour in zip(groups, COLOURS * 2, strict=False)]
    axes.axhline(99.4, color="#52606D", linewidth=0.8, linestyle=":")
    axes.set(xlabel="epoch", ylabel="accuracy on the test images, %", ylim=(98.4, 99.75), xlim=(1, None))
    axes.set_xticks(range(1, 1 + max(len(group[0].accuracy) for group in groups), 2))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#CBD2D9", linewidth=0.5)
    handles = [line for line, *_ in sorted(ends, key=lambda end: -statistics.mean(r.last for r in end[1]))]
    axes.legend(handles=handles, loc="lower right", frameon=False, fontsize=9)
    write_whole(path, lambda draft: figure.savefig(draft, dpi=110, metadata={"Software": None}))


def _curve(axes: Axes, group: list[Result], colour: str) -> object:
    line = summarise_seeds(group)
    epochs = range(1, line.epochs + 1)
    by_epoch = list(zip(*(result.accuracy for result in group), strict=True))
    seeds = f"{line.seeds} seed{'s' if line.seeds > 1 else ''}"
    label = f"{line.model}, {line.parameters:,}: {line.last:.2f} ({seeds})"
    style = "-" if MODELS[line.model].published is None else "--"
    axes.fill_between(epochs, [min(e) for e in by_epoch], [max(e) for e in by_epoch], color=colour, alpha=0.12, lw=0)
    means = [statistics.mean(values) for values in by_epoch]
    return axes.plot(epochs, means, color=colour, linestyle=style, label=label, linewidth=1.6)[0]


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
