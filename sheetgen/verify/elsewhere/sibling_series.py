"""Series that show something else than all their siblings in a chart do."""

from collections.abc import Callable, Iterator, Sequence

from sheetgen.verify.elsewhere.cell_lines import CellLines
from sheetgen.verify.elsewhere.drawn_series import Drawn, Slip, labelled, line_alike, pattern, plain, short
from sheetgen.verify.read.labels import quantity_of

_FEWEST = 2
_Judge = Callable[[Drawn, Sequence[Drawn], CellLines], Slip | None]


def odd_ones_out(drawn: Sequence[Drawn], lines: CellLines) -> Iterator[Slip]:
    """Find the series that take their name, values or x from elsewhere than at least two others, which agree."""
    for each in drawn:
        others = [other for other in drawn if other is not each]
        if len(others) >= _FEWEST:
            yield from filter(None, (judge(each, others, lines) for judge in _JUDGES))


def _names_sheet(each: Drawn, others: Sequence[Drawn], lines: CellLines) -> Slip | None:
    """Find a name from another sheet than the values, where the others take both from one."""
    place = each.name.place
    if place is None or place[0] == each.y.sheet:
        return None
    if any(other.name.place is None or other.name.place[0] != other.y.sheet for other in others):
        return None
    belongs = line_alike(each, place[0], lines)
    says = f"its name comes from sheet {place[0]}, its values from sheet {each.y.sheet}"
    return None if belongs is None else Slip(each, f"{says}; the other series take both from one sheet", belongs)


def _column(each: Drawn, others: Sequence[Drawn], lines: CellLines) -> Slip | None:
    """Find another column than those of the others, each of which shows the same quantity of a sheet of its own."""
    label = others[0].label
    sheets = {each.y.sheet, *(other.y.sheet for other in others)}
    if not label or len(sheets) <= len(others) or any(plain(other.label) != plain(label) for other in others):
        return None
    if not each.label or plain(each.label) == plain(label) or plain(each.name.text) == plain(each.label):
        return None
    if each.quantity is not None and quantity_of(label) in (None, each.quantity):
        return None
    belongs = next((span for span, text in labelled(each, lines) if plain(text) == plain(label)), None)
    says = f"it shows {each.y.line}, labelled {short(each.label)}; the other series show {short(label)}"
    return None if belongs is None else Slip(each, says, belongs)


def _sheet(each: Drawn, others: Sequence[Drawn], lines: CellLines) -> Slip | None:
    """Find another sheet than that of the others, which show different columns of one table that has this one too."""
    sheet, place = others[0].y.sheet, each.name.place
    labels = {plain(other.label) for other in others}
    if each.y.sheet == sheet or any(other.y.sheet != sheet for other in others) or len(labels) < len(others):
        return None
    if plain(each.label) in labels or plain(each.name.text) != plain(each.label):
        return None
    if place is not None and place[0] not in (sheet, each.y.sheet):
        return None
    belongs = line_alike(each, sheet, lines, others[0].header.steps[0] if others[0].header else None)
    if belongs is None or not lines.differ(belongs, each.y):
        return None
    return Slip(each, f"it shows sheet {each.y.sheet}; the other series show sheet {sheet}", belongs)


def _x_values(each: Drawn, others: Sequence[Drawn], lines: CellLines) -> Slip | None:
    """Find x-values from another column than those of the others, which share theirs."""
    x, shared = each.x, others[0].x
    if x is None or shared is None or x.size != shared.size:
        return None
    own_sheet = all(other.x is not None and other.x.sheet == other.y.sheet for other in others)
    if all(other.x == shared for other in others):
        belongs = shared
    elif own_sheet and all(
        other.x and (other.x.number, other.x.first) == (shared.number, shared.first) for other in others
    ):
        belongs = shared._replace(sheet=each.y.sheet)
    else:
        return None
    if x == belongs or not lines.holds(belongs) or not lines.differ(x, belongs):
        return None
    labels = [header.text if header else "" for header in map(lines.header, (x, belongs))]
    if plain(labels[0]) == plain(labels[1]) and x.sheet == each.y.sheet:
        return None
    where = "" if x.sheet == belongs.sheet else f" of sheet {x.sheet}"
    says = (
        f"its x-values are {x.line}{where}, labelled {short(labels[0])}; those of the other series are {belongs.line}"
    )
    return Slip(each, f"{says}, labelled {short(labels[1])}", belongs, of_x=True)


def _same_cells(each: Drawn, others: Sequence[Drawn], _: CellLines) -> Slip | None:
    """Find the same values under another name, where all the names differ in a number alone."""
    if any(pattern(other.name.text) != pattern(each.name.text) for other in others) or "#" not in pattern(
        each.name.text
    ):
        return None
    if any(other.series.axes != each.series.axes for other in others):
        return None
    names = [plain(other.name.text) for other in (each, *others)]
    before = [other for other in others if other.series.number < each.series.number]
    twin = next((other for other in before if other.y == each.y), None)
    if twin is not None and len(set(names)) == len(names):
        return Slip(each, f"it shows the same cells as series {twin.series.number}, {short(twin.name.text)}")
    twin = next((other for other in before if plain(other.name.text) == plain(each.name.text)), None)
    if twin is not None and len(set(names)) == len(names) - 1 and twin.y != each.y:
        return Slip(each, f"it has the name of series {twin.series.number}, which shows other cells")
    return None


_JUDGES: tuple[_Judge, ...] = (_names_sheet, _column, _sheet, _x_values, _same_cells)
