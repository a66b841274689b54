"""The end of *Network*: the mean of each map, the linear layer, and the scores with their probabilities."""

from mnist.workbook.book import MAP_SCALE, SIGNED_SCALE, Page
from mnist.workbook.formulas import POWER, PROBABILITY, SCORE, filled
from mnist.workbook.layout import CHOICES, CLASSES, PANEL, PYTORCH, UNCHANGED, Block
from mnist.workbook.sheets.network import square_format
from mnist.workbook.sheets.tables import expected_column

TOLERANCE = "0.000000001"
_WIDTHS = {"digit": 5, "score": 10, "power": 11, "probability": 16, "pytorch": 10}
_HEADINGS = ("digit", "score", "e^(score − max)", "probability", "PyTorch’s score")
_CHANGED_NOTE = "A comparison is possible only with the digits as they are and the network as it was trained."


def write_linear(page: Page) -> None:
    """Write the means, the weights and biases, and the ten scores."""
    layout, style = page.book.layout, square_format(page)
    means, weights, bias, scores = layout.means, layout.weights, layout.bias, layout.scores
    page.sheet.set_row_pixels(means.row - 1, 20)
    words = (
        f"Mean of each of the {means.width} maps; below, the weights of the ten scores, a row for each digit; "
        "then their biases, and the scores"
    )
    page.text(means.row - 1, means.column, words, page.theme.make(bold=True))
    page.note(means.row - 1, means.column, "A digit’s score is its bias plus the sum of the means times its weights.")
    for number, block in enumerate(layout.layers[-1].maps):
        cells = block.address(page.name)
        page.formula(means.row, means.column + number, f"SUM({cells})/{block.height * block.width}", style)
    for digit in range(CLASSES):
        row = weights.row + digit
        page.text(row, weights.column - 1, str(digit), page.theme.make(font_size=6, align="center"))
        for number in range(weights.width):
            page.constant(row, weights.column + number, page.book.description.weights[digit, number], style)
        page.constant(row, bias.column, page.book.description.bias[digit], style)
        own = weights.part(digit, 0, 1, weights.width).address(page.name)
        total = f"SUMPRODUCT({means.address(page.name, fixed=True)},{own})"
        parts = {"b": bias.part(digit, 0, 1, 1).address(page.name), "Σ": total}
        page.formula(row, scores.column, filled(SCORE, parts), style)
    page.coloured([means], {**MAP_SCALE, "min_type": "num", "min_value": 0})
    page.coloured([weights, bias], SIGNED_SCALE)
    page.coloured([scores], MAP_SCALE)


def columns() -> dict[str, Block]:
    """Return where the panel's columns stand: each a block of two rows per digit, as wide as it is shown."""
    found = {}
    column = PANEL.column
    for name, width in _WIDTHS.items():
        found[name] = Block(PANEL.sheet, PANEL.row + 3, column, 2 * CLASSES, width)
        column += width
    return found


def panel_cells(name: str) -> list[Block]:
    """Return the cells of a column of the panel, one per digit."""
    return [columns()[name].part(2 * digit, 0, 1, 1) for digit in range(CLASSES)]


def write_panel(page: Page) -> None:
    """Write the scores with their powers and probabilities, PyTorch’s beside them, and the verdict."""
    places, theme = columns(), page.theme
    for name, heading in zip(_WIDTHS, _HEADINGS, strict=True):
        block = places[name]
        style = theme.make(bold=True, bg_color="#E4E7EB", align="center", font_size=9, text_wrap=True)
        page.merge(block.row - 3, block.column, block.width, style, height=3)
        page.text(block.row - 3, block.column, heading, style)
    number = theme.make(bottom=1, border_color="#CBD2D9", num_format="0.0000", align="right", font_size=10)
    for digit in range(CLASSES):
        for name, formula in _row(page, digit).items():
            block = places[name]
            page.merge(block.row + 2 * digit, block.column, block.width, number, height=2)
            page.formula(block.row + 2 * digit, block.column, formula, number)
        block, style = places["digit"], theme.make(bold=True, align="center", bottom=1, border_color="#CBD2D9")
        page.merge(block.row + 2 * digit, block.column, block.width, style, height=2)
        page.number(block.row + 2 * digit, block.column, digit, style)
    block = places["probability"]
    page.probability_bars(block)
    _write_verdict(page)


def _row(page: Page, digit: int) -> dict[str, str]:
    """Return the formulas of one digit’s row."""
    scores = page.book.layout.scores
    cells = {
        "score": panel_cells("score")[digit].address(page.name),
        "power": panel_cells("power")[digit].address(page.name),
        "largest": f"MAX({scores.address(page.name, fixed=True)})",
        "total": f"SUM({columns()['power'].part(0, 0, 2 * CLASSES, 1).address(page.name, fixed=True)})",
    }
    chosen = CHOICES["digit"].address(page.name, fixed=True)
    known = f"INDEX({expected_column(page.book, digit).address(page.name, fixed=True)},{chosen})"
    return {
        "score": scores.part(digit, 0, 1, 1).address(page.name),
        "power": filled(POWER, cells),
        "probability": filled(PROBABILITY, cells),
        "pytorch": f'IF({chosen}=0,"",{known})',
    }


def _write_verdict(page: Page) -> None:
    """Write the largest difference between the live scores and PyTorch’s."""
    panel = PANEL
    row, changed = panel.row + 3 + 2 * CLASSES, UNCHANGED.address(page.name)
    pairs = zip(panel_cells("score"), panel_cells("pytorch"), strict=True)
    gaps = ",".join(f"ABS({live.address(page.name)}-{known.address(page.name)})" for live, known in pairs)
    style = page.theme.make(bold=True, font_size=10)
    number = page.theme.make(bold=True, font_size=10, num_format="0.0E+00", align="right")
    page.merge(row, panel.column, 42, style, height=2)
    page.merge(row, panel.column + 42, 10, number, height=2)
    page.formula(row, panel.column + 42, f'IF({changed}="",MAX({gaps}),"")', number)
    gap = page.at(row, panel.column + 42)
    good, bad = "✓ PyTorch’s scores; largest difference:", "✗ not PyTorch’s scores; largest difference:"
    other = f'"not compared with {PYTORCH}: something is changed"'
    page.formula(row, panel.column, f'IF({changed}="",IF({gap}<={TOLERANCE},"{good}","{bad}"),{other})', style)
    page.note(row, panel.column, _CHANGED_NOTE)


def verdict_cell() -> Block:
    """Return where the verdict stands."""
    return Block(PANEL.sheet, PANEL.row + 3 + 2 * CLASSES, PANEL.column, 1, 1)
