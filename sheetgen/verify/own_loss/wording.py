"""Puts faults into findings: one for neighbouring cells with the same fault, showing both cells that disagree."""

from collections.abc import Iterator
from itertools import groupby

from sheetgen.spreadsheet.addresses import get_column_letter, quote_sheetname
from sheetgen.spreadsheet.formula import Piece, UnreadableFormulaError, take_apart
from sheetgen.spreadsheet.relative_formula import make_template
from sheetgen.types import Place
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.own_loss.fault import Fault
from sheetgen.verify.own_loss.verdict import OwnVerdict
from sheetgen.verify.read.labelled_sheets import LabelledSheets

_KINDS = {"typed": FindingKind.HARD_CODED, "text": FindingKind.BAD_INPUT}


def findings_of(verdict: OwnVerdict, book: LabelledSheets) -> list[Finding]:
    """Write one finding for each run of cells, down a column, that are wrong in the same way."""
    found = {fault.place: fault for fault in verdict.faults}
    ordered = sorted(found.values(), key=lambda fault: (fault.place[0], fault.place[2], fault.place[1]))

    def run(numbered: tuple[int, Fault]) -> tuple[object, ...]:
        number, fault = numbered
        sheet, row, column = fault.place
        return sheet, column, row - number, fault.kind, fault.factor, _distance(fault)

    return [_finding(verdict, book, [fault for _, fault in group]) for _, group in groupby(enumerate(ordered), key=run)]


def _distance(fault: Fault) -> object:
    """Return where the cell that belongs there stands, seen from the wrong one."""
    if fault.belongs is None:
        return None
    return fault.belongs[0], fault.belongs[2] - fault.place[2]


def _finding(verdict: OwnVerdict, book: LabelledSheets, faults: list[Fault]) -> Finding:
    first, (sheet, row, column) = faults[0], faults[0].place
    letter, cell = get_column_letter(column), book.cell(*faults[0].place)
    last = f":{letter}{row + len(faults) - 1}" if len(faults) > 1 else ""
    value = None if cell is None else cell.value
    return Finding(
        sheet=sheet,
        range=f"{letter}{row}{last}",
        count=len(faults),
        quantity=verdict.captions.label(first.place) or "",
        kind=_KINDS.get(first.kind, FindingKind.WRONG_FORMULA),
        message=message(verdict, first),
        found_formula=None if cell is None else cell.formula,
        expected_formula=_repaired(verdict, book, first),
        found_value=float(value) if isinstance(value, bool) else value,
    )


def message(verdict: OwnVerdict, fault: Fault) -> str:
    """Say in one line what is wrong with a cell, and which other cell shows it."""

    def name(place: Place | None) -> str:
        return "" if place is None else verdict.captions.name(place, fault.place[0])

    stands, belongs, beside = map(name, (fault.stands, fault.belongs, fault.beside))
    along = ", ".join(map(name, fault.parameters[:3]))
    derivative = f"the derivative of {_loss(verdict, fault)} with respect to {along}"
    swapped = f"{stands} stands where {belongs} belongs" if stands and belongs else ""
    return {
        "empty": f"this multiplies by {stands}, where nothing stands",
        "typed": f"a typed number stands where {beside} has a formula",
        "text": "the number is stored as text",
        "odd": f"this gives something else than the formula of {beside} would here",
        "base": f"{swapped}: a step on from another cell than its own",
        "forward": f"{swapped}; the gradients are those of the latter, as in {name(fault.parameters[0])}'s update",
        "copied": f"this is the formula of {beside}; the gradients are those of one with {along}",
        "wrapped": f"{beside} does not count here as it is; the gradients are those of a sum in which it does",
        "gradient": f"{swapped}; it is not {derivative}" if swapped else f"this is not {derivative}",
        "factor": f"this is {fault.factor or 1:g} times {derivative}; the other gradients are not multiplied so",
        "ascent": f"{along} steps along its gradient, not against it" + (f", as {beside} does" if beside else ""),
        "rule": f"{along} does not step as the others do" + (f", compare {beside}" if beside else ""),
    }[fault.kind]


def _loss(verdict: OwnVerdict, fault: Fault) -> str:
    of_step = verdict.loss_of.get(fault.parameters[0])
    return "the squared error" if of_step is None else verdict.captions.name(of_step, fault.place[0])


def _repaired(verdict: OwnVerdict, book: LabelledSheets, fault: Fault) -> str | None:
    """Write the formula with the reference that belongs there, or as it stands in other rows of the column."""
    cell = book.cell(*fault.place)
    if fault.kind in ("odd", "typed") and fault.beside is not None and fault.belongs is None:
        return _as_beside(book, fault.place, fault.beside)
    if fault.stands is None or fault.belongs is None or cell is None or cell.formula is None:
        return None
    try:
        pieces = take_apart(cell.formula, fault.place[0], fault.place[1], book.surroundings)
    except UnreadableFormulaError:
        return None
    return "=" + "".join(_replaced(verdict, fault, fault.belongs, pieces))


def _as_beside(book: LabelledSheets, place: Place, beside: Place) -> str | None:
    """Write the formula of a cell as it would stand further up or down."""
    model = book.cell(*beside)
    if model is None or model.formula is None or (place[0], place[2]) != (beside[0], beside[2]):
        return None
    return "=" + make_template(model.formula[1:], beside[1]).at(place[1])


def _replaced(verdict: OwnVerdict, fault: Fault, belongs: Place, pieces: list[Piece]) -> Iterator[str]:
    sheet, row, column = belongs
    prefix = "" if sheet == fault.place[0] else quote_sheetname(sheet) + "!"
    number = 0
    for piece in pieces:
        area = piece.area
        place = None if area is None or not area.is_cell else area.corner
        if place is not None and verdict.graph.source(place) == fault.stands:
            yield f"{prefix}{get_column_letter(column)}{row}" if fault.occurrence in (None, number) else piece.text
            number += 1
        else:
            yield piece.text
