"""The reader against openpyxl, cell by cell, and what it does with rows that repeat."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import product
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from sheetgen.errors import SheetgenError
from sheetgen.spreadsheet.opened_workbook import Cell, open_workbook
from sheetgen.spreadsheet.package import Limits
from sheetgen.spreadsheet.repeated_rows import Repeats
from sheetgen.types import Place
from tests.shared_files import PUBLIC_WORKBOOKS, shared_file
from tests.sheetgen.conftest import Built
from tests.sheetgen.support.mistaken_workbooks import WORKBOOKS
from tests.sheetgen.support.raw_workbooks import cell, package_parts, worksheet, write_book, write_parts

NAMES = tuple(
    f"{name}.xlsx"
    for name in (
        *("01-class-sheet", "02-clean-out-labels", "03-clean-x-y-labels", "04-frozen-reference"),
        *("05-self-made-gradient", "06-six-sheets", "07-pasted-values", "08-unfinished", "09-excel-table"),
    )
)


def read(path: Path) -> dict[Place, Cell]:
    with open_workbook(path) as book:
        return {(name, each.row, each.column): each for name in book.sheet_names for each in book.read(name).cells()}


def with_openpyxl(path: Path, *, values: bool) -> dict[Place, object]:
    """Every cell that holds something, but for those hidden under merged ones, which openpyxl drops."""
    book = openpyxl.load_workbook(path, data_only=values)
    return {
        (sheet.title, each.row, each.column): each.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for each in row
        if each.value is not None
    }


def spread(cells: dict[Place, object], there: dict[Place, Cell]) -> Iterator[tuple[Place, str]]:
    """The formulas as texts; each cell of an array formula that is in the file has the one of its own element."""
    for (sheet, row, column), value in cells.items():
        if isinstance(value, ArrayFormula):
            left, top, right, bottom = openpyxl.utils.cell.range_boundaries(value.ref)
            for below, beside in product(range(bottom - top + 1), range(right - left + 1)):
                if (sheet, row + below, column + beside) in there:
                    element = f"=INDEX({value.text[1:]},{below + 1},{beside + 1})"
                    yield (sheet, row + below, column + beside), element
        elif isinstance(value, DataTableFormula):
            left, top, right, bottom = openpyxl.utils.cell.range_boundaries(value.ref)
            for place in product(range(top, bottom + 1), range(left, right + 1)):
                if (sheet, *place) in there:
                    yield (sheet, *place), "="
        elif isinstance(value, str) and value.startswith("="):
            yield (sheet, row, column), value


def as_number(value: object) -> object:
    return to_excel(value) if isinstance(value, datetime | date | time | timedelta) else value


def compare(path: Path) -> int:
    """Compare both readers and return how many cells there were."""
    ours = read(path)
    formulas, values = with_openpyxl(path, values=False), with_openpyxl(path, values=True)
    written = {place: held.formula for place, held in ours.items() if held.formula is not None}
    assert written == dict(spread(formulas, ours))
    found = {place: held.value for place, held in ours.items() if held.value not in (None, "")}
    wanted = {place: as_number(value) for place, value in values.items() if value != ""}
    merged = set(found) - set(wanted)
    assert {place: found[place] for place in wanted} == wanted
    assert merged <= hidden(path)
    return len(ours)


def hidden(path: Path) -> set[Place]:
    book = openpyxl.load_workbook(path)
    return {
        (sheet.title, row, column)
        for sheet in book.worksheets
        for area in sheet.merged_cells.ranges
        for row, column in area.cells
        if (row, column) != (area.min_row, area.min_col)
    }


@pytest.mark.slow
def test_class_workbook(class_book: Built) -> None:
    assert compare(class_book.path) > 20_000


@pytest.mark.parametrize("name", WORKBOOKS)
def test_workbooks_laid_out_as_by_hand(name: str, mistaken_books: dict[str, Path]) -> None:
    assert compare(mistaken_books[name]) > 40


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_public_workbooks(name: str) -> None:
    assert compare(shared_file(PUBLIC_WORKBOOKS / name)) > 50


def test_written_by_openpyxl(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["w1", "E_total", None, True, False, "#N/A", "", "  padded  ", "two\nlines", "𝟃E/𝟃w1"])
    for row in range(2, 60):
        sheet.append(
            [row / 7, f"=A{row}*2", f"=SUM($A$2:A{row})", f'=IF(A{row}<3,"<&>""\'",A{row - 1})', -1e-300, 10**20]
        )
    sheet["J4"] = ArrayFormula("J4:K6", "=A4:B6*2")
    sheet["J9"] = ArrayFormula("J9", "=SUM(A4:A6*2)")
    sheet["J4"].number_format = "0.00"
    sheet["L1"] = datetime(2024, 2, 29, 12)
    sheet.merge_cells("M1:P1")
    sheet["M1"] = "merged"
    book.create_sheet('It\'s <second> & "quoted"')["AB300"] = "=A1"
    book.create_sheet("empty")
    path = tmp_path / "openpyxl.xlsx"
    book.save(path)
    assert compare(path) > 300


@pytest.mark.parametrize("options", [{}, {"in_memory": True, "use_future_functions": True}, {"constant_memory": True}])
def test_written_by_xlsxwriter(tmp_path: Path, options: dict[str, bool]) -> None:
    path = tmp_path / "xlsxwriter.xlsx"
    with xlsxwriter.Workbook(path, options) as book:
        bold, sheet = book.add_format({"bold": True}), book.add_worksheet("data")
        sheet.write_row(0, 0, ["i1", "i1", "w1", "", True, " spaces "])
        sheet.write_rich_string(1, 0, "plain ", bold, "and bold", " and plain")
        sheet.write_blank(1, 1, None, bold)
        for row in range(2, 100):
            sheet.write_number(row, 0, row / 3)
            sheet.write_formula(row, 1, f"=A{row + 1}^2", None, row**2 / 9)
            sheet.write_formula(row, 2, f"=A{row}>1", None, value=True)
            sheet.write_formula(row, 3, f'=IF(B{row + 1}>9,"big","small")', None, "big")
            sheet.write_formula(row, 4, f"=1/(B{row + 1}-B{row + 1})", None, "#DIV/0!")
            sheet.write_formula(row, 5, f"=A{row + 1}", None, "")
        sheet.write_array_formula(100, 0, 102, 1, "{=A3:B5*2}", None, 4.5)
    assert compare(path) > 500


SHARED = (
    '<row r="3">'
    '<c r="B3"><f t="shared" ref="B3:E9" si="0">A3*$A3+A$3-$A$3+SUM(A2:B3)+SUM($A:A)+SUM(3:4)+SUM(3:$4)</f></c>'
    '<c r="C3"><f t="shared" si="0"/><v>2</v></c><c r="E3"><f t="shared" si="0"/></c>'
    """<c r="F3"><f t="shared" si="1">Other!F2+'It''s A1'!F3&amp;"F3""F4"+LOG10(F3)+name.F3+ABC3DE+SUM(B:$C)</f></c>"""
    "</row>"
) + "".join(
    f'<row r="{row}"><c r="B{row}"><f t="shared" si="0"/><v>{row}.5</v></c><c r="C{row}"><f t="shared" si="0"/></c>'
    f'<c r="D{row}"><f t="shared" si="0"></f><v>1e-3</v></c><c r="F{row}"><f t="shared" si="1"/><v>7</v></c>'
    f'<c r="G{row}"><f t="shared" si="1"/></c></row>'
    for row in range(4, 10)
)
RICH = (
    "<si><t>plain</t></si>"
    "<si><r><t>rich </t></r><r><rPr><b/></rPr><t>text</t></r></si>"
    '<si><t>課</t><rPh sb="0" eb="1"><t>カ</t></rPh><phoneticPr fontId="1"/></si>'
    '<si><t xml:space="preserve"> a &lt;b&gt; &amp; </t></si><si/><si><t><![CDATA[<c>&amp;]]></t></si>'
)


def prefixed(xml: str) -> str:
    """The same worksheet with a prefix on every element."""
    return xml.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")


HANDMADE: dict[str, Callable[[Path], Path]] = {
    "shared formulas": lambda path: write_book(path, SHARED),
    "a prefix": lambda path: write_book(path, {"Sheet1": prefixed(worksheet(SHARED))}),
    "no addresses": lambda path: write_book(
        path, "<row><c><v>1</v></c><c/><c><f>A1*2</f><v>2</v></c></row><row/><row><c><v>3</v></c></row>"
    ),
    "some addresses": lambda path: write_book(
        path, '<row r="4"><c r="C4"><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c><c r="F5"><v>4</v></c></row>'
    ),
    "rows out of order": lambda path: write_book(
        path, f'<row r="9">{cell("B9", "A9", 9)}{cell("A9", None, 1)}</row><row r="2">{cell("B2", "A2", 2)}</row>'
    ),
    "comments and instructions": lambda path: write_book(
        path, '<row r="1"><!-- <row r="2"> --><c r="A1"><?x y?><f>B<!-- c -->1</f><v>1<!-- -->2</v></c></row>'
    ),
    "inline strings": lambda path: write_book(
        path,
        '<row r="1"><c r="A1" t="inlineStr"><is><t>in</t></is></c><c r="B1" t="inlineStr"><is><r><t>li</t></r>'
        '<r><t>ne</t></r><rPh sb="0" eb="1"><t>no</t></rPh></is></c></row>',
    ),
    "every type": lambda path: write_book(
        path,
        f'<row r="1">{cell("A1", None, 1, "b")}{cell("B1", None, 0, "b")}{cell("C1", "1/0", "#DIV/0!", "e")}'
        f"{cell('D1', 'A1', ' 12 ', 'n')}{cell('E1', 'A1', 'text', 'str')}{cell('F1', 'A1', '', 'str')}</row>",
    ),
    "rich text": lambda path: write_book(
        path, '<row r="1">' + "".join(cell(f"{'ABCDEF'[n]}1", None, n, "s") for n in range(6)) + "</row>", RICH
    ),
    "shared formulas of a private alphabet": lambda path: write_book(
        path, SHARED.replace("SUM(A2:B3)", 'LEN("\ue000\uf8ff")')
    ),
    "entities in formulas": lambda path: write_book(
        path,
        "".join(
            f'<row r="{row}">'
            + cell(f"A{row}", f"IF(B{row}&lt;2,&quot;&#228;&quot;,&apos;S&amp;T&apos;!C{row - 1})", row)
            + "</row>"
            for row in range(2, 9)
        ),
    ),
}


@pytest.mark.parametrize("name", HANDMADE)
def test_handmade(name: str, tmp_path: Path) -> None:
    assert compare(HANDMADE[name](tmp_path / "handmade.xlsx")) > 0


def table(rows: int, mark: str = "", formula: str = "A{row}*2+A{above}", first: int = 2) -> list[str]:
    """Rows of a filled-down table, one text each."""
    return [
        f'<row r="{row}" spans="1:3">{cell(f"A{row}", None, row / 8)}'
        f"{cell(f'B{row}', formula.format(row=row, above=row - 1) + mark, row / 4)}"
        f'<c r="C{row}" s="3"/></row>'
        for row in range(first, first + rows)
    ]


def changed(number: int, old: str, new: str) -> str:
    rows = table(9)
    assert old in rows[number]
    rows[number] = rows[number].replace(old, new)
    return "".join(rows)


ROWS = {
    "as they are": "".join(table(9)),
    "an entity": "".join(table(9, mark="&amp;&quot;x&quot;")),
    "line breaks between them": "\n ".join(table(9)),
    "a comment around one": changed(4, '<row r="6"', '<!-- x --><row r="6"').replace("<!-- x -->", "<!-- ") + " -->",
    "a comment that looks like a row's end": changed(4, "</row>", "</row ><!-- </row>") + "-->",
    "marked data that looks like rows": changed(4, "<v>1.5</v>", "<v>1.5</v><x><![CDATA[</row>") + "]]></x>",
    "another formula": changed(4, "A6*2", "A6*3"),
    "another reference": changed(4, "A5", "A4"),
    "an anchored reference": changed(4, "A5", "A$5"),
    "a longer value": changed(4, "<v>1.5</v>", "<v>1.50000000000000001</v>"),
    "an exponent": changed(4, "<v>1.5</v>", "<v>15E-1</v>"),
    "no value": changed(4, "<v>1.5</v>", "<v></v>"),
    "no value at all": changed(4, "<v>1.5</v>", ""),
    "spaces around a value": changed(4, "<v>1.5</v>", "<v> 1.5 </v>"),
    "another type": changed(4, '<c r="B6">', '<c r="B6" t="str">'),
    "another style": changed(4, 's="3"', 's="4"'),
    "attributes in single quotes": "".join(table(9)).replace('"', "'"),
    "cells without addresses": "".join(re.sub(r'<c r="[A-Z]+[0-9]+"', "<c", row) for row in table(9)),
    "something between the cells": "".join(row.replace("</c><c", "</c><extLst/><c") for row in table(9)),
    "a formula after the cells": "".join(row.replace("</row>", "<c><f>A1</f></c></row>") for row in table(9)),
    "something after the cells": "".join(row.replace("</row>", "<c><v>7</v></c></row>") for row in table(9)),
    "a missing row": "".join(table(4) + table(4, first=8)),
    "a row twice": "".join(table(4) + table(4, first=4)),
    "the last rows there are": "".join(table(4, first=1_048_573)),
    "the first rows, with references above them": "".join(table(4, first=1, formula="A{row}*2")),
    "a column twice": "".join(row.replace('"C', '"B') for row in table(9)),
    "columns out of order": "".join(row.replace('"A', '"D') for row in table(9)),
    "empty formulas": "".join(row.replace("<f>", "<f/><x>").replace("</f>", "</x>") for row in table(9)),
    "formulas of a private alphabet": "".join(table(9, mark='&amp;"\ue000\ue001"')),
    "letters beyond ASCII": "".join(table(9, mark='&amp;"ä∂"')),
    "null characters": changed(4, "<v>1.5</v>", "\0"),
    "rows in rows": "".join(table(3)) + "<row>" + "".join(table(6, first=5)) + "</row>",
    "spread to many rows away": "".join(
        f'<row r="{row}">' + cell(f"A{row}", "+".join(f"B{row + away}" for away in range(40)), row) + "</row>"
        for row in range(1, 9)
    ),
}


def outcome(path: Path) -> object:
    """All that is read from a workbook, or the complaint."""
    try:
        with open_workbook(path) as book:
            sheet = book.read(book.sheet_names[0])
            return list(sheet.cells()), sheet.texts, sheet.templates, sheet.digits
    except SheetgenError as error:
        return str(error)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
@pytest.mark.parametrize("name", ROWS)
def test_repeated_rows_read_as_if_each_were_parsed(
    name: str, encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    xml = f'<?xml version="1.0" encoding="{encoding}"?>{worksheet(ROWS[name])}'
    encoded = xml.encode(encoding, "xmlcharrefreplace")
    path = write_parts(tmp_path / "rows.xlsx", package_parts({"Sheet1": ""}) | {"xl/worksheets/sheet1.xml": encoded})
    quick = outcome(path)
    monkeypatch.setattr(Repeats, "learn", lambda *_: None)
    assert quick == outcome(path)


def count_parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    parsed: list[bytes] = []
    learn = Repeats.learn

    def counted(self: Repeats, text: bytes, row: int | None) -> None:
        parsed.append(text)
        learn(self, text, row)

    monkeypatch.setattr(Repeats, "learn", counted)
    return parsed


def test_a_filled_down_table_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_book(tmp_path / "table.xlsx", "".join(table(5000)))
    parsed = count_parsed(monkeypatch)
    assert len(read(path)) == 10_000
    assert len(parsed) < 30


def test_a_reference_above_the_first_row_is_none(tmp_path: Path) -> None:
    rows = '<row r="5"><c r="A5"><f t="shared" ref="A3:A5" si="0">A1+$B$2</f></c></row>{}'
    path = write_book(tmp_path / "above.xlsx", rows.format('<row r="3"><c r="A3"><f t="shared" si="0"/></c></row>'))
    assert read(path)["Sheet1", 3, 1].formula == "=#REF!+$B$2"


def test_of_a_cell_that_is_there_twice_the_later_one_holds(tmp_path: Path) -> None:
    rows = f'<row r="1">{cell("A1", None, "label", "str")}{cell("B1", None, 1)}{cell("A1", None, 5)}</row>'
    path = write_book(tmp_path / "twice.xlsx", rows)
    with open_workbook(path) as book:
        sheet = book.read("Sheet1")
    assert [(each.address, each.value) for each in sheet.cells()] == [("A1", 5.0), ("B1", 1.0)]
    assert sheet.texts == {}


def test_a_cell_takes_few_bytes(tmp_path: Path) -> None:
    path = write_book(tmp_path / "table.xlsx", "".join(table(20_000)))
    with open_workbook(path) as book:
        columns = book.read("Sheet1").columns.values()
    held = sum(len(each) * each.itemsize for column in columns for each in (column.rows, column.values))
    held += sum(len(each) * each.itemsize for column in columns for each in (column.kinds, column.formulas))
    assert held <= 17 * 40_000


@pytest.mark.parametrize("limit", [100, 9_999])
def test_the_limit_of_cells_holds_for_repeated_rows_too(tmp_path: Path, limit: int) -> None:
    path = write_book(tmp_path / "table.xlsx", "".join(table(5000)))
    with (
        open_workbook(path, Limits(cells=limit)) as book,
        pytest.raises(SheetgenError, match=r"more cells than the limit allows; raise it with --max-cells"),
    ):
        book.read("Sheet1")
