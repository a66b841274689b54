"""The sheets Exercises and Solutions: a pass to work out by hand, with live feedback; the answers on a hidden sheet."""

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.lesson.questions import Exercise, Question, write_exercise
from sheetgen.network.quantities import Group, pretty, shown_name
from sheetgen.workbook.formula_cell import Live, Scope, quoted
from sheetgen.workbook.layout import EXERCISES, SOLUTIONS, column_cells, fixed, reference
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import LOOKS, RULE, set_up_printing

_WIDTHS = (2, 9, 9, 4, 15, 16, 46, 8, 90)
_GIVEN_NAME, _GIVEN_VALUE = 1, 2
_NAME, _ANSWER, _REPLY, _ASK, _HINT = range(4, 9)
_SCORE_ROW, _FIRST_ROW = 6, 9
_ALLOWED = "0.005"  # so that three digits are enough, even with rounding in between
_HEADINGS = {
    Group.FORWARD: "Forward pass",
    Group.ERROR: "Error",
    Group.GRADIENTS: "Backward pass",
    Group.OPTIMIZER: "Optimiser",
    Group.WEIGHTS: "Update",
}
_TEXT = (
    "Work out one iteration with the numbers on the left. Type each result into its yellow cell; the cell beside it",
    "answers at once. Three digits are enough. Type ? into the last yellow cell of a line for a hint.",
)


def write_exercises(pen: Pen, sheet: Sheet, solutions: Sheet) -> None:
    """Write the questions, and their answers on the second sheet, which is hidden."""
    theme, exercise = pen.theme, write_exercise(pen.plan.experiment, pen.plan.notation)
    pen.begin(sheet, "Now you", _WIDTHS)
    sheet.write_lines(3, 1, _TEXT, theme.text)
    _write_given(pen, sheet, exercise)
    rows = _question_rows(exercise)
    answers = _write_solutions(pen, solutions, exercise, rows)
    group = None
    for question, row in rows.items():
        if question.group is not group:
            _write_heading(pen, sheet, row, question.group)
            group = question.group
        _write_question(pen, sheet, row, question, *answers[question.name])
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


def _write_given(pen: Pen, sheet: Sheet, exercise: Exercise) -> None:
    theme = pen.theme
    sheet.write_string(_FIRST_ROW - 2, _GIVEN_NAME, "Given", theme.heading)
    for row, (name, value) in enumerate(exercise.given.items(), start=_FIRST_ROW - 1):
        sheet.write_string(row, _GIVEN_NAME, shown_name(name), theme.table_text)
        sheet.write_number(row, _GIVEN_VALUE, value, theme.table_number("General"))


def _write_heading(pen: Pen, sheet: Sheet, row: int, group: Group) -> None:
    texts = (_HEADINGS[group], "your result", "", "hint?", "")
    style = pen.theme.make(bold=True, bg_color=LOOKS[group].header, bottom=1, border_color=RULE)
    sheet.write_texts(row - 1, _NAME, texts, style)


def _write_solutions(
    pen: Pen, sheet: Sheet, exercise: Exercise, rows: dict[Question, int]
) -> dict[str, tuple[str, list[str]]]:
    """Write the answers; return each one's cell, and those of the answers with the mistakes that are recognised."""
    theme = pen.theme
    sheet.hide()
    pen.begin(sheet, "Solutions", (2, 13, 22, 22, 22, 110))
    headers = ("", "result", "with a mistake", "with another", "formula")
    sheet.write_texts(_FIRST_ROW - 1, 1, headers, theme.table_header)
    given = {name: reference(EXERCISES, _FIRST_ROW - 1 + n, _GIVEN_VALUE) for n, name in enumerate(exercise.given)}
    scope, style = Scope(given, dict(exercise.given)), theme.make(num_format="0.000000000000", align="left")
    answers: dict[str, tuple[str, list[str]]] = {}
    for question, row in rows.items():
        sheet.write_string(row, 1, question.name, theme.make(bold=True))
        answer = scope.live(question.formula)
        answer.write(sheet, row, 2, style)
        columns = range(3, 3 + len(question.slips))
        for column, slip in zip(columns, question.slips, strict=True):
            scope.live(slip.formula).write(sheet, row, column, style)
        sheet.write_string(row, 5, pretty(question.formula), theme.text)
        answers[question.name] = reference(SOLUTIONS, row, 2), [reference(SOLUTIONS, row, c) for c in columns]
        scope.add(question.name, fixed(row, 2), answer.value)
    return answers


def _write_question(pen: Pen, sheet: Sheet, row: int, question: Question, right: str, mistaken: list[str]) -> None:
    theme = pen.theme
    sheet.write_string(row, _NAME, question.name, theme.make(bold=True, bottom=1, border_color=RULE))
    sheet.write_blank(row, _ANSWER, None, theme.editable)
    cell = xl_rowcol_to_cell(row, _ANSWER)

    def near(solution: str) -> str:
        return f"ABS({cell}-{solution})<={_ALLOWED}*ABS({solution})"

    reply = '"✗ not yet"'
    for solution, slip in zip(mistaken, question.slips, strict=True):
        reply = f"IF({near(solution)},{quoted(slip.told)},{reply})"
    reply = f'IF(ABS({cell}+{right})<={_ALLOWED}*ABS({right}),"✗ check the sign",{reply})'
    # A mistaken result can be within rounding of the right one, so the right one is compared first.
    reply = f'IF({near(right)},"✓ right",{reply})'
    reply = f'IF({cell}="","",IF(ISNUMBER({cell}),{reply},"✗ a number, please"))'
    Live(reply, "").write(sheet, row, _REPLY, theme.make(bold=True, indent=1))
    sheet.write_blank(row, _ASK, None, theme.editable)
    ask = xl_rowcol_to_cell(row, _ASK)
    hint = quoted(f"{question.name} = {pretty(question.formula)}")
    Live(f'IF({ask}="","",{hint})', "").write(sheet, row, _HINT, theme.muted)


def _write_score(pen: Pen, sheet: Sheet, rows: list[int]) -> None:
    replies = column_cells(_REPLY, rows[0], rows[-1])
    words = f'COUNTIF({replies},"✓ right")&" of {len(rows)} right"'
    Live(words, f"0 of {len(rows)} right").write(sheet, _SCORE_ROW, _NAME, pen.theme.make(bold=True, font_size=13))
    for text, colour in (("✓", "#CDEBE1"), ("✗", "#FADBC8")):
        rule = {"type": "text", "criteria": "begins with", "value": text}
        look = {"format": pen.book.add_format({"bg_color": colour})}
        sheet.conditional_format(rows[0], _REPLY, rows[-1], _REPLY, rule | look)
