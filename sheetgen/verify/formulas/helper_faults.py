"""Faults in helper columns: cells beside a table whose label names no quantity, but which the table's formulas need.

A wrong helper makes every formula that needs it look wrong. So where all of these are wrong, and a small change of the
helper's formula makes all of them right, the helper is the finding.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import numpy as np

from sheetgen.spreadsheet.formula import Piece, UnreadableFormulaError, take_apart
from sheetgen.spreadsheet.formula_engine import Formula
from sheetgen.spreadsheet.relative_formula import Template, make_template
from sheetgen.types import Place
from sheetgen.verify.formulas.candidate_repairs import Edit, edits, text_of
from sheetgen.verify.formulas.equivalence import DRAWS, Probe, agrees
from sheetgen.verify.formulas.random_rows import Source
from sheetgen.verify.formulas.verdicts import Explanation, FormulaVerdicts, HelperFault, Verdict
from sheetgen.verify.read.labelled_sheets import LabelledSheets

_FILTER, _CONFIRM = DRAWS[:1], DRAWS
_DEEPEST = 4
_MOST_HELPERS = 40
_LONGEST = 2_000
_MOST_PIECES = 1_000_000

_Helper = tuple[str, int, Template]
"""A helper column's sheet, column and formula."""


class _Use(NamedTuple):
    """A formula of the table that needs a helper: the position of its verdict, and the cell of the helper."""

    at: int
    place: Place


def blame_helpers(formulas: FormulaVerdicts, book: LabelledSheets) -> FormulaVerdicts:
    """Find the helper columns whose formulas are wrong, and clear the formulas that only need them.

    Args:
        formulas: the verdicts, each wrong one explained.
        book: the workbook.

    Returns:
        The verdicts, with the faults of helpers, and each formula that is right but for them marked as misled.
    """
    if not formulas.wrong:
        return formulas
    blame = _Blame(formulas, book)
    faults: list[HelperFault] = []
    misled: set[int] = set()
    for helper, uses in blame.suspects():
        left = [use for use in uses if use.at not in misled]
        fault = blame.fault(helper, left) if left else None
        if fault is not None:
            faults.append(fault)
            misled.update(use.at for use in left)
    marked = (replace(each, misled=True) if at in misled else each for at, each in enumerate(formulas.verdicts))
    return replace(formulas, verdicts=tuple(marked), helper_faults=tuple(faults)) if faults else formulas


class _Blame:
    """Tries whether helpers are to blame for the wrong formulas of a table."""

    def __init__(self, formulas: FormulaVerdicts, book: LabelledSheets) -> None:
        self._formulas = formulas
        self._reading = formulas.reading
        self._book = book
        self._probe = Probe(formulas.reading, book)
        self._left = _MOST_PIECES

    def suspects(self) -> list[tuple[_Helper, list[_Use]]]:
        """List the helpers that only wrong formulas need, with these; those that most of them need come first."""
        uses: dict[_Helper, list[_Use]] = {}
        eta = self._reading.eta
        # A schedule's column whose first cell was taken for the learning rate: no such rate belongs into itself.
        cleared = set() if eta is None else {self._helper(eta)}
        for at, verdict in enumerate(self._formulas.verdicts):
            for place in self._needed(verdict.pieces):
                helper = self._helper(place)
                if verdict.right or verdict.unjudged or verdict.problem:
                    cleared.add(helper)
                else:
                    uses.setdefault(helper, []).append(_Use(at, place))
        found = [(helper, list(dict.fromkeys(each))) for helper, each in uses.items() if helper not in cleared]
        return sorted(found, key=lambda each: -len(each[1]))[:_MOST_HELPERS]

    def fault(self, helper: _Helper, uses: list[_Use]) -> HelperFault | None:
        """Return what is wrong with a helper if one change makes all formulas right that need it, else None."""
        users = [self._formulas.verdicts[use.at] for use in uses]
        if len({user.group.name for user in users}) == 1 and any(map(self._may_be_wrong_itself, users)):
            return None
        first = uses[0].place
        pieces = self._pieces(first)
        for stage in edits(pieces, self._reading, "", first[1], set(), deep=True):
            choices = list(stage)
            for tried, draws in ((uses[:1], _FILTER), (uses, _CONFIRM)):
                for use in tried:
                    choices = self._repairing(choices, use, first, draws)
            if choices:
                return self._fault(helper, choices[0], uses)
        return None

    def _repairing(self, choices: list[Edit], use: _Use, first: Place, draws: Sequence[Source]) -> list[Edit]:
        """Return the changes of a helper's formula that make a formula right which needs it."""
        verdict = self._formulas.verdicts[use.at]
        group, column = verdict.group, self._reading.table.columns[verdict.group.name]
        moved = [self._moved(choice.pieces, first, use.place) for choice in choices]
        inlined = [tuple(islice(self._inlined(verdict.pieces, use.place, each, _DEEPEST), _LONGEST)) for each in moved]
        self._left -= sum(map(len, inlined))
        if self._left < 0 or not choices:
            return []
        formulas = [Formula(each, group.row, column) for each in inlined]
        tried = self._probe.run(formulas, [(group.name, group.row)] * len(formulas), draws)
        return [choice for choice, found in zip(choices, tried, strict=True) if all(map(agrees, *found))]

    def _moved(self, pieces: tuple[Piece, ...], first: Place, place: Place) -> tuple[Piece, ...]:
        """Return a formula of one row of a helper as it stands in another row."""
        if first == place:
            return pieces
        template = make_template(text_of(pieces)[1:], first[1])
        return self._apart("=" + template.at(place[1]), place)

    def _inlined(
        self, pieces: tuple[Piece, ...], place: Place, other: tuple[Piece, ...], depth: int
    ) -> Iterator[Piece]:
        """Write the formulas of helpers in the place of references to them, another one for the helper in question."""
        for piece in pieces:
            here = self._helper_place(piece)
            if here is None or not depth:
                yield piece
                continue
            yield Piece("(", None, "Paren")
            yield from other if here == place else self._inlined(self._pieces(here), place, other, depth - 1)
            yield Piece(")", None, "Paren")

    def _needed(self, pieces: tuple[Piece, ...]) -> dict[Place, None]:
        """Return the cells of helpers that a formula needs, directly or not; none if there are too many."""
        found: dict[Place, None] = {}
        waiting = [pieces]
        while waiting:
            for piece in waiting.pop():
                place = self._helper_place(piece)
                if place is not None and place not in found:
                    found[place] = None
                    waiting.append(self._pieces(place))
            if len(found) > _MOST_HELPERS:
                return {}
        return found

    def _helper_place(self, piece: Piece) -> Place | None:
        """Return the cell with a formula outside the table that a reference is to, or None."""
        area, table = piece.area, self._reading.table
        if area is None or not area.is_cell:
            return None
        place = area.corner
        if area.sheet == table.sheet.name and area.first_column in table.names:
            return None  # in the table, or above or below it
        if place == self._reading.eta or place in self._reading.feeds:
            return None
        cell = self._book.cell(*place)
        return None if cell is None or cell.formula is None else place

    def _pieces(self, place: Place) -> tuple[Piece, ...]:
        cell = self._book.cell(*place)
        return self._apart(cell.formula, place) if cell is not None and cell.formula is not None else ()

    def _apart(self, formula: str, place: Place) -> tuple[Piece, ...]:
        try:
            return tuple(take_apart(formula, place[0], place[1], self._book.surroundings))
        except UnreadableFormulaError:
            return (Piece("#N/A"),)

    def _may_be_wrong_itself(self, verdict: Verdict) -> bool:
        """Tell whether a formula could be put right, and is not written as a right one of its kind is."""
        if verdict.explanation is None or verdict.explanation.fixed is None:
            return False
        own, family = _shape(verdict), _family(verdict.group.name)
        others = (each for each in self._formulas.verdicts if each.right and _family(each.group.name) == family)
        return all(_shape(other) != own for other in others)

    def _helper(self, place: Place) -> _Helper:
        cell = self._book.cell(*place)
        return place[0], place[2], make_template((cell.formula or "=")[1:] if cell else "", place[1])

    def _fault(self, helper: _Helper, edit: Edit, uses: list[_Use]) -> HelperFault:
        sheet, column, _ = helper
        first = uses[0].place[1]
        cells = self._book.sheet(sheet).columns[column]
        own = cells.formulas[bisect_left(cells.rows, first)]
        rows = [row for row, template in zip(cells.rows, cells.formulas, strict=True) if template == own]
        fixed = make_template(text_of(edit.pieces)[1:], first)
        names = dict.fromkeys(self._formulas.verdicts[use.at].group.name for use in uses)
        return HelperFault(sheet, column, np.array(rows), Explanation(edit.message, fixed), tuple(names))


def _family(name: str) -> str:
    return name.rstrip("0123456789_")


def _shape(verdict: Verdict) -> tuple[str, ...]:
    plain = (piece for piece in verdict.pieces if piece.kind != "Whitespace")
    return tuple("" if piece.area else piece.text for piece in plain)
