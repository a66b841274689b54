"""Where *One cell* finds what it shows: small tables of shapes and places, and the chosen cell’s window."""

from collections.abc import Iterator
from dataclasses import dataclass

from mnist.workbook.book import Page
from mnist.workbook.layout import CHOICES, NETWORK, PLACES, Block, Layout, kernel_offset
from mnist.workbook.sheets.tables import norm_index

SHAPES = ("kind", "maps", "height", "width", "size", "stride", "padding", "seen", "share", "norm", "relu")
_PLACES = 8  # the row of the places, but for one row per layer above
_CHOSEN = ("layer", "map", "row", "column")
NOW = (*_CHOSEN, "kind", "size", "seen", "first", "top", "left", "norm", "relu", "map row", "map column")


@dataclass(frozen=True)
class Geometry:
    """The addresses, as formulas of *One cell* use them.

    Attributes:
        now: of each number in `NOW`.
        slots: for each map that is seen, where on *Network* its window and its kernel begin.
    """

    now: dict[str, str]
    slots: list[dict[str, str]]


def most_seen(page: Page) -> int:
    """Return the most maps that a map sees."""
    return max(layer.seen for layer in page.book.description.layers)


def write_geometry(page: Page) -> Geometry:
    """Write the tables, and on *Network* the numbers of the chosen cell and its window."""
    page.begin(
        "Where One cell finds its numbers", "Shapes of the layers, places of maps and kernels, and the chosen cell."
    )
    page.columns(0, 0, 16)
    page.columns(1, 1, 90)
    page.columns(2, 1 + max(len(SHAPES), most_seen(page)), 66)
    count = len(page.book.description.layers)
    shapes = _write_shapes(page, 5)
    places = _write_places(page, _PLACES + count)
    now = _write_now(page.book.pages[NETWORK], shapes, places)
    offsets = _write_offsets(page, 13 + 3 * count)
    slots = _write_slots(page, 16 + 5 * count, now, places, offsets)
    return Geometry(now, slots)


def _write_shapes(page: Page, top: int) -> dict[str, str]:
    """Write a row per layer, and return the address of each column."""
    layers = page.book.description.layers
    for place, name in enumerate(SHAPES, start=1):
        page.text(top - 1, place, name, page.theme.table_header)
    style = page.theme.table_number("0")
    for number, layer in enumerate(layers):
        share = layer.outputs[0] // layer.groups
        norm = norm_index(page.book.description, number, 0) + 1
        numbers = (*layer.outputs, layer.size, layer.stride, layer.padding, layer.seen, share, norm, int(layer.relu))
        page.text(top + number, 1, layer.kind, page.theme.table_text)
        for place, value in enumerate(numbers, start=2):
            page.number(top + number, place, value, style)
    columns = (Block(PLACES, top, 1 + place, len(layers), 1).address(fixed=True) for place in range(len(SHAPES)))
    return dict(zip(SHAPES, columns, strict=True))


def _write_places(page: Page, top: int) -> dict[str, str]:
    """Write the row and the column on *Network* of each map’s first cell, and return the tables’ addresses."""
    layout, style = page.book.layout, page.theme.table_number("0")
    most = max(len(place.maps) for place in layout.layers)
    found = {}
    for part, name in enumerate(("row", "column")):
        first = top + part * (len(layout.layers) + 2)
        page.text(first - 1, 1, f"the first {name} of each map (the image’s is first)", page.theme.muted)
        found[name] = Block(PLACES, first, 1, 1 + len(layout.layers), most).address(fixed=True)
    for name, cell, block in map_places(layout):
        corner = block.part(0, 0, 1, 1).address(page.name)
        page.formula(*cell.cell(0, 0), f"{name.upper()}({corner})", style)
    return found


def map_places(layout: Layout) -> Iterator[tuple[str, Block, Block]]:
    """Return "row" or "column", the cell that holds it, and the map whose first row or column it is."""
    lines = [[layout.image], *(place.maps for place in layout.layers)]
    for part, name in enumerate(("row", "column")):
        first = _PLACES + len(layout.layers) + part * (len(lines) + 1)
        for number, maps in enumerate(lines):
            yield from ((name, Block(PLACES, first + number, 1 + each, 1, 1), map_) for each, map_ in enumerate(maps))


def now_cells(layout: Layout) -> dict[str, Block]:
    """Return where the numbers of the chosen cell and its window stand, on *Network*: its frames follow them at once.

    LibreOffice draws a rule's cells anew only if the rule refers to the sheet's own cells by their addresses.
    """
    return {name: Block(NETWORK, layout.end + 3 + place, 14, 1, 1) for place, name in enumerate(NOW)}


def _write_now(page: Page, shapes: dict[str, str], places: dict[str, str]) -> dict[str, str]:
    """Write these numbers, and return their addresses."""
    cells = now_cells(page.book.layout)
    at = {name: cell.address(fixed=True) for name, cell in cells.items()}
    chosen = {name: CHOICES[f"chosen_{name}"].address(page.name) for name in _CHOSEN}

    def of(name: str) -> str:
        return f"INDEX({shapes[name]},{at['layer']})"

    def within(last: str, name: str) -> str:
        return f"MAX(1,IF({chosen[name]}>{last},{last},{chosen[name]}))"

    formulas = {
        "layer": within(str(len(page.book.description.layers)), "layer"),
        "map": within(of("maps"), "map"),
        "row": within(of("height"), "row"),
        "column": within(of("width"), "column"),
        "kind": of("kind"),
        "size": of("size"),
        "seen": of("seen"),
        "first": f"INT(({at['map']}-1)/{of('share')})*{at['seen']}",
        "top": f"({at['row']}-1)*{of('stride')}-{of('padding')}",
        "left": f"({at['column']}-1)*{of('stride')}-{of('padding')}",
        "norm": f"{of('norm')}+{at['map']}-1",
        "relu": of("relu"),
        "map row": f"INDEX({places['row']},{at['layer']}+1,{at['map']})",
        "map column": f"INDEX({places['column']},{at['layer']}+1,{at['map']})",
    }
    page.text(cells["layer"].row - 1, 1, "The chosen cell and its window", page.theme.make(bold=True))
    page.rows(cells["layer"].row - 1, cells["map column"].row, 18)
    number = page.theme.make(num_format="0", align="right", font_size=9)
    for name, cell in cells.items():
        page.text(cell.row, 1, name, page.theme.make(font_size=9))
        page.merge(*cell.cell(0, 0), 5, number)
        page.formula(*cell.cell(0, 0), formulas[name], number)
    return at


def _write_offsets(page: Page, top: int) -> dict[str, str]:
    """Write how far from a map’s first cell its kernels stand, and return the tables’ addresses."""
    description, style, most = page.book.description, page.theme.table_number("0"), most_seen(page)
    found = {}
    for part, name in enumerate(("row", "column")):
        first = top + part * (len(description.layers) + 1)
        page.text(first - 1, 1, f"{name}s from a map’s first cell to its kernels", page.theme.muted)
        for number, layer in enumerate(description.layers):
            for seen in range(layer.seen if layer.weights is not None else 0):
                offset = kernel_offset(layer, page.book.layout.layers[number].grid, seen)[part]
                page.number(first + number, 1 + seen, offset, style)
        found[name] = Block(PLACES, first, 1, len(description.layers), most).address(fixed=True)
    return found


def _write_slots(
    page: Page, top: int, now: dict[str, str], places: dict[str, str], offsets: dict[str, str]
) -> list[dict[str, str]]:
    """Write for each map that is seen where its window begins; also return where its kernel does."""
    style, found = page.theme.table_number("0"), []
    headings = ("map before it", "window’s row", "column")
    for place, heading in enumerate(headings, start=1):
        page.text(top - 1, place, heading, page.theme.muted)
    for slot in range(most_seen(page)):
        row = top + slot
        there: dict[str, str] = {}
        used = f"{slot + 1}<={now['seen']}"
        page.formula(row, 1, f'IF({used},{now["first"]}+{slot + 1},"")', style)
        for part, (name, shift) in enumerate((("row", "top"), ("column", "left"))):
            before = f"INDEX({places[name]},{now['layer']},{page.place(row, 1)})+{now[shift]}"
            page.formula(row, 2 + part, f'IF({used},{before},"")', style)
            there[f"window {name}"] = page.place(row, 2 + part)
            there[f"kernel {name}"] = f"{now[f'map {name}']}+INDEX({offsets[name]},{now['layer']},{slot + 1})"
        found.append(there | {"map": page.place(row, 1)})
    return found


def network_area(page: Page) -> str:
    """Return the address of all of *Network* that the tables speak of."""
    layout = page.book.layout
    right = max(block.column + block.width for place in layout.layers for block in place.maps)
    kernels = [block for place in layout.layers for blocks in place.kernels for block in blocks]
    right = max([right, *(block.column + block.width for block in kernels)])
    return Block(NETWORK, 0, 0, layout.end, right + 2).address(fixed=True)
