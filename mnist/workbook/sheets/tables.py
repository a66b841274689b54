"""The sheets of numbers that the others take: *Batch norm*, *PyTorch* and *Digits*."""

import numpy as np

from mnist.data import DEVIATION, MEAN, SIDE
from mnist.workbook.book import INK_SCALE, Book, Page
from mnist.workbook.description import Description, Layer, Norm
from mnist.workbook.digits import ORDINARY
from mnist.workbook.formulas import FIRST_SCALE, FIRST_SHIFT, SCALE, SHIFT, filled, in_symbols
from mnist.workbook.layout import CLASSES, DIGITS, NORMS, PYTORCH, STRIP_ROW, Block

_HEAD = 6  # the row above the first of Batch norm
_NORM_COLUMNS = ("layer", "map", "b", "γ", "μ", "σ", "β", "scale", "shift")
_TRAINING = {"m": Block(NORMS, 3, 3, 1, 1), "s": Block(NORMS, 3, 5, 1, 1)}
_KNOWN = 4  # the row above the first of PyTorch


def convolutions(description: Description) -> list[tuple[int, Layer]]:
    """Return the convolutions with their numbers."""
    return [(number, layer) for number, layer in enumerate(description.layers) if layer.kind == "conv"]


def norm_index(description: Description, number: int, own: int) -> int:
    """Return which of the rows of *Batch norm* is that of a map, from 0."""
    return own + sum(layer.outputs[0] for each, layer in convolutions(description) if each < number)


def folded_cells(description: Description, number: int, own: int) -> tuple[Block, Block]:
    """Return the cells of a map's scale and shift."""
    row = _HEAD + 1 + norm_index(description, number, own)
    return Block(NORMS, row, 8, 1, 1), Block(NORMS, row, 9, 1, 1)


def norm_column(book: Book, name: str) -> Block:
    """Return a whole column of *Batch norm*."""
    maps = sum(layer.outputs[0] for _, layer in convolutions(book.description))
    return Block(NORMS, _HEAD + 1, 1 + _NORM_COLUMNS.index(name), maps, 1)


def norm_cells(page: Page, number: int, own: int) -> dict[str, str]:
    """Return the addresses of a map’s numbers on *Batch norm*."""
    row = _HEAD + 1 + norm_index(page.book.description, number, own)
    return {
        name: Block(NORMS, row, 1 + place, 1, 1).address(page.name, fixed=True)
        for place, name in enumerate(_NORM_COLUMNS)
    }


def folding_cells(page: Page, number: int, own: int) -> dict[str, str]:
    """Return the addresses of a map’s scale and shift."""
    return {name: cell for name, cell in norm_cells(page, number, own).items() if name in ("scale", "shift")}


def training_cells(page: Page) -> dict[str, str]:
    """Return the addresses of the mean and the deviation of the training set’s pixels."""
    return {name: block.address(page.name, fixed=True) for name, block in _TRAINING.items()}


def write_norms(page: Page) -> None:
    """Write for each map its batch normalisation, and what it comes to: one scale and one shift."""
    description = page.book.description
    page.begin("Batch normalisation, folded", "Two numbers per map do the same as γ, μ, σ and β: scale and shift.")
    page.columns(0, 0, 16)
    page.columns(1, 2, 60)
    page.columns(3, 9, 96)
    page.text(3, 1, "training pixels: mean m", page.theme.text)
    page.text(3, 4, "deviation s", page.theme.text)
    number = page.theme.table_number("0.000000")
    page.constant(*_TRAINING["m"].cell(0, 0), MEAN, number)
    page.constant(*_TRAINING["s"].cell(0, 0), DEVIATION, number)
    page.text(
        4, 1, f"scale = {in_symbols(SCALE)};  shift = {in_symbols(SHIFT)};  {_first_words(page)}", page.theme.text
    )
    for place, name in enumerate(_NORM_COLUMNS, start=1):
        page.text(_HEAD, place, name, page.theme.table_header)
    page.note(_HEAD, 6, "σ is the root of the running variance plus a small number, as PyTorch adds it.")
    for at, layer in convolutions(page.book.description):
        for own in range(layer.outputs[0]):
            _write_norm(page, at, own, first=layer is description.first and not description.padded)
    page.sheet.freeze_panes(_HEAD + 1, 0)


def _first_words(page: Page) -> str:
    if page.book.description.padded:
        return ""
    first = f"scale = {in_symbols(FIRST_SCALE)}, shift = {in_symbols(FIRST_SHIFT)}"
    return f"of layer 1, which takes pixels of 0…255 and whose kernel adds up to Σw:  {first}"


def _write_norm(page: Page, at: int, own: int, *, first: bool) -> None:
    layer, row, theme = (
        page.book.description.layers[at],
        _HEAD + 1 + norm_index(page.book.description, at, own),
        page.theme,
    )
    assert layer.bias is not None
    maps = layer.outputs[0]
    norm = layer.norm or Norm(np.ones(maps), np.zeros(maps), np.zeros(maps), np.ones(maps))
    number = theme.table_number("0.000000")
    page.number(row, 1, at + 1, theme.table_number("0"))
    page.number(row, 2, own + 1, theme.table_number("0"))
    constants = (layer.bias, norm.gamma, norm.mean, norm.deviation, norm.beta)
    for place, values in enumerate(constants, start=3):
        page.constant(row, place, values[own], number)
    cells = norm_cells(page, at, own) | training_cells(page)
    if first:
        cells["Σw"] = f"SUM({page.book.layout.layers[at].kernels[own][0].address(page.name)})"
    page.formula(row, 8, filled(FIRST_SCALE if first else SCALE, cells), number)
    page.formula(row, 9, filled(FIRST_SHIFT if first else SHIFT, cells), number)


def label_column(book: Book) -> Block:
    """Return where the labels of the digits stand."""
    return Block(PYTORCH, _KNOWN + 1, 2, len(book.gallery), 1)


def expected_column(book: Book, digit: int) -> Block:
    """Return where PyTorch’s scores for a digit stand, one row for each digit to choose from."""
    return Block(PYTORCH, _KNOWN + 1, 4 + digit, len(book.gallery), 1)


def write_expected(page: Page) -> None:
    """Write PyTorch’s scores for every digit in the file."""
    book, theme = page.book, page.theme
    remark = f"Computed by PyTorch in double precision, by the layers as they are: {book.description.name}."
    page.begin("PyTorch’s scores", remark)
    page.columns(0, 0, 16)
    page.columns(1, 3, 52)
    page.columns(4, 13, 76)
    page.columns(14, 14, 180)
    headings = ["number", "label", "reads", *(f"score {digit}" for digit in range(CLASSES)), "which image it is"]
    for place, heading in enumerate(headings, start=1):
        page.text(_KNOWN, place, heading, theme.table_header)
    whole, score = theme.table_number("0"), theme.table_number("0.0000")
    for number, (label, scores) in enumerate(zip(book.gallery.labels, book.expected, strict=True)):
        row, reads = _KNOWN + 1 + number, int(np.argmax(scores))
        page.number(row, 1, number + 1, whole)
        page.constant(row, 2, label, whole)
        page.number(row, 3, reads, theme.make(bold=reads != label, num_format="0", align="right"))
        for digit, value in enumerate(scores):
            page.constant(row, 4 + digit, value, score)
        kind = "" if reads == label else ", read wrong" if number >= ORDINARY else ", read wrong by this network"
        page.text(row, 14, f"test image {book.gallery.positions[number]:,}{kind}", theme.table_text)
    page.sheet.freeze_panes(_KNOWN + 1, 0)


def write_digits(page: Page) -> None:
    """Write the pixels of all digits, one picture below the other, after the empty one that is number 0."""
    page.begin("The digits to choose from", "Test images of MNIST; number 0 is empty, to draw on.")
    page.columns(0, 0, 16)
    page.columns(1, SIDE, 9)
    style = page.theme.make(font_size=6, num_format=";;;")
    big = page.theme.make(font_size=16, bold=True)
    strip = Block(DIGITS, STRIP_ROW, 1, SIDE * (1 + len(page.book.gallery)), SIDE)
    page.rows(strip.row, strip.row + strip.height - 1, 9)
    for number, image in enumerate(page.book.gallery.images, start=1):
        top = strip.row + SIDE * number
        for row, column in np.argwhere(image):
            page.constant(top + int(row), 1 + int(column), image[row, column], style)
        page.merge(top + 12, SIDE + 3, 12, big, height=4)
        page.text(top + 12, SIDE + 3, f"{number}:  a {page.book.gallery.labels[number - 1]}", big)
    page.coloured([strip], INK_SCALE)
    page.sheet.freeze_panes(3, 0)
