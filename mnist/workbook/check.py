"""Holds a written workbook against PyTorch: every cached value destroyed, every formula recomputed by an engine."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mnist.workbook.description import Description
from mnist.workbook.digits import Gallery
from mnist.workbook.expected import expected_cells
from mnist.workbook.layout import DRAWING
from mnist.workbook.sheets.what_if import YOURS, boxes
from mnist.workbook.trials import Trial, Typed, all_trials
from mnist.workbook.writer import Written
from sheetgen.recalculate.engine_copies import destroy_caches
from sheetgen.recalculate.session import IronCalcSession, Session
from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.opened_workbook import open_workbook
from sheetgen.types import Place, Value

TOLERANCE = 1e-9
"""How far a cell may be from PyTorch's number, relative where the number is larger than 1."""


@dataclass(frozen=True)
class Disagreement:
    """A cell that does not hold what it should."""

    place: Place
    found: Value
    expected: Value
    trial: str

    def __str__(self) -> str:
        sheet, row, column = self.place
        where = f"{sheet}!{get_column_letter(column)}{row}"
        return f"{where}: {self.found!r}, PyTorch has {self.expected!r} ({self.trial})"


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        trials: how many times everything was recomputed.
        cells: how many numbers were compared.
        largest: the largest difference, relative where the number is larger than 1.
        disagreements: cells that differ by more than `TOLERANCE`; the first trial of each.
    """

    trials: int
    cells: int
    largest: float
    disagreements: list[Disagreement]


def check_live_workbook(
    path: Path,
    written: Written,
    description: Description,
    gallery: Gallery,
    open_session: Callable[[Path], Session] = IronCalcSession,
    trials: Iterable[Trial] | None = None,
) -> Checked:
    """Recompute a workbook for every digit in it, for drawings, patches and other kernels.

    Args:
        path: the workbook.
        written: where its formulas and constants stand.
        description: the network that it should hold.
        gallery: the digits that it should hold.
        open_session: opens the engine.
        trials: what to try; all that `all_trials` lists if left out.

    Raises:
        SheetgenError: the file cannot be read.
    """
    found = _wrong_constants(path, written.constants)
    largest, cells, count, before = 0.0, 0, 0, Typed()
    with TemporaryDirectory(prefix="mnist-") as folder:
        copy = Path(folder) / "destroyed.xlsx"
        with open_workbook(path) as workbook:
            destroy_caches(CachedSheets(workbook), copy)
        session = open_session(copy)
        for trial in all_trials(description, gallery) if trials is None else trials:
            before = _type(session, trial, before, description)
            expected = expected_cells(description, written.layout, gallery, trial)
            gaps = {place: gap(session.value(place), value) for place, value in expected.items()}
            cells, count = cells + len(gaps), count + 1
            largest = max(largest, *(each for each in gaps.values() if each <= TOLERANCE))
            for place in (place for place, each in gaps.items() if not each <= TOLERANCE):
                found.setdefault(place, Disagreement(place, session.value(place), expected[place], _name(trial)))
    return Checked(count, cells + len(written.constants), largest, list(found.values()))


def gap(found: Value, expected: float) -> float:
    """Return how far a cell is from a number, relative where that is larger than 1; nan where it is no number."""
    if isinstance(found, str | bool) or found is None:
        return math.nan
    return abs(found - expected) / (1 + abs(expected))


def _wrong_constants(path: Path, constants: Mapping[Place, float]) -> dict[Place, Disagreement]:
    """Return the network's own numbers that do not stand in the file exactly."""
    with open_workbook(path) as workbook:
        sheets = CachedSheets(workbook)
        cells = {place: sheets.cell(*place) for place in constants}
    values = {place: None if cell is None or cell.formula is not None else cell.value for place, cell in cells.items()}
    return {
        place: Disagreement(place, values[place], number, "as written")
        for place, number in constants.items()
        if values[place] != number
    }


def _type(session: Session, trial: Trial, before: Typed, description: Description) -> Typed:
    """Type what a trial is about, clear what was drawn before, and recalculate."""
    typed = trial.typed(boxes(description.first.size)[YOURS])
    for place in before.keys() - typed.keys():
        if place[0] == DRAWING.sheet:
            session.put(place, "")
    for place, value in typed.items():
        if before.get(place) != value:
            session.put(place, value)
    session.recalculate()
    return typed


def _name(trial: Trial) -> str:
    drawn = "" if trial.drawn is None else ", drawn on"
    patch = f", a patch of {trial.patch[0]}" if trial.patch[0] else ""
    kernel = "" if trial.changed_kernel() is None else f", kernel {trial.replaced + 1}: {trial.used}"
    return f"digit {trial.digit}{drawn}{patch}{kernel}"
