"""The sheet *One cell*: the chosen cell taken apart, in symbols and with its numbers."""

from math import ceil

from mnist.workbook.book import PALE_SCALE, PALE_SIGNED_SCALE, Page
from mnist.workbook.description import Description
from mnist.workbook.formulas import FIRST_SUM, NORM, PIXEL, RELU, SUM, filled, in_numbers, in_symbols
from mnist.workbook.layout import CELL, PLACES, Block
from mnist.workbook.sheets.geometry import Geometry, most_seen, network_area, write_geometry
from mnist.workbook.sheets.scores import TOLERANCE
from mnist.workbook.sheets.tables import norm_column, training_cells
from sheetgen.workbook.formula_cell import quoted
from sheetgen.workbook.theme import RULE

_LINES = 6  # the row of the first line
_PARAMETERS = ("b", "γ", "μ", "σ", "β")
_SLOTS = 15  # the row of the first window
_NUMBER = "0.000"
_MOST_LISTED = 32


class _Places:
    """Columns and rows of the sheet, which follow from the size of the largest window."""

    def __init__(self, description: Description) -> None:
        self.size = max(layer.size for layer in description.layers)
        self.group = 3 * self.size + 4  # map, window, ×, kernel, =, products, sum
        self.down = ceil(max(layer.seen for layer in description.layers) / 2)
        self.end = _SLOTS + self.down * (self.size + 1)

    def corner(self, slot: int) -> tuple[int, int]:
        """Return where a slot begins."""
        return _SLOTS + slot % self.down * (self.size + 1), 1 + slot // self.down * (self.group + 1)

    def block(self, slot: int, part: int) -> Block:
        """Return the window, the kernel or the products of a slot."""
        row, column = self.corner(slot)
        return Block(CELL, row, column + 1 + part * (self.size + 1), self.size, self.size)

    def narrow(self, column: int) -> bool:
        """Tell whether a column is for a sign, or the gap between the groups."""
        place = (column - 1) % (self.group + 1)
        return place in (1 + self.size, 2 + 2 * self.size, self.group)

    def sum(self, slot: int) -> Block:
        """Return the sum of a slot's products."""
        row, column = self.corner(slot)
        return Block(CELL, row, column + self.group - 1, 1, 1)


def line_cells(description: Description) -> dict[str, Block]:
    """Return where the results of the lines stand, and the cell of *Network* that they end in."""
    column = 2 * _Places(description).group + 1
    return {name: Block(CELL, _LINES + 1 + place, column, 1, 1) for place, name in enumerate((*"Σzya", "there"))}


def slot_blocks(description: Description, slot: int) -> dict[str, Block]:
    """Return where the window, the kernel, the products and their sum stand for one of the maps that are seen."""
    places = _Places(description)
    blocks = {name: places.block(slot, part) for part, name in enumerate(("window", "kernel", "product"))}
    return blocks | {"sum": places.sum(slot)}


def write_one_cell(page: Page) -> None:
    """Write the lines of the calculation, below them the windows with their kernels and products."""
    places = _Places(page.book.description)
    page.begin("One cell, taken apart", "Choose layer, map, row and column on Network; its window is framed there.")
    page.columns(0, 0, 10)
    page.columns(1, 2 * places.group + 2, 46)
    for column in filter(places.narrow, range(1, 2 * places.group + 2)):
        page.columns(column, column, 16)
    for group in (places.group, 2 * places.group + 1):
        page.columns(group, group, 66)
    geometry = write_geometry(page.book.pages[PLACES])
    now = geometry.now
    layer = f'"Layer "&{now["layer"]}&", map "&{now["map"]}&", row "&{now["row"]}&", column "&{now["column"]}'
    page.formula(3, 1, layer, page.theme.make(bold=True, font_size=12))
    for slot in range(most_seen(page)):
        _write_slot(page, places, geometry, slot)
    _write_lines(page, places, geometry)
    for part in range(2):
        blocks = [places.block(slot, part) for slot in range(most_seen(page))]
        page.coloured(blocks, PALE_SIGNED_SCALE if part else PALE_SCALE)
    _write_captions(page, places)
    page.sheet.freeze_panes(4, 0)
    page.sheet.print_area(0, 0, places.end, 2 * places.group + 1)


def _write_captions(page: Page, places: _Places) -> None:
    """Write what stands in the columns, and hide the signs where nothing stands beside them."""
    muted = page.theme.make(font_size=9, font_color=page.theme.muted.font_color)
    page.note(_SLOTS - 1, 2, "Cells beyond the edge of a map are empty and count as 0: that is its border of zeros.")
    for slot in (0, places.down):
        for part, words in enumerate(("window", "kernel", "products, and their sum")):
            page.text(_SLOTS - 1, places.block(slot, part).column, words, muted)
    slots = range(most_seen(page))
    kernels = [places.block(slot, 1) for slot in slots]
    signs = [places.block(slot, part).part(places.size // 2, -1, 1, 1) for part in (1, 2) for slot in slots]
    style = page.book.workbook.add_format({"font_color": "#FFFFFF"})
    for sign, cell in zip(signs, 2 * kernels, strict=True):
        empty = f'={cell.part(0, 0, 1, 1).address(CELL, fixed=True)}=""'
        page.coloured([sign], {"type": "formula", "criteria": empty, "format": style})


def _write_slot(page: Page, places: _Places, geometry: Geometry, slot: int) -> None:
    row, column = places.corner(slot)
    there, now, area = geometry.slots[slot], geometry.now, network_area(page)
    small = page.theme.make(font_size=9, align="right", num_format=_NUMBER, shrink=True)
    muted = page.theme.make(font_size=9, font_color=page.theme.muted.font_color, align="center")
    page.formula(row, column, f'IF({there["map"]}="","","map "&{there["map"]})', muted)
    window, kernel, product = (places.block(slot, part) for part in range(3))
    for y in range(places.size):
        for x in range(places.size):
            unused = f'OR({there["map"]}="",{y + 1}>{now["size"]},{x + 1}>{now["size"]})'
            at = f"INDEX({area},{there['window row']}+{y},{there['window column']}+{x})"
            page.formula(*window.cell(y, x), f'IF({unused},"",{at})', small)
            at = f"INDEX({area},{there['kernel row']}+{y},{there['kernel column']}+{x})"
            page.formula(*kernel.cell(y, x), f'IF({now["kind"]}="conv",IF({unused},"",{at}),"")', small)
            one, other = window.part(y, x, 1, 1).address(CELL), kernel.part(y, x, 1, 1).address(CELL)
            page.formula(*product.cell(y, x), f'IF({other}="","",{one}*{other})', small)
    for sign, beside in (("×", kernel.column - 1), ("=", product.column - 1)):
        page.text(row + places.size // 2, beside, sign, muted)
    inside = f'IF({now["kind"]}="conv",SUM({product.address(CELL)}),MAX({window.address(CELL)}))'
    style = page.theme.make(bold=True, font_size=10, align="right", num_format=_NUMBER)
    page.formula(*places.sum(slot).cell(0, 0), f'IF({there["map"]}="","",{inside})', style)


def _write_parameters(page: Page, places: _Places, now: dict[str, str]) -> dict[str, str]:
    """Write the numbers of the map's batch normalisation and the sum of its kernel, and return their addresses."""
    row, found = _LINES + 6, {}
    style, number = (
        page.theme.make(bold=True, align="right"),
        page.theme.make(num_format="0.0000", align="left", shrink=True),
    )
    values = {
        name: f"INDEX({norm_column(page.book, name).address(CELL, fixed=True)},{now['norm']})" for name in _PARAMETERS
    }
    if not page.book.description.padded:
        values["Σw"] = f'IF({now["layer"]}=1,SUM({places.block(0, 1).address(CELL)}),"")'
    columns = [column for column in range(2, 2 * places.group) if not places.narrow(column)]
    for place, (name, value) in enumerate(values.items()):
        left, right = columns[2 * place : 2 * place + 2]
        page.text(row, left, f"{name} =", style)
        page.formula(row, right, f'IF({now["kind"]}="conv",{value},"")', number)
        found[name] = page.at(row, right)
    return found


def _write_lines(page: Page, places: _Places, geometry: Geometry) -> None:
    """Write the calculation, a line for each step."""
    now = geometry.now
    sums = [places.sum(slot).address(CELL) for slot in range(most_seen(page))]
    cells = _write_parameters(page, places, now) | training_cells(page)
    cells |= {name: page.at(_LINES + 1 + place, 2 * places.group + 1) for place, name in enumerate("Σzya")}
    conv, pool, listed = f'{now["kind"]}="conv"', f'{now["kind"]}="pool"', ",".join(sums)
    words = f'IF({conv},"all products, added up",IF({pool},"the largest number of the window","the pixel"))'
    start = PIXEL.replace("{p}", "{Σ}") if page.book.description.padded else FIRST_SUM
    lines = {
        "Σ": (words, _listed(sums), f"IF({pool},MAX({listed}),SUM({listed}))"),
        "z": _choose([(pool, _EMPTY), (f"{now['layer']}=1", _case(start, cells))], _case(SUM, cells)),
        "y": _choose([(conv, _case(NORM, cells)), (pool, _EMPTY)], _case("{z}", cells)),
        "a": _choose([(f"{now['relu']}=1", _case(RELU, cells)), (pool, _case("{Σ}", cells))], _case("{y}", cells)),
    }
    _write_board(page, places, lines)
    _write_comparison(page, places, now, cells["a"])


_Case = tuple[str, str, str]
"""Formulas for a line in symbols, the same with numbers, and its result."""
_EMPTY = ('""', '""', '""')


def _case(formula: str, cells: dict[str, str]) -> _Case:
    return quoted(in_symbols(formula)), in_numbers(formula, cells), filled(formula, cells)


def _choose(cases: list[tuple[str, _Case]], otherwise: _Case) -> _Case:
    """Join formulas into one that takes the first whose condition holds."""
    chosen = otherwise
    for condition, case in reversed(cases):
        symbols, numbers, value = (f"IF({condition},{mine},{rest})" for mine, rest in zip(case, chosen, strict=True))
        chosen = symbols, numbers, value
    return chosen


def _listed(sums: list[str]) -> str:
    """Return a formula for the text of a sum: what each map before contributes."""
    if len(sums) > _MOST_LISTED:
        return '"the bold sums below, added up"'
    parts = []
    for number, cell in enumerate(sums):
        written = f"FIXED({cell},4,TRUE)"
        plus = '" + "&' if number else ""
        parts.append(f'IF({cell}="","",{plus}IF({cell}<0,"("&{written}&")",{written}))')
    return "&".join(parts)


def _write_board(page: Page, places: _Places, lines: dict[str, _Case]) -> None:
    """Write the lines, in symbols on the left, with numbers in the middle, with the result on the right."""
    theme, group = page.theme, places.group
    head, under = theme.table_header, {"bottom": 1, "border_color": RULE}
    wrapped = theme.make(**under, text_wrap=True, font_size=10)
    result = theme.make(**under, bold=True, num_format="0.000000", align="right", shrink=True)
    spans = ((2, group - 1), (group + 1, group))
    for (column, width), heading in zip(spans, ("in symbols", "with its numbers"), strict=True):
        page.merge(_LINES, column, width, head)
        page.text(_LINES, column, heading, head)
    page.text(_LINES, 2 * group + 1, "result", head)
    for row, (name, (symbols, numbers, value)) in enumerate(lines.items(), start=_LINES + 1):
        page.text(row, 1, f"{name} =", theme.make(**under, bold=True, align="right"))
        for (column, width), formula in zip(spans, (symbols, numbers), strict=True):
            page.merge(row, column, width, wrapped)
            page.formula(row, column, formula, wrapped)
        page.formula(row, 2 * group + 1, value, result)
    page.rows(_LINES + 1, _LINES + 1, 50)
    page.rows(_LINES + 2, _LINES + 4, 32)


def _write_comparison(page: Page, places: _Places, now: dict[str, str], result: str) -> None:
    """Compare the result with the cell on *Network*, whose formula folds the batch normalisation."""
    row, column = _LINES + 5, 2 * places.group + 1
    corner = f"{now['map row']}+{now['row']}-1,{now['map column']}+{now['column']}-1"
    number = page.theme.make(bold=True, num_format="0.000000", align="right", shrink=True)
    page.text(row, 2, "The cell on Network, whose formula does all of this at once:", page.theme.text)
    page.formula(row, column, f"INDEX({network_area(page)},{corner})", number)
    there = page.at(row, column)
    mark = page.theme.make(bold=True, align="center")
    page.formula(row, column + 1, f'IF(ABS({there}-{result})<={TOLERANCE}*(1+ABS({result})),"✓","✗")', mark)
