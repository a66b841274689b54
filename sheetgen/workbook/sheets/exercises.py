"""The sheets Exercises and Solutions: a pass to work out by hand, with live feedback; the answers on a hidden sheet."""

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from sheetgen.lesson.questions import Exercise, Question, write_exercise
from sheetgen.network.notation import Group, pretty
from sheetgen.workbook.formula_cell import Live, Scope, quoted
from sheetgen.workbook.layout import SOLUTIONS, reference
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.learning_rates import write_back_link
from sheetgen.workbook.theme import LOOKS, RULE, set_columns, set_up_printing
from sheetgen.workbook.xlsxwriter_classes import Worksheet

_WIDTHS = (2, 9, 9, 4, 15, 16, 40, 8, 90)
_GIVEN_NAME, _GIVEN_VALUE = 1, 2
_NAME, _ANSWER, _REPLY, _ASK, _HINT = range(4, 9)
_SCORE_ROW, _FIRST_ROW = 6, 9
_ALLOWED = "0.005"  # so that three digits are enough, even with rounding in between
_HEADINGS = {
    Group.FORWARD: "Forward pass",
    Group.ERROR: "Error",
    Group.GRADIENTS: "Backward pass",
    Group.WEIGHTS: "Update",
}
_TEXT = (
    "Work out one iteration with the numbers on the left. Type each result into its yellow cell; the cell beside it",
    "answers at once. Three digits are enough. Type ? into the last yellow cell of a line for a hint.",
)


def write_exercises(pen: Pen, sheet: Worksheet, solutions: Worksheet) -> None:
    """Write the questions, and their answers on the second sheet, which is hidden."""
    theme, exercise = pen.theme, write_exercise(pen.plan.experiment, pen.plan.notation)
    set_columns(sheet, _WIDTHS)
    sheet.write_string(0, 1, "Now you", theme.title)
    write_back_link(pen, sheet, 1, 1)
    for row, line in enumerate(_TEXT, start=3):
        sheet.write_string(row, 1, line, theme.text)
    _write_given(pen, sheet, exercise)
    rows = _question_rows(exercise)
    answers = _write_solutions(pen, solutions, exercise, rows)
    group = None
    for question, row in rows.items():
        if question.group is not group:
            _write_heading(pen, sheet, row, question.group)
            group = question.group
        _write_question(pen, sheet, row, question, answers)
    _write_score(pen, sheet, list(rows.values()))
    if exercise.left_out:
        words = f"{exercise.left_out:,} more numbers of this network are not asked for."
        sheet.write_string(max(rows.values()) + 2, _NAME, words, theme.muted)
    sheet.freeze_panes(_SCORE_ROW + 1, 0)
    set_up_printing(sheet)
    sheet.set_selection(_FIRST_ROW, _ANSWER, _FIRST_ROW, _ANSWER)


def _question_rows(exercise: Exercise) -> dict[Question, int]:
    """The row of each question: every group has a heading and an empty row above it."""
    rows: dict[Question, int] = {}
    row, group = _FIRST_ROW - 2, None
    for question in exercise.questions:
        row += 1 if question.group is group else 2 if group is None else 3
        group = question.group
        rows[question] = row
    return rows


def _write_given(pen: Pen, sheet: Worksheet, exercise: Exercise) -> None:
    theme = pen.theme
    sheet.write_string(_FIRST_ROW - 2, _GIVEN_NAME, "Given", theme.heading)
    for row, (name, value) in enumerate(exercise.given.items(), start=_FIRST_ROW - 1):
        sheet.write_string(row, _GIVEN_NAME, "η" if name == "eta" else name, theme.table_text)
        sheet.write_number(row, _GIVEN_VALUE, value, theme.table_number("General"))


def _write_heading(pen: Pen, sheet: Worksheet, row: int, group: Group) -> None:
    tint = LOOKS[group]
    texts = (_HEADINGS[group], "your result", "", "hint?", "")
    style = pen.theme.make(bold=True, bg_color=tint.header, bottom=1, border_color=RULE)
    for column, text in enumerate(texts, start=_NAME):
        sheet.write_string(row - 1, column, text, style)


def _write_solutions(
    pen: Pen, sheet: Worksheet, exercise: Exercise, rows: dict[Question, int]
) -> dict[str, tuple[Live, Live | None]]:
    """Write the answers; return each one's cell and value, and those of the answer with the common mistake."""
    theme = pen.theme
    sheet.hide()
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 2)
    sheet.set_column(1, 1, 13)
    sheet.set_column(2, 3, 22)
    sheet.set_column(4, 4, 110)
    sheet.set_row(0, 30)
    sheet.write_string(0, 1, "Solutions", theme.title)
    write_back_link(pen, sheet, 1, 1)
    for column, text in enumerate(("", "result", "with the common mistake", "formula"), start=1):
        sheet.write_string(_FIRST_ROW - 1, column, text, theme.table_header)
    given = {name: reference("Exercises", _FIRST_ROW - 1 + n, _GIVEN_VALUE) for n, name in enumerate(exercise.given)}
    scope = Scope(dict(given), dict(exercise.given), {})
    answers: dict[str, tuple[Live, Live | None]] = {}
    for question, row in rows.items():
        sheet.write_string(row, 1, question.name, theme.make(bold=True))
        answer = scope.live(question.formula)
        answer.write(sheet, row, 2, theme.make(num_format="0.000000000000", align="left"))
        mistaken = None
        if question.mistaken is not None:
            wrong = scope.live(question.mistaken)
            wrong.write(sheet, row, 3, theme.make(num_format="0.000000000000", align="left"))
            mistaken = Live(reference(SOLUTIONS, row, 3), wrong.value)
        sheet.write_string(row, 4, pretty(question.formula), theme.text)
        answers[question.name] = Live(reference(SOLUTIONS, row, 2), answer.value), mistaken
        scope = scope.plus(question.name, xl_rowcol_to_cell(row, 2, row_abs=True, col_abs=True), answer.value)
    return answers


def _write_question(
    pen: Pen, sheet: Worksheet, row: int, question: Question, answers: dict[str, tuple[Live, Live | None]]
) -> None:
    theme = pen.theme
    right, mistaken = answers[question.name]
    sheet.write_string(row, _NAME, question.name, theme.make(bold=True, bottom=1, border_color=RULE))
    sheet.write_blank(row, _ANSWER, None, theme.editable)
    cell = xl_rowcol_to_cell(row, _ANSWER)

    def near(solution: str) -> str:
        return f"ABS({cell}-{solution})<={_ALLOWED}*ABS({solution})"

    reply = '"✗ not yet"'
    if mistaken is not None:
        told = quoted("✗ the common mistake: the activation of the other hidden neuron")
        reply = f"IF({near(mistaken.formula)},{told},{reply})"
    reply = f'IF(ABS({cell}+{right.formula})<={_ALLOWED}*ABS({right.formula}),"✗ check the sign",{reply})'
    # The mistaken result can be within rounding of the right one, so the right one is compared first.
    reply = f'IF({near(right.formula)},"✓ right",{reply})'
    reply = f'IF({cell}="","",IF(ISNUMBER({cell}),{reply},"✗ a number, please"))'
    Live(reply, "").write(sheet, row, _REPLY, theme.make(bold=True))
    sheet.write_blank(row, _ASK, None, theme.editable)
    ask = xl_rowcol_to_cell(row, _ASK)
    hint = quoted(f"{question.name} = {pretty(question.formula)}")
    Live(f'IF({ask}="","",{hint})', "").write(sheet, row, _HINT, theme.muted)


def _write_score(pen: Pen, sheet: Worksheet, rows: list[int]) -> None:
    column = xl_col_to_name(_REPLY)
    replies = f"{column}{rows[0] + 1}:{column}{rows[-1] + 1}"
    words = f'COUNTIF({replies},"✓ right")&" of {len(rows)} right"'
    Live(words, f"0 of {len(rows)} right").write(sheet, _SCORE_ROW, _NAME, pen.theme.make(bold=True, font_size=13))
    for text, colour in (("✓", "#CDEBE1"), ("✗", "#FADBC8")):
        sheet.conditional_format(
            *(rows[0], _REPLY, rows[-1], _REPLY),
            {
                "type": "text",
                "criteria": "begins with",
                "value": text,
                "format": pen.book.add_format({"bg_color": colour}),
            },
        )
