"""The sheet *Network*: what the reader chooses, the image, and every map with its kernels."""

from mnist.data import DEVIATION, MEAN, SIDE
from mnist.workbook.book import INK_SCALE, MAP_SCALE, SIGNED_SCALE, Page, listed, whole
from mnist.workbook.description import Layer
from mnist.workbook.formulas import FOLDED, PIXEL, RELU, filled
from mnist.workbook.layout import (
    CELL,
    CHOICES,
    COLUMNS,
    DIGITS,
    DRAWING,
    KERNEL_MAP,
    KERNEL_USED,
    OWN_LABEL,
    PATCH,
    SHEETS,
    STRIP_ROW,
    UNCHANGED,
    Block,
)
from mnist.workbook.layout import (
    PIXEL as SQUARE,
)
from mnist.workbook.sheets.geometry import now_cells
from mnist.workbook.sheets.tables import folding_cells, label_column
from mnist.workbook.sheets.what_if import replaced_kernel
from sheetgen.workbook.xlsxwriter_classes import Format

HIDDEN = ";;;"
_WIDE = 4
_FRAME = "#D55E00"


def write_network(page: Page) -> None:
    """Write the sheet from top to bottom; the scores have a module of their own."""
    layout = page.book.layout
    page.columns(0, COLUMNS + 1, SQUARE)
    page.begin("A network that reads digits, cell by cell", "")
    page.rows(4, layout.end + 1, SQUARE)
    page.rows(1, 3, 22)
    _write_choices(page)
    _write_image(page)
    for number in range(len(layout.layers)):
        _write_layer(page, number)
    _frame(page)
    page.sheet.freeze_panes(4, 0)
    page.sheet.set_selection(*CHOICES["digit"].cell(0, 0), *CHOICES["digit"].cell(0, 0))
    page.sheet.print_area(0, 0, layout.end, COLUMNS)


def square_format(page: Page) -> Format:
    """Return the format of a square cell: its colour shows the number, its formula bar the digits."""
    return page.theme.make(font_size=6, num_format=HIDDEN)


def _write_choices(page: Page) -> None:
    bold, hint, big = page.theme.make(bold=True), page.theme.muted, page.theme.make(bold=True, font_size=16)
    digits = len(page.book.gallery)
    page.text(1, 1, "Digit", bold)
    page.input(CHOICES["digit"], min(8, digits), listed(0, digits, "digit"), _WIDE)
    page.text(1, 13, f"← 1 to {digits}, or 0 for an empty sheet to draw on", hint)
    for name, words in (("reads", "it reads"), ("label", "the label says")):
        block = CHOICES[name]
        page.text(block.row, block.column - (9 if name == "reads" else 14), words, bold)
        page.merge(block.row, block.column, _WIDE, big)
    scores = page.book.layout.scores.address(page.name)
    page.formula(*CHOICES["reads"].cell(0, 0), f"MATCH(MAX({scores}),{scores},0)-1", big)
    own, digit = OWN_LABEL.address(page.name), CHOICES["digit"].address(page.name)
    known = f'IF({digit}=0,"",INDEX({label_column(page.book).address(page.name, fixed=True)},{digit}))'
    page.formula(*CHOICES["label"].cell(0, 0), f'IF({own}<>"",{own},{known})', big)
    _write_look(page)
    page.formula(*UNCHANGED.cell(0, 0), _changes(page), page.theme.make(bold=True, font_color="#9A3D00"))
    for place, name in enumerate(SHEETS[1:]):
        column = 1 + 12 * place
        page.merge(3, column, 11, page.theme.link)
        page.link(3, column, name, name)


def _write_look(page: Page) -> None:
    """Write the choice of the cell that *One cell* takes apart."""
    bold, description = page.theme.make(bold=True), page.book.description
    shapes = [layer.outputs for layer in description.layers]
    most = {"layer": len(shapes)} | {
        name: max(shape[axis] for shape in shapes) for axis, name in enumerate(("map", "row", "column"))
    }
    page.text(2, 1, "Look at", bold)
    for (name, last), first in zip(most.items(), (2 if len(shapes) > 1 else 1, 4, 4, 8), strict=True):
        block = CHOICES[f"chosen_{name}"]
        page.text(2, block.column - (9 if name == "column" else 5), name, bold)
        page.input(block, first, whole(1, last, name), _WIDE)
    page.merge(2, 58, 60, page.theme.link)
    page.link(2, 58, CELL, "→ One cell takes it apart; its window is framed on the maps before it")


def _changes(page: Page) -> str:
    """Return the formula that says what is not as it was given to PyTorch; empty where nothing is changed."""
    drawn = f'IF(COUNTA({DRAWING.address(page.name)})>0,"Drawn on. ","")'
    blank = f'IF({CHOICES["digit"].address(page.name)}=0,"Empty. ","")'
    patch = f'IF({PATCH["size"].address(page.name)}>0,"Patched. ","")'
    used = KERNEL_USED.address(page.name)
    kernel = f'IF({used}="as trained","","Kernel "&{KERNEL_MAP.address(page.name)}&": "&{used}&".")'
    return f"{blank}&{drawn}&{patch}&{kernel}"


def _write_image(page: Page) -> None:
    image, style = page.book.layout.image, square_format(page)
    heading = page.theme.make(bold=True)
    page.rows(image.row - 3, image.row - 2, SQUARE)
    page.text(image.row - 2, image.column, "Image, 28×28 pixels of 0…255", heading)
    page.sheet.set_row_pixels(image.row - 2, 20)
    page.note(image.row - 2, image.column, _IMAGE_NOTE)
    for row, column in image.cells():
        page.formula(row, column, _pixel(page, row - image.row, column - image.column), style)
    page.coloured([image], INK_SCALE)


def _pixel(page: Page, row: int, column: int) -> str:
    """Return a pixel's formula: covered by the patch, or drawn, or the digit's."""
    size, top, left = (PATCH[name].address(page.name, fixed=True) for name in ("size", "row", "column"))
    covered = ",".join(
        f"{number}>={first},{number}<{first}+{size}" for number, first in ((row + 1, top), (column + 1, left))
    )
    drawn = DRAWING.part(row, column, 1, 1).address(page.name)
    strip = Block(DIGITS, STRIP_ROW, 1 + column, SIDE * (1 + len(page.book.gallery)), 1).address(page.name, fixed=True)
    number = f"{SIDE}*{CHOICES['digit'].address(page.name, fixed=True)}+{row + 1}"
    return f'IF(AND({covered}),0,IF({drawn}="",INDEX({strip},{number}),{drawn}))'


def _write_layer(page: Page, number: int) -> None:
    layer, place = page.book.description.layers[number], page.book.layout.layers[number]
    row, column = place.heading
    page.sheet.set_row_pixels(row, 20)
    words = layer_title(number, layer)
    page.text(row, column, words, page.theme.make(bold=True))
    page.note(row, column, _layer_note(layer))
    style = square_format(page)
    for each, own in enumerate(place.maps):
        _write_kernels(page, number, each)
        for cell in own.cells():
            page.formula(*cell, activation(page, number, each, cell[0] - own.row, cell[1] - own.column), style)
    lowest: dict[str, object] = {"min_type": "num", "min_value": 0} if layer.relu or layer.kind == "pool" else {}
    page.coloured(place.maps, {**MAP_SCALE, **lowest})
    kernels = [block for blocks in place.kernels for block in blocks]
    if kernels:
        page.coloured(kernels, SIGNED_SCALE)


def layer_title(number: int, layer: Layer) -> str:
    """Return a layer's heading."""
    maps, height, width = layer.outputs
    shape = f"{maps} map{'s' if maps > 1 else ''} of {height}×{width}"
    if layer.kind == "scale":
        return f"{number + 1}  Scaled pixels, {shape}"
    if layer.kind == "pool":
        return f"{number + 1}  Largest of {layer.size}×{layer.size}, {shape}"
    step = f", step {layer.stride}" if layer.stride > 1 else ""
    padding = ", with a border of zeros" if layer.padding else ""
    kernels = "" if layer.seen == 1 else f", beside each its {layer.seen} kernels"
    return f"{number + 1}  Convolution {layer.size}×{layer.size}{step}{padding}: {shape}{kernels}"


def _layer_note(layer: Layer) -> str:
    if layer.kind == "scale":
        return "Each pixel as the network was trained on it: divided by 255, minus the mean, divided by the deviation."
    if layer.kind == "pool":
        return f"Each cell is the largest of {layer.size}×{layer.size} cells of the same map before it."
    seen = "the map before it" if layer.seen == 1 else f"{layer.seen} maps before it"
    return (
        f"Each cell multiplies a window of {seen} with a kernel, cell by cell, and adds up all products. Batch "
        "normalisation then scales and shifts the sum by two numbers per map (sheet Batch norm)"
        f"{', and ReLU makes negative numbers 0' if layer.relu else ''}. The darker a cell of a map, the larger its "
        "number; the lighter a cell of a kernel, the larger its weight, with grey for 0."
    )


def activation(page: Page, number: int, own: int, row: int, column: int) -> str:
    """Return the formula of one cell of a map."""
    layer = page.book.description.layers[number]
    before = page.book.layout.before(number)
    top, left = row * layer.stride - layer.padding, column * layer.stride - layer.padding
    first = layer.first_seen(own)
    windows = [
        before[seen].part(top, left, layer.size, layer.size).address(page.name)
        for seen in range(first, first + layer.seen)
    ]
    if layer.kind == "scale":
        return filled(PIXEL, {"p": windows[0], "m": repr(MEAN), "s": repr(DEVIATION)})
    if layer.kind == "pool":
        return f"MAX({windows[0]})"
    folded = filled(FOLDED, {"Σ": f"({_products(page, number, own, windows)})"} | folding_cells(page, number, own))
    return filled(RELU, {"y": folded}) if layer.relu else folded


def _products(page: Page, number: int, own: int, windows: list[str]) -> str:
    kernels = [block.address(page.name, fixed=True) for block in page.book.layout.layers[number].kernels[own]]
    if ":" not in windows[0]:
        return "+".join(f"{window}*{kernel}" for window, kernel in zip(windows, kernels, strict=True))
    return "+".join(f"SUMPRODUCT({window},{kernel})" for window, kernel in zip(windows, kernels, strict=True))


def _write_kernels(page: Page, number: int, own: int) -> None:
    description, style = page.book.description, square_format(page)
    layer = description.layers[number]
    if layer.weights is None:
        return
    for block, weights in zip(page.book.layout.layers[number].kernels[own], layer.weights[own], strict=True):
        for row, column in block.cells():
            at = row - block.row, column - block.column
            if layer is description.first:
                page.formula(row, column, replaced_kernel(page, own, *at), style)
            else:
                page.constant(row, column, weights[at], style)


def _frame(page: Page) -> None:
    """Frame the chosen cell, and the cells that it is made from.

    The rule stands beside the colour scale of the same cells, because LibreOffice applies only one of two rules whose
    areas overlap without being the same.
    """
    layout = page.book.layout
    style = page.book.workbook.add_format({"border": 1, "border_color": _FRAME})
    _frame_maps(page, [layout.image], (0, 1, SIDE, SIDE), style)
    _frame_patch(page)
    for number, place in enumerate(layout.layers, start=1):
        _frame_maps(page, place.maps, (number, place.grid.per_line, *place.grid.unit), style)


def _frame_patch(page: Page) -> None:
    """Frame the pixels under the patch, through names, as a rule may not refer to another sheet in every program."""
    image = page.book.layout.image
    corner = image.part(0, 0, 1, 1).address(page.name, fixed=True)
    sides = ((f"ROW()-ROW({corner})+1", "patch_row"), (f"COLUMN()-COLUMN({corner})+1", "patch_column"))
    within = ",".join(f"{at}>={first},{at}<{first}+patch_size" for at, first in sides)
    style = page.book.workbook.add_format({"border": 4, "border_color": "#7B8794"})
    page.coloured([image], {"type": "formula", "criteria": f"=AND({within})", "format": style})


def _frame_maps(page: Page, maps: list[Block], grid: tuple[int, int, int, int], style: Format) -> None:
    """Frame cells of a layer, given its number, how many maps stand side by side, and how far they are apart."""
    layer, per_line, high, wide = grid
    now = {name: cell.address(page.name, fixed=True) for name, cell in now_cells(page.book.layout).items()}
    corner = maps[0].part(0, 0, 1, 1).address(page.name, fixed=True)
    down, across = f"(ROW()-ROW({corner}))", f"(COLUMN()-COLUMN({corner}))"
    own = f"(INT({down}/{high})*{per_line}+INT({across}/{wide})+1)"
    row, column = f"MOD({down},{high})", f"MOD({across},{wide})"
    inside = (
        f"AND({now['layer']}={layer + 1},{own}>{now['first']},{own}<={now['first']}+{now['seen']},{row}>={now['top']},"
        f"{row}<{now['top']}+{now['size']},{column}>={now['left']},{column}<{now['left']}+{now['size']})"
    )
    chosen = f"AND({now['layer']}={layer},{now['map']}={own},{row}={now['row']}-1,{column}={now['column']}-1)"
    page.coloured(maps, {"type": "formula", "criteria": f"=OR({inside},{chosen})", "format": style})


_IMAGE_NOTE = (
    "The chosen digit, with what is drawn on the sheet Draw over it, and with the patch of the sheet What if, which is "
    "framed with dots. All cells below, and the scores, follow."
)
