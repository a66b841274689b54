"""The sheet *First layer*: convolution, batch normalisation and ReLU of one map apart, and how they fold."""

from mnist.workbook.book import MAP_SCALE, PALE_SCALE, PALE_SIGNED_SCALE, Page, listed
from mnist.workbook.description import Description
from mnist.workbook.formulas import (
    FIRST_SCALE,
    FIRST_SHIFT,
    FIRST_SUM,
    NORM,
    RELU,
    SCALE,
    SHIFT,
    SUM,
    filled,
    in_symbols,
)
from mnist.workbook.layout import FIRST, FIRST_MAP, Block
from mnist.workbook.sheets.scores import TOLERANCE
from mnist.workbook.sheets.tables import norm_column, training_cells
from mnist.workbook.sheets.what_if import chosen_weight

_TOP = 14  # the row of the maps
_KERNEL = 6
_SMALL, _LARGE = 11, 28  # the cells' side in pixels, without and with numbers
_MOST_WITH_NUMBERS = 14
_NOTES = {
    "z": "Σ is the window’s pixels times the kernel, m and s the mean and the deviation of all training pixels: the "
    "network was trained on (pixel / 255 − m) / s.",
    "y": "μ and σ are the mean and the deviation that z had in training; γ and β were learnt.",
    "a": "Rectified linear unit: what is negative becomes 0.",
}
_NAMES = ("b", "γ", "μ", "σ", "β")


def write_first_layer(page: Page) -> None:
    """Write the choice of a map, its kernel and numbers, and its three stages."""
    description, theme = page.book.description, page.theme
    page.begin(
        "The first layer, unfolded", "What a cell of Network does at once, in three steps, for every cell of one map."
    )
    _, height, width = description.first.outputs
    side = _LARGE if width <= _MOST_WITH_NUMBERS else _SMALL
    page.columns(0, 0, 16)
    page.columns(1, 3 * width + 6, side)
    page.rows(_TOP, _TOP + height - 1, side)
    page.text(3, 1, "map", theme.make(bold=True))
    page.input(FIRST_MAP, 1, listed(1, description.first.outputs[0], "map"))
    stages = stage_blocks(description)
    cells = _write_numbers(page, side)
    formulas = (SUM if description.padded else FIRST_SUM, NORM, RELU)
    style = theme.make(font_size=6, num_format="0.0" if side == _LARGE else ";;;", align="center")
    for name, block, formula in zip("zya", stages, formulas, strict=True):
        title = {"z": "convolution", "y": "batch normalisation", "a": "ReLU"}[name]
        page.text(_TOP - 2, block.column, title, theme.make(bold=True))
        page.note(_TOP - 2, block.column, _NOTES[name])
        page.text(_TOP - 1, block.column, f"{name} = {in_symbols(formula)}", theme.make(font_size=9))
        for row, column in block.cells():
            at = row - block.row, column - block.column
            here = {"Σ": _window(page, *at, cells["kernel"])}
            here |= {each: stage.part(*at, 1, 1).address(FIRST) for each, stage in zip("zya", stages, strict=True)}
            page.formula(row, column, filled(formula, cells | here), style)
        page.coloured([block], PALE_SCALE if side == _LARGE else MAP_SCALE)
    _write_folding(page, cells, stages[2])


def stage_blocks(description: Description) -> list[Block]:
    """Return where the three stages of the chosen map stand."""
    _, height, width = description.first.outputs
    return [Block(FIRST, _TOP, 1 + stage * (width + 1), height, width) for stage in range(3)]


def folding_cells(description: Description) -> tuple[Block, Block]:
    """Return the cells of the chosen map's scale and shift."""
    column = description.first.size + 12
    return Block(FIRST, _KERNEL - 1, column, 1, 1), Block(FIRST, _KERNEL, column, 1, 1)


def _window(page: Page, row: int, column: int, kernel: str) -> str:
    layer, layout = page.book.description.first, page.book.layout
    before = layout.before(int(page.book.description.padded))[0]
    top, left = row * layer.stride - layer.padding, column * layer.stride - layer.padding
    return f"SUMPRODUCT({before.part(top, left, layer.size, layer.size).address(FIRST)},{kernel})"


def _write_numbers(page: Page, side: int) -> dict[str, str]:
    """Write the map's kernel and batch normalisation, and return their addresses."""
    theme, size, chosen = page.theme, page.book.description.first.size, FIRST_MAP.address(FIRST, fixed=True)
    wide = 2 if side == _LARGE else 5
    style = theme.make(num_format="0.00", align="center", font_size=8, shrink=True)
    page.text(_KERNEL - 1, 1, "kernel", theme.make(bold=True))
    kernel = Block(FIRST, _KERNEL, 1, size, size)
    for row, column in kernel.cells():
        at = row - kernel.row, column - kernel.column
        page.formula(row, column, chosen_weight(page, chosen, *at), style)
    page.coloured([kernel], PALE_SIGNED_SCALE)
    cells = training_cells(page) | {"kernel": kernel.address(FIRST, fixed=True)}
    cells["Σw"] = f"SUM({cells['kernel']})"
    number = theme.make(num_format="0.000000", align="left")
    for place, name in enumerate(_NAMES):
        row, column = _KERNEL - 1 + place, size + 3
        page.text(row, column, f"{name} =", theme.make(bold=True, align="right"))
        page.merge(row, column + 1, wide + 1, number)
        value = f"INDEX({norm_column(page.book, name).address(FIRST, fixed=True)},{chosen})"
        page.formula(row, column + 1, value, number)
        cells[name] = page.at(row, column + 1)
    return cells


def _write_folding(page: Page, cells: dict[str, str], result: Block) -> None:
    """Write what the three steps come to, and that *Network* has the same map."""
    theme, padded = page.theme, page.book.description.padded
    column = page.book.description.first.size + 9
    number = theme.make(bold=True, num_format="0.000000", align="left")
    lines = (("scale", SCALE if padded else FIRST_SCALE), ("shift", SHIFT if padded else FIRST_SHIFT))
    page.text(
        _KERNEL - 2, column, "Folded: Network has a = max(0, Σ·scale + shift), with two numbers", theme.make(bold=True)
    )
    for (name, formula), block in zip(lines, folding_cells(page.book.description), strict=True):
        page.text(block.row, column, f"{name} =", theme.make(bold=True))
        page.text(block.row, column + 8, f"= {in_symbols(formula)}", theme.text)
        page.merge(*block.cell(0, 0), 4, number)
        page.formula(*block.cell(0, 0), filled(formula, cells), number)
    place = page.book.layout.layers[int(padded)]
    own = FIRST_MAP.address(FIRST)
    sums = ",".join(f"IF({own}={each},SUM({block.address(FIRST)}),0)" for each, block in enumerate(place.maps, start=1))
    page.text(_KERNEL + 1, column, "All cells of the map a below, added up, and the same of Network’s map:", theme.text)
    page.merge(_KERNEL + 2, column, 4, number)
    page.merge(_KERNEL + 2, column + 5, 4, number)
    page.formula(_KERNEL + 2, column, f"SUM({result.address(FIRST)})", number)
    page.formula(_KERNEL + 2, column + 5, f"SUM({sums})", number)
    here, there = page.at(_KERNEL + 2, column), page.at(_KERNEL + 2, column + 5)
    page.formula(_KERNEL + 2, column + 10, f'IF(ABS({here}-{there})<={TOLERANCE}*(1+{here}),"✓","✗")', number)
