"""Fit the temperatures of the networks that ship, and show what their probabilities are worth.

    python docs/make_calibration.py           from the kept outputs: temperatures, plot, and the table in docs/mnist.md
    python docs/make_calibration.py --draw    first draw and read 600 pictures, and keep what the networks say of them

The pictures are those of `benchmarks/predict_pictures.py` with another seed than the one looked at while the reading of
pictures was written. On one half of each kind the temperature is fitted; plot and table are of the other half.
"""

import argparse
import hashlib
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn.functional import cross_entropy

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mnist.output import write_text, write_whole
from mnist.pretrained import NAMES, open_checkpoint
from tests.mnist.support.read_pictures import outputs, read_pictures

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "mnist.md"
OUTPUTS, PLOT = (ROOT / "docs" / "mnist" / name for name in ("pictures.json", "reliability.png"))
TEMPERATURES = ROOT / "mnist" / "pretrained" / "temperatures.json"
EACH, SEED = 20, 1
BOUNDS = (0.0, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0)
HEADINGS = ("kind", "pictures", *(f"`{name}`" for name in NAMES))
MEASURES = ("probability", "error", "loss")
BLUE, ORANGE, MUTED = "#0072B2", "#E69F00", "#52606D"


def main() -> None:
    """Draw where asked to, then write temperatures, plot and table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draw", action="store_true")
    if parser.parse_args().draw:
        write_text(OUTPUTS, json.dumps(draw_and_read()) + "\n")
    kept = json.loads(OUTPUTS.read_text(encoding="utf-8"))
    temperatures = {name: round(fit(*part(kept, name, fitting=True)), 3) for name in NAMES}
    write_text(TEMPERATURES, json.dumps(temperatures, indent=2) + "\n")
    draw(kept, temperatures["flagship"], PLOT)
    write_text(PAGE, with_tables(PAGE.read_text(encoding="utf-8"), kept, temperatures))


def draw_and_read() -> dict[str, Any]:
    """Return the kind, the digit and every network's logits of each picture; null where nothing was seen in it."""
    with tempfile.TemporaryDirectory() as folder:
        reads = read_pictures(Path(folder), EACH, SEED)
    answers = {name: outputs(open_checkpoint(name).build(), reads) for name in NAMES}
    kept = {
        name: [None if row.isnan().any() else [round(value, 3) for value in row.tolist()] for row in output]
        for name, output in answers.items()
    }
    return {"kinds": [read.kind.name for read in reads], "digits": [read.digit for read in reads], "logits": kept}


def part(kept: dict[str, Any], name: str, *, fitting: bool) -> tuple[Tensor, Tensor]:
    """Return logits and digits of the half to fit on, or of the other, without those in which nothing was seen."""
    pairs = list(zip(kept["logits"][name], kept["digits"], strict=True))
    chosen = [(row, digit) for at, (row, digit) in enumerate(pairs) if for_fitting(at) is fitting and row is not None]
    return torch.tensor([row for row, _ in chosen]), torch.tensor([digit for _, digit in chosen])


def for_fitting(place: int) -> bool:
    """Return whether a picture belongs to the half on which the temperatures are fitted: ten of twenty of each kind."""
    return place % EACH < EACH // 2


def fit(logits: Tensor, digits: Tensor) -> float:
    """Return the temperature with the lowest mean cross-entropy."""
    loss = lambda temperature: cross_entropy(logits / temperature, digits).item()  # noqa: E731
    return float(minimize_scalar(loss, bounds=(0.2, 10), method="bounded").x)


def bins(logits: Tensor, digits: Tensor) -> list[tuple[int, float, float]]:
    """Return for each range of probabilities how many pictures, their mean probability, and what share is right."""
    probabilities, answers = logits.softmax(dim=1).max(dim=1)
    place = torch.bucketize(probabilities, torch.tensor(BOUNDS[1:-1]))
    rows = []
    for number in range(len(BOUNDS) - 1):
        here = place == number
        if here.any():
            correct = (answers == digits)[here].float().mean()
            rows.append((int(here.sum()), probabilities[here].mean().item(), correct.item()))
    return rows


def calibration_error(logits: Tensor, digits: Tensor) -> float:
    """Return the expected calibration error: how far probability and accuracy are apart, weighted by pictures."""
    return sum(count * abs(sure - correct) for count, sure, correct in bins(logits, digits)) / len(digits)


def draw(kept: dict[str, Any], temperature: float, path: Path) -> None:
    """Draw how many of the pictures with some probability are read right, without and with the temperature."""
    logits, digits = part(kept, "flagship", fitting=False)
    figure = Figure(figsize=(6, 4.6), layout="constrained")
    axes = figure.subplots()
    axes.plot([0.4, 1], [0.4, 1], ":", color=MUTED, linewidth=0.8)
    numbered = list[tuple[int, float, float, str]]()
    for divisor, colour, words in ((1.0, ORANGE, "as trained"), (temperature, BLUE, f"divided by {temperature:.2f}")):
        rows = bins(logits / divisor, digits)
        numbered += [(*row, colour) for row in rows]
        area = [12 + 2 * row[0] for row in rows]
        axes.scatter([row[1] for row in rows], [row[2] for row in rows], area, color=colour, alpha=0.7, label=words)
    for count, sure, correct_share, colour in _apart(numbered):
        above = 9 + (count / 8) ** 0.5
        axes.annotate(
            f"{count}", (sure, correct_share), (0, above), textcoords="offset points", color=colour, ha="center"
        )
    axes.set(
        xlabel="mean probability", ylabel="share read right", title="flagship on drawn pictures", ylim=(0.37, 1.09)
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right", markerscale=0.5)
    about = {"Software": None, "Description": digest(OUTPUTS)}
    write_whole(path, lambda draft: figure.savefig(draft, dpi=110, metadata=about))


def _apart(numbered: list[tuple[int, float, float, str]]) -> list[tuple[int, float, float, str]]:
    """Leave out numbers of pictures that would stand over a larger one."""
    kept = list[tuple[int, float, float, str]]()
    for each in sorted(numbered, reverse=True):
        if all(abs(each[1] - other[1]) > 0.03 or abs(each[2] - other[2]) > 0.05 for other in kept):
            kept.append(each)
    return kept


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, by which a test can tell whether a plot is of it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def with_tables(page: str, kept: dict[str, Any], temperatures: dict[str, float]) -> str:
    """Return the page with the two tables between their marks made anew."""
    for mark, lines in (("pictures", by_kind(kept)), ("calibration", by_network(kept, temperatures))):
        pattern = rf"(?<=<!-- {mark}: docs/make_calibration.py -->\n).*?(?=<!-- end of {mark} -->)"
        page = re.sub(pattern, "".join(f"{line}\n" for line in lines), page, flags=re.DOTALL)
    return page


def by_kind(kept: dict[str, Any]) -> list[str]:
    """Return the lines of the table of how many pictures of each kind, of both halves, are read right."""
    places: dict[str, list[int]] = {}
    for place, kind in enumerate(kept["kinds"]):
        places.setdefault(kind, []).append(place)
    places["all"] = list(range(len(kept["kinds"])))
    rows = [
        [kind, str(len(chosen)), *(correct(kept, name, chosen) for name in NAMES)] for kind, chosen in places.items()
    ]
    return table(HEADINGS, rows)


def correct(kept: dict[str, Any], name: str, places: list[int]) -> str:
    """Return what share of some pictures a network reads right, in percent."""
    rows = kept["logits"][name]
    good = sum(rows[at] is not None and rows[at].index(max(rows[at])) == kept["digits"][at] for at in places)
    return f"{100 * good / len(places):.1f}" if len(places) > EACH else f"{100 * good / len(places):.0f}"


def by_network(kept: dict[str, Any], temperatures: dict[str, float]) -> list[str]:
    """Return the lines of the table of what the temperatures change on the half that they were not fitted on."""
    headings = (
        "network",
        "temperature",
        "read right",
        *(f"{what}{when}" for what in MEASURES for when in ("", ", after")),
    )
    rows = []
    for name, temperature in temperatures.items():
        logits, digits = part(kept, name, fitting=False)
        both = (logits, logits / temperature)
        sure = [f"{100 * each.softmax(dim=1).amax(dim=1).mean():.1f}" for each in both]
        errors = [f"{100 * calibration_error(each, digits):.1f}" for each in both]
        losses = [f"{cross_entropy(each, digits):.4f}" for each in both]
        good = f"{100 * (logits.argmax(dim=1) == digits).float().mean():.1f}"
        rows.append([f"`{name}`", f"{temperature:.2f}", good, *sure, *errors, *losses])
    return table(headings, rows)


def table(headings: tuple[str, ...], rows: list[list[str]]) -> list[str]:
    """Return a table in Markdown."""
    lines = [f"| {' | '.join(cells)} |" for cells in (headings, *rows)]
    return [lines[0], "|---|" + "---:|" * (len(headings) - 1), *lines[1:]]


if __name__ == "__main__":
    main()
