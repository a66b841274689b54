"""The cells outside of a table that it starts from: the learning rate, and what feeds inputs and first weights."""

from collections.abc import Iterator

from openpyxl.utils.cell import get_column_letter

from sheetgen.spreadsheet.workbook import Cell, Kind
from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.read.interpretation import Model, Place, learning_rate
from sheetgen.verify.read.sheet_cache import Source

_ETA = "η"


def find_bad_givens(model: Model, source: Source) -> Iterator[Finding]:
    """Find the cells outside of the table that should hold a number and do not."""
    if model.eta is not None:
        yield from _bad(model.eta, _ETA, source)
    elif learning_rate(model, source) is None and _has_live_updates(model):
        yield _no_rate(model)
    for place, feed in model.feeds.items():
        yield from _bad(place, feed.name, source)


def badly_fed(model: Model, source: Source) -> set[str]:
    """Return the quantities, η among them, that a cell outside of the table feeds with something that is no number."""
    places = {place: feed.name for place, feed in model.feeds.items()}
    if model.eta is not None:
        places[model.eta] = _ETA
    return {name for place, name in places.items() if source.number(*place) is None}


def _bad(place: Place, name: str, source: Source) -> Iterator[Finding]:
    cell = source.cell(*place)
    what = _what(cell)
    if what is not None:
        kind, message = what
        sheet, row, column = place
        value = cell.value if cell else None
        yield Finding(
            sheet=sheet,
            range=f"{get_column_letter(column)}{row}",
            count=1,
            quantity=name,
            kind=kind,
            message=message,
            found_formula=cell.formula if cell else None,
            found_value=value if isinstance(value, str) or value is None else float(value),
        )


def _what(cell: Cell | None) -> tuple[FindingKind, str] | None:
    if cell is None:
        return FindingKind.EMPTY, "a number is missing here"
    if cell.kind is Kind.EMPTY:
        return (
            FindingKind.NO_VALUE,
            "the formula has no cached value; a reader that does not recalculate shows nothing here",
        )
    if cell.kind is Kind.ERROR:
        return FindingKind.ERROR_VALUE, "an error stands where a number belongs"
    if cell.kind is Kind.TEXT:
        return FindingKind.BAD_INPUT, "a text stands where a number belongs"
    return None


def _has_live_updates(model: Model) -> bool:
    columns = [model.table.column(name) for name in model.network.trained if name in model.table.columns]
    return any((column.formulas[1:] >= 0).any() for column in columns)


def _no_rate(model: Model) -> Finding:
    name = next(name for name in model.network.trained if name in model.table.columns)
    row = min(model.table.first_row + 1, model.table.last_row)
    address = model.table.address(name, row)
    message = "no learning rate was found: neither a cell that the updates refer to, nor a number in them"
    return Finding(model.table.sheet.name, address, 1, name, FindingKind.BAD_INPUT, message)
