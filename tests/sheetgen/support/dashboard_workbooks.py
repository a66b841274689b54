"""A workbook with sheets that show the quantities of a chosen table and iteration, built by hand on a generated one."""

from collections.abc import Sequence
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from sheetgen import build_workbook, load_experiment
from tests.sheetgen.support.patched_workbooks import Book, read_cells

RATES = (0.1, 0.5, 2.0)
ITERATIONS = 12
TABLES = (*(f"LR {rate!r}" for rate in RATES), "Your η")
HEADER_ROW, FIRST_ROW = 15, 16
SHOWN_FIRST = 6
"""The first row of the sheet Network that shows a quantity."""


def dashboard_book(folder: Path, template: str = "class") -> Book:
    """Build the workbook, every cached value as an engine computes it."""
    plain, path = folder / "plain.xlsx", folder / "dashboard.xlsx"
    build_workbook(load_experiment(template).with_run(RATES, ITERATIONS), plain, lessons=False)
    book = load_workbook(plain)
    header = next(book[TABLES[0]].iter_rows(HEADER_ROW, HEADER_ROW, values_only=True))
    columns = {label: get_column_letter(at) for at, label in enumerate(header, start=1) if label}
    places = _network(book.create_sheet("Network"), columns)
    if {"a_h1", "a_o2"} <= places.keys():
        _steps(book.create_sheet("Steps"), places)
        _gradient_check(book.create_sheet("Gradient check"), places)
    book.create_sheet("Checks")["B2"] = '=IF(Network!C3<0,"no","yes")'
    book.defined_names["chosen_sheet"] = DefinedName("chosen_sheet", attr_text="Network!$C$2")
    book.defined_names["chosen_iteration"] = DefinedName("chosen_iteration", attr_text="Network!$C$3")
    book.save(path)
    uncached = read_cells(path)
    uncached.write(path, {}, recalculate=True)
    return read_cells(path)


def _picked(column: str) -> str:
    """Return the formula, without `=`, that shows a column's cell of the chosen table and iteration."""
    last = FIRST_ROW + ITERATIONS
    return _chosen([f"INDEX('{name}'!{column}${FIRST_ROW}:{column}${last},chosen_iteration+1)" for name in TABLES])


def _chosen(formulas: Sequence[str]) -> str:
    """Return the formula that takes the one of the chosen table."""
    return f"CHOOSE(MATCH(chosen_sheet,'Learning rates'!$A$5:$A${4 + len(TABLES)},0),{','.join(formulas)})"


def _network(sheet: Worksheet, columns: dict[str, str]) -> dict[str, str]:
    """Show every quantity: label, a text, an empty text, the value; the last ones beside others, in the same row."""
    sheet["B2"], sheet["C2"], sheet["B3"], sheet["C3"] = "Sheet", "LR 0.5", "Iteration", 3
    names = [name for name in columns if name != "iteration"]
    places, rows = {}, len(names) - 6
    for at, name in enumerate(names):
        row, left = (SHOWN_FIRST + at, 2) if at < rows else (SHOWN_FIRST + at - rows, 8)
        sheet.cell(row, left, name)
        value = f"{get_column_letter(left + 3)}{row}"
        sheet.cell(row, left + 1, f'="is "&TEXT({value},"0.0000")')
        sheet.cell(row, left + 2, '=""')
        sheet[value] = "=" + _picked(columns[name])
        places[name] = f"Network!${value[0]}${row}"
    return places


def _steps(sheet: Worksheet, at: dict[str, str]) -> None:
    """Work quantities out from others, several in a row."""
    slope = [f"({at[f'a_o{k}']}-{at[f't{k}']})*{at[f'a_o{k}']}*(1-{at[f'a_o{k}']})" for k in (1, 2)]
    first = [at.get(name, "0") for name in ("b_h1", "b_o1")]
    lines = [
        ("h1", f"={at['w1']}*{at['i1']}+{at['w2']}*{at['i2']}+{first[0]}", "a_h1", "=1/(1+EXP(-D5))"),
        ("o1", f"={at['w5']}*{at['a_h1']}+{at['w6']}*{at['a_h2']}+{first[1]}", "a_o1", "=1/(1+EXP(-D6))"),
        ("∂E/∂o1", f"={slope[0]}", "∂E/∂o2", f"={slope[1]}"),
        ("∂E/∂a_h1", f"=D7*{at['w5']}+G7*{at['w7']}", "∂E/∂h1", f"=D8*{at['a_h1']}*(1-{at['a_h1']})"),
        ("∂E/∂w1", f"=G8*{at['i1']}", "new w1", f"={at['w1']}-C2*D9"),
        ("∂E/∂w5", f"=D7*{at['a_h1']}", "new w5", f"={at['w5']}-C2*D10"),
    ]
    sheet["B2"] = "learning rate"
    sheet["C2"] = "=" + _chosen([f"'{name}'!$C$2" for name in TABLES])
    for row, (one, formula, other, other_formula) in enumerate(lines, start=5):
        sheet.cell(row, 2, one)
        sheet.cell(row, 3, "=")
        sheet.cell(row, 4, formula)
        sheet.cell(row, 6, other)
        sheet.cell(row, 7, other_formula)
    sheet["B12"], sheet["C12"] = "E_total", f"={at['E1']}+{at['E2']}"


def _gradient_check(sheet: Worksheet, at: dict[str, str]) -> None:
    """Compare a gradient with the difference that a small change of the weight makes."""

    def error(change: str) -> str:
        total = []
        for k, (left, right) in enumerate((("w5", "w6"), ("w7", "w8")), start=1):
            moved = f"({at[left]}{change})" if left == "w5" else at[left]
            bias = at.get(f"b_o{k}", "0")
            z = f"{moved}*{at['a_h1']}+{at[right]}*{at['a_h2']}+{bias}"
            total.append(f"0.5*({at[f't{k}']}-1/(1+EXP(-({z}))))^2")
        return "+".join(total)

    for column, text in enumerate(("weight", "gradient", "by change", "difference"), start=2):
        sheet.cell(4, column, text)
    sheet["B5"], sheet["C5"] = "∂E/∂w5", f"={at['∂E/∂w5']}"
    sheet["D5"] = f"=(({error('+0.0001')})-({error('-0.0001')}))/0.0002"
    sheet["E5"] = "=ABS(C5-D5)"
    sheet["F5"] = "=E5<0.000001"
