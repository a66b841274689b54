"""What our own workbook says beside its sheets: defined names, and how it is to be calculated."""

from collections.abc import Iterator

from sheetgen.recipe.counterparts import Counterparts
from sheetgen.spreadsheet.addresses import coordinate_to_tuple
from sheetgen.spreadsheet.properties import application, calculation
from sheetgen.verify.findings import Finding

_ITERATES = "gnumeric"  # saves every workbook so


def altered_names(pair: Counterparts) -> Iterator[Finding]:
    """Find the defined names that mean other cells; if all are gone, a program has dropped them."""
    scopes = {place.casefold(): name for name, place in pair.places.items()}
    found = {}
    for name, meaning in pair.book.workbook.names.items():
        scope, mark, local = name.rpartition("!")
        found[f"{scopes.get(scope.casefold(), scope)}{mark}{local}".casefold()] = meaning
    expected = pair.blueprint.names
    if not any(name.casefold() in found for name in expected):
        return
    for name, meaning in expected.items():
        sheet, _, cell = meaning.removeprefix("=").rpartition("!")
        sheet, present = sheet.strip("'"), found.get(name.casefold())
        if sheet not in pair.places or (present is not None and pair.same(present, meaning.removeprefix("="))):
            continue
        means = "is missing" if present is None else f"means {present}"
        said = f"the name {name.rpartition('!')[2]} {means}; sheetgen gave it to this cell"
        yield pair.finding(sheet, coordinate_to_tuple(cell.replace("$", "")), name.rpartition("!")[2], said)


def altered_settings(pair: Counterparts) -> Iterator[Finding]:
    """Find settings under which a workbook does not follow its numbers, or not exactly."""
    workbook, said = pair.book.workbook, []
    settings = calculation(workbook.calculation)
    if settings.mode == "manual":
        said.append("the workbook is calculated only by hand; sheetgen wrote: automatically")
    if not settings.full_precision:
        said.append("the workbook is calculated with the digits displayed; sheetgen wrote: in full precision")
    if settings.iterative and application(workbook.package) != _ITERATES:
        said.append("circular references are iterated; sheetgen wrote: reported")
    first = next(iter(pair.places), None)
    if first is not None:
        for words in said:
            yield pair.finding(first, (1, 1), "calculation", words)
