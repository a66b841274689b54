"""What has moved is said to have moved: rows, columns, blocks of cells and sheets."""

from pathlib import Path

import pytest

from sheetgen.diff.changes import DiffOptions
from sheetgen.diff.compare_workbooks import compare_workbooks
from sheetgen.diff.cut_texts import cut_apart
from sheetgen.diff.diff_report import json_text, text_lines
from tests.sheetgen.support.compared_workbooks import Cells, compare, insert, table, write_book


def said(folder: Path, old: Cells, new: Cells, options: DiffOptions | None = None) -> list[str]:
    """The lines of a comparison of one sheet, without its heads, and its summary last."""
    return list(text_lines(compare(folder, old, new, options)))[3:]


def rows(order: list[int]) -> Cells:
    """Rows of a text, two numbers, their product and a running sum, in an order."""
    cells: Cells = {"A1": "name", "B1": "x", "C1": "y", "D1": "product", "E1": "sum", "G1": 2.5}
    total = 0.0
    for row, was in enumerate(order, 2):
        x, y = was * 37 % 101 + 0.5, float(was * was)
        total += x * 2.5
        cells |= {f"A{row}": f"item {was}", f"B{row}": x, f"C{row}": y, f"D{row}": (f"=B{row}*C{row}", x * y)}
        cells[f"E{row}"] = (f"=B{row}*$G$1+N(E{row - 1})", total)
    return cells


ORDER = list(range(1, 41))


@pytest.mark.parametrize(
    ("order", "line"),
    [
        (ORDER[::-1], "~rows 2:41 reversed"),
        (sorted(ORDER, key=lambda was: was * 37 % 101), "~rows 2:41 sorted by column B"),
        (sorted(ORDER, key=lambda was: -(was * 37 % 101)), "~rows 2:41 sorted by column B, descending"),
        ([*ORDER[:4], *ORDER[7:20], *ORDER[4:7], *ORDER[20:]], "~rows 6:8 moved to 19:21"),
        ([ORDER[9], *ORDER[1:9], ORDER[0], *ORDER[10:]], "~rows 2 and 11 swapped"),
        (sorted(ORDER, key=lambda was: was * 29 % 47), "~rows 2:41 in another order"),
        ([*ORDER[5:12], *ORDER[18:25], *ORDER[:5], *ORDER[12:18]], "~rows 2:6 moved to 16:20, 14:19 to 21:26"),
    ],
)
def test_rows_out_of_their_order_are_one_line(tmp_path: Path, order: list[int], line: str):
    lines = said(tmp_path, rows(sorted(order)), rows(order))
    assert lines[0].removesuffix(", references to them not") == line
    assert len(lines) == 2
    assert "--all lists them" in lines[1]


def test_a_moved_row_may_be_edited(tmp_path: Path):
    new = rows([*ORDER[:4], *ORDER[5:20], ORDER[4], *ORDER[20:]])
    new["A21"] = "another name"
    lines = said(tmp_path, rows(ORDER), new)
    assert lines[:2] == ["~row 6 moved to 21, references to them not", '~A21 "item 5" → "another name"']


def test_references_may_follow_a_moved_row(tmp_path: Path):
    old: Cells = {f"A{row}": f"item {row}" for row in range(1, 12)} | {f"B{row}": row * 1.5 for row in range(1, 12)}
    new: Cells = {"A1": "item 1", "B1": 1.5}
    for row, was in enumerate([2, 3, 5, 6, 7, 8, 4, 9, 10, 11], 2):
        new |= {f"A{row}": f"item {was}", f"B{row}": was * 1.5}
    moved = ["~row 4 moved to 8", "1 row moved"]
    assert said(tmp_path, old | {"D1": ("=B4*2", 12)}, new | {"D1": ("=B8*2", 12)}) == moved
    assert said(tmp_path, old | {"D1": ("=SUM(B2:B4)", 1)}, new | {"D1": ("=SUM(B2:B3)", 1)}) == moved
    copied = said(tmp_path, old | {"D1": ("=B4*2", 12)}, new | {"D1": ("=B4*2", 15)})
    assert copied == ["~row 4 moved to 8, references to them not", "1 row moved, 1 value follows (--all lists them)"]


def test_moved_columns_are_one_line(tmp_path: Path):
    old: Cells = {f"{letter}{row}": f"{letter} {row}" for letter in "ABCDEF" for row in range(1, 9)}
    new: Cells = {
        f"{to}{row}": f"{was} {row}" for to, was in zip("ABCDEF", "ADEBCF", strict=True) for row in range(1, 9)
    }
    assert said(tmp_path, old, new)[0] == "~columns B:C moved to D:E"


def test_a_table_that_moved_aside_is_one_line(tmp_path: Path):
    notes: Cells = {f"{letter}{row}": f"note {letter}{row}" for letter in "ABCDEFG" for row in range(31, 36)}
    old = table(12) | notes | {"A40": ("=D15*2", 1)}
    new = insert(table(12), 2, 1, columns=True) | notes | {"A40": ("=F15*2", 1)}
    assert said(tmp_path, old, new) == ["~A1:D15 moved to C1:F15", "60 cells moved"]
    assert said(tmp_path, new, old) == ["~C1:F15 moved to A1:D15", "60 cells moved"]


def test_a_table_may_be_moved_as_a_copy(tmp_path: Path):
    notes: Cells = {f"{letter}{row}": f"note {letter}{row}" for letter in "ABCDEFG" for row in range(31, 36)}
    numbers: Cells = {f"A{row}": row * 1.5 for row in range(3, 20)} | {"H1": 4}
    old = notes | numbers | {f"B{row}": (f"=A{row}*$H$1", row * 6) for row in range(3, 20)} | {"A40": ("=A3", 4.5)}
    new: Cells = {f"C{row}": row * 1.5 for row in range(3, 20)} | {"H1": 4}
    new |= notes | {f"D{row}": (f"=C{row}*$H$1", row * 6) for row in range(3, 20)} | {"A40": ("=A3", 0)}
    lines = said(tmp_path, old, new)
    assert lines[0] == "~A3:B19 moved to C3:D19, references to them not"
    assert lines[1] == "34 cells moved, 1 value follows (--all lists them)"


def test_a_renamed_sheet_is_one_line(tmp_path: Path):
    other = {"A1": ("='My data'!B4*2", 1), "A2": ("=SUM('My data'!B4:B9)", 3)}
    old = write_book(tmp_path / "old.xlsx", {"My data": table(), "Other": other}, {"best": "='My data'!$B$4"})
    renamed = {cell: (text.replace("'My data'", "Numbers"), value) for cell, (text, value) in other.items()}
    new = write_book(tmp_path / "new.xlsx", {"Numbers": table(), "Other": renamed}, {"best": "=Numbers!$B$4"})
    lines = list(text_lines(compare_workbooks(old, new)))[2:]
    assert lines == ["@@ Numbers @@", "~sheet renamed from My data", "1 sheet renamed"]


def test_sheets_that_swapped_their_names_are_renamed(tmp_path: Path):
    first, second = table(), {f"A{row}": f"text {row}" for row in range(1, 9)}
    old = write_book(tmp_path / "old.xlsx", {"One": first, "Two": second})
    new = write_book(tmp_path / "new.xlsx", {"Two": first, "One": second})
    found = compare_workbooks(old, new)
    assert [(sheet.old_name, sheet.sheet) for sheet in found.sheets] == [("One", "Two"), ("Two", "One")]
    assert len(list(text_lines(found))) == 2 + 4 + 1


def test_a_removed_sheet_breaks_the_formulas_that_need_it_without_a_line_each(tmp_path: Path):
    data = {f"A{row}": row * 1.5 for row in range(1, 9)}
    looks = {f"B{row}": (f"=Data!A{row}", row * 1.5) for row in range(1, 9)}
    lost = {f"B{row}": ("=#REF!", "#REF!") for row in range(1, 9)}
    old = write_book(tmp_path / "old.xlsx", {"Data": data, "Look": looks})
    new = write_book(tmp_path / "new.xlsx", {"Look": lost})
    lines = list(text_lines(compare_workbooks(old, new)))[2:]
    assert lines[:2] == ["@@ Data @@", "-sheet, 8 cells"]
    assert lines[2] == "1 sheet removed, 8 formulas broken (#REF!) (--all lists them)"


def test_a_formula_filled_down_and_to_the_right_is_one_line(tmp_path: Path):
    def book(power: int) -> Cells:
        inputs: Cells = {f"{letter}{row}": row + ord(letter) / 7 for letter in "ABC" for row in range(1, 30)}
        pairs = zip("ABC", "EFG", strict=True)
        return inputs | {f"{to}{row}": (f"={at}{row}^{power}", power) for at, to in pairs for row in range(1, 30)}

    assert said(tmp_path, book(2), book(3)) == ["~E1:G29 =A1^2 → =A1^3", "87 formulas changed"]


def test_the_same_change_in_many_places_is_one_line(tmp_path: Path):
    def book(power: int) -> Cells:
        inputs: Cells = {f"A{row}": row / 7 for row in range(1, 40)}
        return inputs | {f"B{row}": (f"=A{row}^{power}", power) for row in range(1, 40, 4)}

    lines = said(tmp_path, book(2), book(3))
    assert lines[0] == "~B1, B5, B9 and 7 more ranges, 10 cells: =A1^2 → =A1^3"
    assert len(lines) == 2


def test_neighbouring_constants_are_one_line(tmp_path: Path):
    old: Cells = {"A1": "end"} | {f"B{row}": row * 1.25 for row in range(1, 1001)}
    new = old | {f"B{row}": row * 1.5 for row in range(1, 1001)}
    lines = said(tmp_path, old, new, DiffOptions(ignore_values=True))
    assert lines == ["~B1:B1000 1.25 … 1250 → 1.5 … 1500", "1,000 values changed"]


def test_few_constants_are_all_said(tmp_path: Path):
    assert said(tmp_path, {"A1": 1, "A2": 2, "A3": 3}, {"A1": 4, "A2": 4, "A3": 5})[0] == "~A1:A3 1, 2, 3 → 4, 4, 5"


def test_values_that_follow_are_counted_and_listed_on_demand(tmp_path: Path):
    old = table(start=0.5)
    new = table(start=0.75)
    found = compare(tmp_path, old, new)
    lines = list(text_lines(found))[3:]
    assert lines == ["~B4 0.5 → 0.75", "1 value changed, 35 values follow (--all lists them)"]
    everything = list(text_lines(found, everything=True))
    assert "~B5:B15 0.375 … 0.021117568016052246" in "\n".join(everything)
    assert len(everything) > len(lines) + 2
    assert '"follows": true' in json_text(found, everything=True)
    assert '"follows": true' not in json_text(found)


def test_a_value_that_follows_from_nothing_is_listed(tmp_path: Path):
    old: Cells = {"A1": 1, "A2": 5, "B1": ("=A1*2", 2), "B2": ("=A2*2", 10), "B3": ("=RAND()", 0.5)}
    new = old | {"A2": 6, "B1": ("=A1*2", 3), "B2": ("=A2*2", 12), "B3": ("=RAND()", 0.7)}
    lines = said(tmp_path, old, new)
    assert lines == ["~B1 2 → 3  (=A1*2)", "~A2 5 → 6", "2 values changed, 2 values follow (--all lists them)"]


def test_a_value_follows_from_a_removed_row_a_name_and_another_sheet(tmp_path: Path):
    def book(path: str, data: Cells, total: str, value: float, rate: str) -> Path:
        looks: Cells = {"A1": (total, value), "A2": ("=rate*2", value), "A3": ("=A1+1", value + 1)}
        return write_book(tmp_path / path, {"Data": data, "Look": looks}, {"rate": rate})

    data: Cells = {f"A{row}": row * 1.5 for row in range(1, 9)}
    shorter: Cells = {f"A{row}": (row if row < 5 else row + 1) * 1.5 for row in range(1, 8)}
    old = book("old.xlsx", data, "=SUM(Data!A1:A8)", 54, "=Data!$A$1")
    new = book("new.xlsx", shorter, "=SUM(Data!A1:A7)", 46.5, "=Data!$A$2")
    lines = list(text_lines(compare_workbooks(old, new)))[2:]
    assert lines[:4] == ["@@ Data @@", "-row 5, 1 cell: 7.5", "@@ defined names @@", "~rate =Data!$A$1 → =Data!$A$2"]
    assert lines[4].endswith("3 values follow (--all lists them)")


def test_long_formulas_are_cut_around_what_differs():
    long = "+".join(f"A{row}*$B$1" for row in range(1, 60))
    left, right = cut_apart(f"={long}+C7*D4+{long}", f"={long}+C8*D4+{long}")
    assert left == "…+A59*$B$1+C7*D4+A1*$B$…"
    assert "C7" in left
    assert "C8" in right
    assert max(len(left), len(right)) < 40
    assert cut_apart("=A1*2", "=A1*3") == ("=A1*2", "=A1*3")
    both = cut_apart(f"=X1+{long}+Y1", f"=X2+{long}+Y2")
    assert all(
        first in text and last in text for text, first, last in zip(both, ("X1", "X2"), ("Y1", "Y2"), strict=True)
    )
    assert max(map(len, both)) < 60


def test_contents_of_inserted_rows_are_given_on_demand(tmp_path: Path):
    old = table()
    new = insert(old, 1, 9, columns=False) | {f"{letter}9": f"new {letter}" for letter in "ABCD"}
    assert said(tmp_path, old, new)[0] == "+row 9, 4 cells"
    found = compare(tmp_path, old, new, DiffOptions(contents=True))
    assert [side.first_value for side in found.sheets[0].lines[0].contents] == ["new A", "new B", "new C", "new D"]
    assert '+C9 "new C"' in list(text_lines(found, everything=True))
