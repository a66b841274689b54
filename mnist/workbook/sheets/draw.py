"""The sheet *Draw*: a field over the chosen digit, and what the network makes of it."""

from mnist.workbook.book import INK_SCALE, Page, whole
from mnist.workbook.layout import CHOICES, CLASSES, DRAW, DRAWING, OWN_LABEL, Block
from mnist.workbook.sheets.scores import panel_cells

_SIDE = 17  # pixels
_RIGHT = 31
_HOW = (
    "Type or paste numbers from 0 (paper) to 255 (ink) into the field; they cover the digit.",
    "Fill several cells at once: select them, type 255, press Ctrl+Enter (in LibreOffice Alt+Enter).",
    "The chosen digit shines through; choose digit 0 on Network for an empty sheet.",
    "Make strokes two or three cells wide and the digit about 20 cells high, as MNIST’s are.",
    "Delete what is in the field to see the digit again.",
)


def write_draw(page: Page) -> None:
    """Write the field, and beside it what it reads."""
    page.begin("Draw", "Draw over the digit that is chosen on Network, or on an empty sheet.")
    page.columns(0, 0, 16)
    page.columns(1, 28, _SIDE)
    page.columns(29, 60, 22)
    page.rows(4, 4 + 27, _SIDE)
    field = page.theme.make(font_size=6, num_format="0", align="center", border=4, border_color="#CBD2D9")
    for row, column in DRAWING.cells():
        page.sheet.write_blank(row, column, None, field)
    last = DRAWING.cell(27, 27)
    rule = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 255}
    rule |= {"error_title": "No such pixel", "error_message": "Type a number from 0 (paper) to 255 (ink)."}
    page.sheet.data_validation(DRAWING.row, DRAWING.column, *last, rule)
    _write_ghost(page)
    page.coloured([DRAWING], INK_SCALE)
    _write_side(page)
    page.sheet.set_selection(DRAWING.row + 4, DRAWING.column + 13, DRAWING.row + 4, DRAWING.column + 13)


def _write_ghost(page: Page) -> None:
    """Shade the empty cells of the field where the image has ink."""
    first, last = DRAWING.cell(0, 0), DRAWING.cell(27, 27)
    corner = page.at(*first)
    pixel = f"INDEX(image,ROW()-ROW({corner})+1,COLUMN()-COLUMN({corner})+1)"
    own = DRAWING.part(0, 0, 1, 1).address(page.name)
    style = page.book.workbook.add_format({"bg_color": "#DCE1E6"})
    rule = {"type": "formula", "criteria": f'=AND({own}="",{pixel}>90)', "format": style}
    page.sheet.conditional_format(*first, *last, rule)


def probability_column() -> Block:
    """Return where the probabilities stand."""
    return Block(DRAW, 7, _RIGHT + 2, CLASSES, 1)


def _write_side(page: Page) -> None:
    theme = page.theme
    for place, line in enumerate(_HOW):
        page.text(17 + 2 * place, _RIGHT, line, theme.text)
    big = theme.make(bold=True, font_size=18, align="center")
    page.text(4, _RIGHT, "It reads", theme.make(bold=True))
    page.merge(4, _RIGHT + 5, 2, big)
    page.formula(4, _RIGHT + 5, CHOICES["reads"].address(page.name), big)
    page.text(5, _RIGHT, "It is a", theme.make(bold=True))
    page.input(OWN_LABEL, "", whole(0, CLASSES - 1, "label"), 2)
    page.text(5, _RIGHT + 8, "← if you say so: the label for Network and Gradients", theme.muted)
    number = theme.table_number("0.0000")
    page.text(6, _RIGHT, "digit", theme.make(bold=True))
    page.text(6, _RIGHT + 2, "probability", theme.make(bold=True))
    for digit, block in enumerate(panel_cells("probability")):
        row = 7 + digit
        page.number(row, _RIGHT, digit, theme.make(bold=True, align="center"))
        page.merge(row, _RIGHT + 2, 8, number)
        page.formula(row, _RIGHT + 2, block.address(page.name), number)
    page.probability_bars(Block(DRAW, 7, _RIGHT + 2, CLASSES, 8))
