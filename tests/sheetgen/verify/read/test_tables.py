"""Which labels head a training table, and which are a list, a legend or a worked example beside it."""

from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from sheetgen.spreadsheet.opened_workbook import open_workbook
from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FileReport
from sheetgen.verify.read.tables import find_tables
from sheetgen.verify.uncalculated import UNCALCULATED
from tests.sheetgen.support.equivalent_formulas import node, number, ref
from tests.sheetgen.support.equivalent_workbooks import Example, Layout, write_examples
from tests.sheetgen.support.patched_workbooks import read_cells

RIGHT_OF_A_LIST = Example(Layout(first_column=5, header_row=15, eta_place=(2, 6)))
LIST = {"i1": 0.05, "i2": 0.1, "w1": 0.15, "w2": 0.2, "w3": 0.25, "h1": 0.0275, "a_h1": 0.5068, "E_total": 0.01}


def with_sheet(path: Path, example: Example, fill) -> Path:
    """Write an example, and let `fill` add to a second sheet; return the path."""
    book = openpyxl.load_workbook(write_examples(path, example), data_only=False)
    fill(book.create_sheet("Beside"))
    book.save(path)
    return path


def tables_on(path: Path, sheet: str) -> list[tuple[int, list[str]]]:
    with open_workbook(path) as book:
        return [(table.header_row, list(table.columns)) for table in find_tables(book.read(sheet))]


def write_list(sheet: Worksheet, row: int, column: int) -> None:
    """Write labels below each other, each with its number to the right."""
    for step, (label, held) in enumerate(LIST.items()):
        sheet.cell(row + step, column, label)
        sheet.cell(row + step, column + 1, held)


@pytest.mark.parametrize("row", [14, 15, 16])
def test_a_list_beside_a_table_is_no_column_of_it(row: int, tmp_path: Path):
    path = write_examples(tmp_path / "list.xlsx", RIGHT_OF_A_LIST)
    right = tables_on(path, "Sheet1")
    book = openpyxl.load_workbook(path)
    write_list(book["Sheet1"], row, 1)
    book.save(path)
    assert tables_on(path, "Sheet1") == right


def test_labels_above_labels_are_a_legend(tmp_path: Path):
    def legend(sheet: Worksheet) -> None:
        for row in (("i1", "w1", "h1", "a_h1", "E1"), ("i2", "w2", "h2", "a_h2", "E2"), ("", "w3", "o1", "a_o1")):
            sheet.append(row)

    assert not tables_on(with_sheet(tmp_path / "legend.xlsx", Example(), legend), "Beside")


def test_a_picture_with_numbers_beside_its_labels_is_no_table(tmp_path: Path):
    def picture(sheet: Worksheet) -> None:
        for row, labels in enumerate((("i1", "w1", "a_h1", "w7", "E1"), ("", "w3", "∂E/∂h1", "", "∂E/∂o1")), start=13):
            for column, label in enumerate(labels):
                sheet.cell(row, 2 + 3 * column, label or None)
                sheet.cell(row, 3 + 3 * column, 0.25 if label else None)

    assert not tables_on(with_sheet(tmp_path / "picture.xlsx", Example(), picture), "Beside")


def test_a_number_beside_the_last_label_leaves_it_a_column(tmp_path: Path):
    path = write_examples(tmp_path / "beside.xlsx", RIGHT_OF_A_LIST)
    right = tables_on(path, "Sheet1")
    book = openpyxl.load_workbook(path)
    book["Sheet1"].cell(15, 5 + len(RIGHT_OF_A_LIST.layout.columns), 0.1)
    book.save(path)
    assert tables_on(path, "Sheet1") == right


def test_a_run_from_left_to_right_is_not_passed_over(tmp_path: Path):
    """Labels below each other, iterations beside each other: no table is found, so it cannot be judged."""

    def run(sheet: Worksheet) -> None:
        names = ("i1", "w1", "h1", "a_h1", "o1", "a_o1", "E_total", "∂E/∂w1")
        for row, name in enumerate(names, start=1):
            sheet.cell(row, 1, name)
            for column, letter in enumerate("BCDE", start=2):
                sheet.cell(row, column, 0.05 if row < 3 else f"={letter}1*{letter}2+{row}")

    report = verify_file(with_sheet(tmp_path / "across.xlsx", Example(), run))
    assert said(report) == "sheet Beside has the exercise's labels, but no row of them that heads a table"


def test_a_pasted_run_from_left_to_right_is_not_passed_over(tmp_path: Path):
    def run(sheet: Worksheet) -> None:
        for row, name in enumerate(("i1", "w1", "h1", "a_h1", "o1", "a_o1", "E_total", "∂E/∂w1"), start=1):
            sheet.append((name, *(0.05 * row + 0.01 * step for step in range(4))))

    report = verify_file(with_sheet(tmp_path / "pasted.xlsx", Example(), run))
    assert said(report) == "sheet Beside has the exercise's labels, but no row of them that heads a table"


def test_a_sheet_that_shows_one_row_of_the_table_is_no_run(tmp_path: Path):
    def shown(sheet: Worksheet) -> None:
        for column, name in enumerate(Example().layout.columns, start=1):
            letter = openpyxl.utils.get_column_letter(column)
            sheet.cell(column, 1, name)
            sheet.cell(column, 2, f"=INDEX(Sheet1!{letter}16:{letter}23,3)")
            sheet.cell(column, 3, f"=IF(ABS(B{column})<1,1,2)")

    path = with_sheet(tmp_path / "shown.xlsx", Example(), shown)
    assert said(verify_file(path)) is None


LETTERS = {name: openpyxl.utils.get_column_letter(at) for at, name in enumerate(Example().layout.columns, start=1)}


def rows_and_verdict(path: Path, fill) -> tuple[list[tuple[int, int]], list[str], str | None]:
    """Let `fill` change an example's sheet; return the rows of its tables, the messages and the error."""
    book = openpyxl.load_workbook(write_examples(path, Example()))
    fill(book["Sheet1"])
    book.save(path)
    report = verify_file(path)
    rows = [(table.first_row, table.last_row) for table in report.tables]
    return rows, [finding.message for finding in report.findings if finding.kind != "no-value"], said(report)


def said(report: FileReport) -> str | None:
    """Return what could not be judged, apart from the values that openpyxl does not write."""
    parts = [part for part in (report.error or "").split("; ") if part and part not in UNCALCULATED]
    return "; ".join(parts) or None


@pytest.mark.parametrize("columns", [list(LETTERS.values()), [LETTERS["E_total"]]])
@pytest.mark.parametrize("label", ["Average", None])
def test_a_total_below_the_last_row_is_no_iteration(columns: list[str], label: str | None, tmp_path: Path):
    def total(sheet: Worksheet) -> None:
        for column in columns:
            sheet[f"{column}24"] = f"=AVERAGE({column}16:{column}23)"
        if label:
            sheet["A24"] = label

    assert rows_and_verdict(tmp_path / "total.xlsx", total) == ([(16, 23)], [], None)


def test_the_rate_of_a_table_below_is_no_iteration_that_stops_half_way(tmp_path: Path):
    def rate(sheet: Worksheet) -> None:
        sheet["J24"], sheet["K24"] = "η", 0.2

    assert rows_and_verdict(tmp_path / "rate.xlsx", rate) == ([(16, 23)], [], None)


def test_rows_that_stop_half_way_are_one_finding(tmp_path: Path):
    def started(sheet: Worksheet) -> None:
        for row in (24, 25, 26):
            for column in "ABCD":
                sheet[f"{column}{row}"] = sheet[f"{column}23"].value

    said = f"rows 24 to 26 stop half way; nothing stands in {3 * (len(LETTERS) - 4)} of the cells"
    assert rows_and_verdict(tmp_path / "started.xlsx", started) == ([(16, 23)], [said], None)


@pytest.mark.parametrize("rows", [range(16, 17), range(16, 24), range(18, 19)])
def test_data_may_be_taken_from_cells_without_a_label(rows: range, tmp_path: Path):
    def by_reference(sheet: Worksheet) -> None:
        for row in range(16, 24):
            for column, source in zip("AB", ("AZ", "BA"), strict=True):
                sheet[f"{source}{row - 10}"] = sheet[f"{column}{row}"].value
                if row in rows:
                    sheet[f"{column}{row}"] = f"={source}{row - 10}"

    assert rows_and_verdict(tmp_path / "data.xlsx", by_reference) == ([(16, 23)], [], None)


def test_a_reference_to_another_number_than_the_other_rows_have_is_found(tmp_path: Path):
    path = write_examples(tmp_path / "odd.xlsx", Example())
    book = openpyxl.load_workbook(path)
    book["Sheet1"]["AZ6"], book["Sheet1"]["A18"] = 0.07, "=AZ6"
    book.save(path)
    cells = read_cells(path)
    cells.write(path, {}, recalculate=True)
    found = [(each.range, each.message, each.expected_value) for each in verify_file(path).findings]
    assert found == [("A18", "0.07 stands here, 0.01 in the other rows", 0.01)]


def test_a_list_that_one_row_reads_from_another_column_is_found_there(tmp_path: Path):
    path = write_examples(tmp_path / "list.xlsx", Example())
    book = openpyxl.load_workbook(path)
    sheet = book["Sheet1"]
    for row in range(16, 24):
        for column, source in zip("AB", ("AZ", "BA"), strict=True):
            sheet[f"{source}{row - 10}"] = sheet[f"{column}{row}"].value
            sheet[f"{column}{row}"] = f"={source}{row - 10}"
    sheet["A19"] = "=BA9"
    book.save(path)
    cells = read_cells(path)
    cells.write(path, {}, recalculate=True)
    assert [(each.range, str(each.kind)) for each in verify_file(path).findings] == [("A19", "wrong-formula")]


@pytest.mark.parametrize("total", ["E_total", "all errors"])
@pytest.mark.parametrize("place", [0, len(LETTERS) - 1, len(LETTERS) - 8])
def test_a_helper_called_by_a_letter_is_not_the_loss(total: str, place: int, tmp_path: Path):
    columns = list(Example().layout.columns)
    columns.insert(place, "C")
    layout = Layout(columns=tuple(columns), label=lambda name: total if name == "E_total" else name)
    slope = node("product", ref("a_o1"), node("less", number(1.0), ref("a_o1")))
    path = write_examples(tmp_path / "letter.xlsx", Example(layout, helpers={"C": slope}))
    report = verify_file(path)
    assert report.ok, report
