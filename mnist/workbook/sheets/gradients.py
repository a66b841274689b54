"""The sheet *Gradients*: one step of the last layer against its gradient, and the loss before and after."""

from mnist.workbook.book import PALE_SIGNED_SCALE, Page
from mnist.workbook.formulas import (
    ERROR,
    GRADIENT,
    LOSS,
    POWER,
    PROBABILITY,
    SCORE,
    STEP,
    filled,
    in_numbers,
    in_symbols,
)
from mnist.workbook.layout import CHOICES, CLASSES, ETA, GRADIENTS, Block
from mnist.workbook.sheets.scores import columns, panel_cells
from sheetgen.workbook.theme import RULE

_ERRORS = 16  # the row of the first digit of each table
_STEPS = _ERRORS + CLASSES + 3
_WORKED = 8  # the row of the heading of the weight that is worked out
_FIRST = 6  # the column of the first map
_TARGET = Block(GRADIENTS, 4, 3, 1, 1)
_BEFORE, _AFTER = Block(GRADIENTS, 5, 3, 1, 1), Block(GRADIENTS, 6, 3, 1, 1)


def write_gradients(page: Page) -> None:
    """Write the errors, the gradient of each weight and bias, the step, and what it does to the loss."""
    page.begin(
        "Gradients of the last layer",
        "The cross-entropy of the chosen digit, and one step of the last layer’s weights against its gradient.",
    )
    maps = page.book.layout.means.width
    page.columns(0, 0, 16)
    page.columns(1, 5, 96)
    page.columns(_FIRST, _FIRST + maps, 58)
    _write_errors(page)
    _write_table(page, _ERRORS, "gradient", ERROR)
    _write_table(page, _STEPS, "after the step", STEP)
    _write_top(page)
    _write_worked(page)
    page.sheet.freeze_panes(3, 0)


def error_columns() -> dict[str, Block]:
    """Return the columns of probability, target and their difference."""
    return {name: Block(GRADIENTS, _ERRORS, 2 + place, CLASSES, 1) for place, name in enumerate("ptδ")}


def error(digit: int) -> Block:
    """Return the cell of probability minus target."""
    return error_columns()["δ"].part(digit, 0, 1, 1)


def new_columns() -> dict[str, Block]:
    """Return the columns of scores, powers and probabilities after the step."""
    names = ("score", "power", "probability")
    return {name: Block(GRADIENTS, _STEPS, 2 + place, CLASSES, 1) for place, name in enumerate(names)}


def worked_cells() -> dict[str, Block]:
    """Return the cells of the weight that is worked out."""
    return {name: Block(GRADIENTS, _WORKED + 1 + place, 7, 1, 1) for place, name in enumerate(("δ", "g", "new w"))}


def gradient(digit: int, number: int) -> Block:
    """Return the cell of a weight's gradient; the bias's stands after those of all maps."""
    return Block(GRADIENTS, _ERRORS + digit, _FIRST + number, 1, 1)


def stepped(digit: int, number: int) -> Block:
    """Return the cell of a weight after the step; the bias's stands after those of all maps."""
    return Block(GRADIENTS, _STEPS + digit, _FIRST + number, 1, 1)


def loss_cells() -> tuple[Block, Block]:
    """Return the cells of the loss before and after the step."""
    return _BEFORE, _AFTER


def _write_errors(page: Page) -> None:
    theme = page.theme
    page.note(_ERRORS - 1, 4, "How far off each probability is: the derivative of the loss with respect to the score.")
    page.text(_ERRORS - 2, 1, "p probability, t target (1 for the label)", theme.text)
    for place, heading in enumerate(("digit", "p", "t", "δ = p − t"), start=1):
        page.text(_ERRORS - 1, place, heading, theme.table_header)
    number = theme.table_number("0.000000")
    for digit, block in enumerate(panel_cells("probability")):
        row = _ERRORS + digit
        page.number(row, 1, digit, theme.table_number("0"))
        page.formula(row, 2, block.address(GRADIENTS), number)
        page.formula(row, 3, f"IF({_TARGET.address(GRADIENTS, fixed=True)}={digit},1,0)", theme.table_number("0"))
        cells = {"p": page.at(row, 2), "t": page.at(row, 3)}
        page.formula(row, 4, filled(ERROR, cells), number)


def _write_table(page: Page, top: int, what: str, kind: str) -> None:
    """Write a table with a column per map and one for the bias."""
    layout, theme = page.book.layout, page.theme
    maps = layout.means.width
    is_step = kind == STEP
    title = f"new weight:  w = {in_symbols(STEP)}" if is_step else f"{what} of each weight:  g = {in_symbols(GRADIENT)}"
    page.text(
        top - 2,
        _FIRST,
        f"{title}, one column for each map’s mean a; the last is the bias, whose a is 1",
        theme.make(bold=True),
    )
    number = theme.make(num_format="0.0000", align="right", font_size=9)
    for place in range(maps + 1):
        page.text(top - 1, _FIRST + place, "bias" if place == maps else f"a{place + 1}", theme.table_header)
        for digit in range(CLASSES):
            formula = _step(page, digit, place) if is_step else _gradient(page, digit, place)
            page.formula(top + digit, _FIRST + place, formula, number)
    page.coloured([Block(GRADIENTS, top, _FIRST, CLASSES, maps + 1)], PALE_SIGNED_SCALE)


def _gradient(page: Page, digit: int, place: int) -> str:
    means = page.book.layout.means
    mean = "1" if place == means.width else means.part(0, place, 1, 1).address(GRADIENTS, fixed=True)
    return filled(GRADIENT, {"δ": error(digit).address(GRADIENTS, fixed=True), "a": mean})


def _weight(page: Page, digit: int, place: int) -> str:
    layout = page.book.layout
    if place == layout.means.width:
        return layout.bias.part(digit, 0, 1, 1).address(GRADIENTS)
    return layout.weights.part(digit, place, 1, 1).address(GRADIENTS)


def _step(page: Page, digit: int, place: int) -> str:
    cells = {"w": _weight(page, digit, place), "η": ETA.address(GRADIENTS, fixed=True)}
    return filled(STEP, cells | {"g": gradient(digit, place).address(GRADIENTS)})


def _write_top(page: Page) -> None:
    """Write η, the target, and the loss before and after."""
    theme, layout = page.theme, page.book.layout
    page.text(ETA.row, 1, "η, the length of the step", theme.text)
    rule = {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": "Type a number from 0."}
    page.input(ETA, 0.5, rule)
    label, reads = CHOICES["label"].address(GRADIENTS), CHOICES["reads"].address(GRADIENTS)
    page.text(_TARGET.row, 1, "target", theme.text)
    page.formula(*_TARGET.cell(0, 0), f'IF({label}="",{reads},{label})', theme.table_number("0"))
    page.text(_TARGET.row, 4, "← the label; where there is none, what the network reads", theme.muted)
    scores = layout.scores.address(GRADIENTS, fixed=True)
    powers = columns()["power"].part(0, 0, 2 * CLASSES, 1).address(GRADIENTS, fixed=True)
    new = new_columns()["score"]
    _write_new_scores(page, new)
    after, power = new.address(GRADIENTS, fixed=True), new.part(0, 1, CLASSES, 1).address(GRADIENTS, fixed=True)
    number = theme.make(bold=True, num_format="0.000000", align="right")
    for block, words, listed, total in (
        (_BEFORE, "loss before the step", scores, powers),
        (_AFTER, "loss after it", after, power),
    ):
        page.text(block.row, 1, words, theme.text)
        own = f"INDEX({listed},{_TARGET.address(GRADIENTS)}+1)"
        cells = {"total": f"SUM({total})", "score": own, "largest": f"MAX({listed})"}
        page.formula(*block.cell(0, 0), filled(LOSS, cells), number)
    page.text(_BEFORE.row, 4, "minus the logarithm of the target’s probability", theme.muted)
    page.text(_AFTER.row, 4, "smaller, unless η is so large that the step goes too far", theme.muted)


def _write_new_scores(page: Page, new: Block) -> None:
    """Write the scores, powers and probabilities that the new weights give."""
    theme, means, maps = page.theme, page.book.layout.means, page.book.layout.means.width
    for place, heading in enumerate(("digit", "new score", "e^(s − max)", "new p"), start=1):
        page.text(new.row - 1, place, heading, theme.table_header)
    page.sheet.set_row_pixels(new.row - 1, 34)
    number, every = theme.table_number("0.000000"), new.address(GRADIENTS, fixed=True)
    for digit in range(CLASSES):
        row = new.row + digit
        weights = Block(GRADIENTS, row, _FIRST, 1, maps).address(GRADIENTS)
        total = f"SUMPRODUCT({means.address(GRADIENTS, fixed=True)},{weights})"
        page.number(row, 1, digit, theme.table_number("0"))
        page.formula(row, 2, filled(SCORE, {"b": stepped(digit, maps).address(GRADIENTS), "Σ": total}), number)
        page.formula(row, 3, filled(POWER, {"score": page.at(row, 2), "largest": f"MAX({every})"}), number)
        powers = new.part(0, 1, CLASSES, 1).address(GRADIENTS, fixed=True)
        page.formula(row, 4, filled(PROBABILITY, {"power": page.at(row, 3), "total": f"SUM({powers})"}), number)


def _write_worked(page: Page) -> None:
    """Work one weight out: from the first map to the target's score, in symbols and with numbers."""
    theme, target, row = page.theme, f"{_TARGET.address(GRADIENTS)}+1", _WORKED
    page.text(row, 1, "One weight: from map 1 to the target’s score", theme.heading)
    weights, means = page.book.layout.weights, page.book.layout.means
    values = {name: f"INDEX({error_columns()[name].address(GRADIENTS)},{target})" for name in "pt"}
    values["a"] = means.part(0, 0, 1, 1).address(GRADIENTS)
    values["w"] = f"INDEX({weights.part(0, 0, CLASSES, 1).address(GRADIENTS)},{target})"
    number, cells = theme.make(num_format="0.000000", align="left"), {"η": ETA.address(GRADIENTS)}
    for place, (name, formula) in enumerate(values.items()):
        column = _FIRST + 4 + 3 * place
        page.text(row + 1, column, f"{name} =", theme.make(bold=True, align="right"))
        page.merge(row + 1, column + 1, 2, number)
        page.formula(row + 1, column + 1, formula, number)
        cells[name] = page.at(row + 1, column + 1)
    text = theme.make(bottom=1, border_color=RULE)
    result = theme.make(bold=True, num_format="0.000000", bottom=1, border_color=RULE)
    for line, (name, formula) in enumerate((("δ", ERROR), ("g", GRADIENT), ("new w", STEP)), start=row + 1):
        page.merge(line, 1, 2, text)
        page.text(line, 1, f"{name} = {in_symbols(formula)}", text)
        page.merge(line, 3, 4, text)
        page.formula(line, 3, f'"= "&{in_numbers(formula, cells)}', text)
        page.merge(line, 7, 2, result)
        page.formula(line, 7, filled(formula, cells), result)
        cells[name] = page.at(line, 7)
