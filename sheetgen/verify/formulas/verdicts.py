"""What the formulas of a table turn out to mean: the second phase of judging it."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sheetgen.spreadsheet.formula import Piece
from sheetgen.spreadsheet.formula_engine import UNABLE
from sheetgen.spreadsheet.relative_formula import Template
from sheetgen.spreadsheet.unknown_functions import unknown_function
from sheetgen.types import Mask, Rows, Value
from sheetgen.verify.formulas.groups import Group
from sheetgen.verify.read.interpretation import Reading

BLIND = frozenset({"INDIRECT(", "OFFSET("})
"""Functions that compute their references."""
_MOST_NOTED = 5
BLINDLY = "INDIRECT and OFFSET cannot be followed"


@dataclass(frozen=True)
class Explanation:
    """Why a formula is wrong.

    Attributes:
        message: one line for the reader.
        fixed: the formula that belongs there, in relative notation; None if no small change makes it right.
    """

    message: str
    fixed: Template | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether the formulas of a group mean what their label says.

    Attributes:
        group: the cells.
        right: whether the formula gives what the reference gives, on every assignment.
        results: what it gives on each assignment.
        expected: what it should give.
        pieces: the tokens of the formula in the group's first row.
        problem: why it cannot be read, or what else is wrong with it; None if nothing is.
        explanation: what is different in a wrong formula, once it has been explained.
        misled: whether it would be right but for a fault in a helper column.
        notes: what could not be tried of a right one.
    """

    group: Group
    right: bool
    results: tuple[Value, ...]
    expected: tuple[float, ...]
    pieces: tuple[Piece, ...]
    problem: str | None = None
    explanation: Explanation | None = None
    misled: bool = False
    notes: tuple[str, ...] = ()

    @property
    def unjudged(self) -> str | None:
        """Why the formula cannot be judged: it computes its references, or calls an unknown function. Else None."""
        if any(piece.text.upper() in BLIND for piece in self.pieces):
            return BLINDLY
        if self.problem is None and set(self.results) <= {"#NAME?", UNABLE}:
            unknown = unknown_function(self.pieces)
            if unknown is not None:
                return f"the formula engine does not know the function {unknown}"
            if "#NAME?" in self.results:
                return "the formula engine does not know a function that it depends on"
        return None


@dataclass(frozen=True, eq=False)
class HelperFault:
    """A wrong formula in a helper column: cells that a table needs, but whose label names no quantity.

    Attributes:
        sheet: the sheet's name.
        column: the column's number.
        rows: the rows that have the formula, ascending.
        explanation: what is wrong with it, and the formula that belongs there.
        users: the quantities of the table that need it.
    """

    sheet: str
    column: int
    rows: Rows
    explanation: Explanation
    users: tuple[str, ...]


class Score(NamedTuple):
    """How well a reading fits, less is better: columns whose commonest formula is wrong, then minus the right ones."""

    wrong: int
    less_right: int


UNREADABLE = Score(1_000_000, 0)


@dataclass(frozen=True)
class FormulaVerdicts:
    """A reading of a table, and the verdict on each of its formulas.

    Attributes:
        reading: the reading.
        verdicts: one for each group of formulas with one meaning.
        helper_faults: what is wrong in the helper columns.
    """

    reading: Reading
    verdicts: tuple[Verdict, ...]
    helper_faults: tuple[HelperFault, ...] = ()

    @cached_property
    def right(self) -> dict[str, Mask]:
        """By column, the rows whose formula is right."""
        table = self.reading.table
        right = {name: np.zeros(table.rows, dtype=np.bool_) for name in table.columns}
        for verdict in self.verdicts:
            if verdict.right:
                right[verdict.group.name][verdict.group.rows - table.first_row] = True
        return right

    @property
    def wrong(self) -> list[Verdict]:
        """The formulas that are wrong in themselves, the commonest first, as they are the most telling."""
        found = [each for each in self.verdicts if not (each.right or each.unjudged or each.misled)]
        return sorted(found, key=lambda verdict: -len(verdict.group.rows))

    @property
    def complaints(self) -> tuple[str, ...]:
        """What could not be judged, and why."""
        table = self.reading.table
        unjudged = [verdict for verdict in self.verdicts if verdict.unjudged and not verdict.right]
        places = [table.address(verdict.group.name, verdict.group.row) for verdict in unjudged]
        found = zip(places, unjudged, strict=True)
        said = (f"sheet {table.sheet.name}, {place}: {verdict.unjudged}" for place, verdict in found)
        return (*self.reading.complaints, *said)

    @property
    def notes(self) -> tuple[str, ...]:
        """What no numbers reached in formulas that are right as far as they were tried: one line, or none."""
        table = self.reading.table
        found = {
            (verdict.group.name, verdict.group.template): verdict
            for verdict in reversed(self.verdicts)
            if verdict.notes
        }
        said = [
            f"{table.address(each.group.name, each.group.row)} {note}"
            for each in reversed(found.values())
            for note in each.notes
        ]
        more = f" and {len(said) - _MOST_NOTED} more" if len(said) > _MOST_NOTED else ""
        branches = "; ".join(said[:_MOST_NOTED])
        return (f"sheet {table.sheet.name}: a branch was never reached: {branches}{more}",) if said else ()

    @cached_property
    def commonest(self) -> dict[str, Verdict]:
        """By column, the verdict on the formula that most of its cells have."""
        ordered = sorted(self.verdicts, key=lambda verdict: len(verdict.group.rows))
        return {verdict.group.name: verdict for verdict in ordered}

    @property
    def score(self) -> Score:
        """How well the reading fits."""
        wrong = sum(not verdict.right for verdict in self.commonest.values())
        return Score(wrong, wrong - len(self.commonest))
