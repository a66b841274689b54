"""References that stray into another row: to an input or target that is the same in every row, so that no number shows.

The numbers are right as long as nobody gives a row other inputs. What shows the slip is that the formula takes all else
from its own row.
"""

from collections.abc import Iterator
from dataclasses import replace

from sheetgen.spreadsheet.formula import Area
from sheetgen.spreadsheet.relative_formula import make_template
from sheetgen.verify.formulas.candidate_repairs import about_reference, piece_of, text_of
from sheetgen.verify.formulas.verdicts import Explanation, FormulaVerdicts, Verdict
from sheetgen.verify.formulas.wider_numbers import WRONG


def find_strayed_references(formulas: FormulaVerdicts) -> FormulaVerdicts:
    """Find formulas that give the right number, but take an input or target from another row than their own.

    Args:
        formulas: the verdicts, after all else was judged.

    Returns:
        The verdicts, these formulas with their explanation among the wrong ones.
    """
    if formulas.reading.samples > 1:  # rows of the same sample may refer to each other
        return formulas
    return replace(formulas, verdicts=tuple(_judged(formulas, each) for each in formulas.verdicts))


def _judged(formulas: FormulaVerdicts, verdict: Verdict) -> Verdict:
    reading, group = formulas.reading, verdict.group
    if not verdict.right or group.name in (*reading.given, "iteration", "E_mean"):
        return verdict
    strayed = next(_strayed(formulas, verdict), None)
    if strayed is None or not _is_slip(formulas, verdict):
        return verdict
    own = piece_of(reading, strayed.first_column, group.row)
    pieces = tuple(own if piece.area == strayed else piece for piece in verdict.pieces)
    said = about_reference(strayed, own.area or strayed, reading, group.row)
    fixed = make_template(text_of(pieces)[1:], group.row)
    return replace(verdict, right=False, explanation=Explanation(f"{WRONG} as soon as the rows differ: {said}", fixed))


def _strayed(formulas: FormulaVerdicts, verdict: Verdict) -> Iterator[Area]:
    """Yield the references to an input or target in another row of the table, unless they are fixed there."""
    table, data = formulas.reading.table, formulas.reading.network.data
    for piece in verdict.pieces:
        area = piece.area
        if area is None or not area.is_cell or area.anchored or area.sheet != table.sheet.name:
            continue
        if area.first_row != verdict.group.row and table.holds(area.first_row, area.first_column) in data:
            yield area


def _is_slip(formulas: FormulaVerdicts, verdict: Verdict) -> bool:
    """Tell whether the reference slides down from row to row, or most of the column take it from their own row.

    Where each row has a reference of its own to the same cell, as programs write them, that cell is meant.
    """
    usual = formulas.commonest[verdict.group.name]
    most = 2 * len(usual.group.rows) > formulas.reading.table.rows
    return len(verdict.group.rows) > 1 or (most and usual.right and next(_strayed(formulas, usual), None) is None)
