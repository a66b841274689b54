"""Reading a worksheet: XML events become the columns of a `Sheet`."""

from functools import lru_cache
from math import isfinite, isinf, nan
from typing import NamedTuple

from sheetgen.errors import SheetgenError
from sheetgen.spreadsheet.addresses import column_index_from_string, get_column_letter
from sheetgen.spreadsheet.dates import serial_number
from sheetgen.spreadsheet.package import Feed, Limits, Package, check_text
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, MAX_ROW
from sheetgen.spreadsheet.repeated_rows import ROW_END, Repeats, split_rows
from sheetgen.spreadsheet.shared_formulas import Formulas
from sheetgen.spreadsheet.sheet import Column, Kind, Sheet
from sheetgen.spreadsheet.xstring import BLANKS, decoded, decoded_formula

_DIGITS = "0123456789"
_MOST_LETTERS, _MOST_DIGITS, _MOST_INDEX_DIGITS = 3, 7, 16
_MOST_SHOWN = 20
_OVERFLOW = "#NUM!"


class Texts(NamedTuple):
    """What the texts in cells stand for: the workbook's shared strings, and whether dates are counted from 1904."""

    strings: list[str]
    date1904: bool = False


def read_worksheet(package: Package, part: str, name: str, texts: Texts, limits: Limits) -> Sheet:
    """Read a worksheet.

    Args:
        package: the workbook.
        part: the worksheet's part.
        name: the worksheet's name.
        texts: what the texts in its cells stand for.
        limits: the most it may hold.

    Raises:
        SheetgenError: it is damaged or larger than the limits allow.
    """
    sheet = Sheet(name)
    reader = _Reader(package, sheet, texts, limits)
    repeats = Repeats(sheet)
    with package.open(part) as stream, package.feeding(part, reader.start, reader.end, reader.data) as reader.feed:
        for piece in split_rows(stream):
            taken = repeats.take(piece)
            if taken is not None:
                reader.skip_row(taken)
            else:
                reader.feed.take(piece)
                repeats.learn(piece, reader.row if reader.row_end == reader.feed.fed else None)
    repeats.flush()
    reader.finish()
    return sheet


class _Reader:
    """Assembles the XML events of a worksheet into cells, and adds these to a sheet.

    Attributes:
        feed: where the events come from.
        row: the row that was begun last.
        row_end: where in the part it ends.
    """

    feed: Feed

    def __init__(self, package: Package, sheet: Sheet, texts: Texts, limits: Limits) -> None:
        self.row = self.row_end = 0
        self._package = package
        self._sheet = sheet
        self._strings, self._date1904 = texts
        self._formulas = Formulas(package, sheet, limits)
        self._most_texts = limits.distinct
        self._cells_left, self._rows_left = limits.cells, MAX_ROW
        self._row_text = ""
        self._cell_row = self._column = 0
        self._prefix: str | None = None
        self._collect = False
        self._phonetic = 0
        self._text = ""
        self._type: str | None = None
        self._formula: str | None = None
        self._attributes: dict[str, str] = {}
        self._value: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element."""
        if self._prefix is None:
            self._prefix = name[: name.rfind(":") + 1]
        if self._prefix:
            name = name.removeprefix(self._prefix)
        if name == "c":
            self._type = attributes.get("t")
            self._formula = self._value = None
            self._place(attributes.get("r"))
        elif name == "v" or name == "t":
            self._collect, self._text = True, ""
        elif name == "f":
            self._collect, self._text = True, ""
            self._attributes = attributes
        elif name == "row":
            self._begin_row(attributes.get("r", str(self.row + 1)))
        elif name == "rPh":
            self._phonetic += 1

    def data(self, text: str) -> None:
        """Handle a piece of text."""
        if self._collect:
            self._text += text
            check_text(self._package, self._text)

    def end(self, name: str) -> None:
        """Handle the end of an element."""
        if self._prefix:
            name = name.removeprefix(self._prefix)
        self._collect = False
        if name == "v":
            self._value = self._text
        elif name == "f":
            self._formula = decoded_formula(self._text)
        elif name == "c":
            if self._value is not None or self._formula is not None:
                self._add()
        elif name == "t":
            if self._type == "inlineStr" and not self._phonetic:
                self._value = (self._value or "") + decoded(self._text)
        elif name == "row":
            self.row_end = self.feed.position + len(ROW_END)
        elif name == "rPh":
            self._phonetic -= 1

    def skip_row(self, cells: int) -> None:
        """Take note of a row of so many cells that was taken without being parsed."""
        self._begin_row(str(self.row + 1))
        self._count(cells)

    def finish(self) -> None:
        """Put the cells in order and give the members of array formulas a formula of their own."""
        for number, cells in self._sheet.columns.items():
            ordered = cells.ordered()
            if ordered is not cells:
                self._sheet.columns[number] = ordered
                for row, kind in zip(ordered.rows, ordered.kinds, strict=True):
                    if kind not in (Kind.TEXT, Kind.ERROR):  # if a cell is there twice, the later one counts
                        self._sheet.texts.pop((row, number), None)
        self._formulas.spread_arrays()

    def _begin_row(self, text: str) -> None:
        self._row_text = text
        self.row, self._column = _to_whole(text, _MOST_DIGITS) or 0, 0
        self._rows_left -= 1
        if self._rows_left < 0:
            raise self._damaged(f"has more than {MAX_ROW:,} rows")

    def _place(self, reference: str | None) -> None:
        """Find out where a cell is; one without an address is to the right of the previous one."""
        self._cell_row = self.row
        if reference is None:
            self._column += 1
        else:
            letters = reference.rstrip(_DIGITS)
            self._column = _to_column(letters) if len(letters) <= _MOST_LETTERS else 0
            row = reference[len(letters) :]
            if row != self._row_text:
                self._cell_row = _to_whole(row, _MOST_DIGITS) or 0
        if not (0 < self._cell_row <= MAX_ROW and 0 < self._column <= MAX_COLUMN):
            raise self._damaged(f"has a cell {(reference or '')[:_MOST_SHOWN]!r}")

    def _add(self) -> None:
        """Add the cell that has just ended."""
        self._count(1)
        row, column, kind, text, formula = self._cell_row, self._column, self._type, self._value, -1
        if text and kind not in ("str", "inlineStr"):
            text = text.strip(BLANKS)
        if self._formula is not None:
            formula = self._formulas.number(self._formula, self._attributes, row, column)
        cells = self._sheet.columns.get(column)
        if cells is None:
            cells = self._sheet.columns[column] = Column()
        if not text and (text is None or kind not in ("str", "inlineStr")):
            cells.add(row, nan, Kind.EMPTY, formula)
        elif kind is None or kind == "n":
            self._add_number(cells, row, text, formula)
        elif kind == "d":
            cells.add(row, self._to_date(text), Kind.NUMBER, formula)
        elif kind == "b":
            cells.add(row, float(text in ("1", "true")), Kind.BOOLEAN, formula)
        else:
            self._sheet.texts[row, column] = self._shared_text(text) if kind == "s" else self._own_text(text)
            if len(self._sheet.texts) > self._most_texts:
                raise self._too_large("has more texts than the limit allows")
            cells.add(row, nan, Kind.ERROR if kind == "e" else Kind.TEXT, formula)

    def _add_number(self, cells: Column, row: int, text: str, formula: int) -> None:
        try:
            number = float(text)
        except ValueError:
            number = nan
        if isfinite(number) and "_" not in text and text.isascii():
            cells.add(row, number, Kind.NUMBER, formula)
        elif isinf(number) and text[-1] in _DIGITS:  # a program with wider numbers than Excel's
            self._sheet.texts[row, self._column] = _OVERFLOW
            self._sheet.oversized.add((row, self._column))
            cells.add(row, nan, Kind.ERROR, formula)
        else:
            raise self._misplaced(text, "a number")

    def _count(self, cells: int) -> None:
        """Count cells against the limit."""
        self._cells_left -= cells
        if self._cells_left < 0:
            raise self._too_large("has more cells than the limit allows")

    def _to_date(self, text: str) -> float:
        number = serial_number(text, date1904=self._date1904)
        if number is None:
            raise self._misplaced(text, "a date")
        return number

    def _own_text(self, text: str) -> str:
        return decoded(text) if self._type == "str" else text

    def _shared_text(self, text: str) -> str:
        position = _to_whole(text, _MOST_INDEX_DIGITS)
        if position is None or position >= len(self._strings):
            raise self._damaged("refers to a text that is not there")
        return self._strings[position]

    def _misplaced(self, text: str, belongs: str) -> SheetgenError:
        place = f"cell {get_column_letter(self._column)}{self._cell_row} of sheet {self._sheet.name}"
        return self._package.damaged(f"{place} holds {text[:_MOST_SHOWN]!r} where {belongs} belongs")

    def _damaged(self, what: str) -> SheetgenError:
        return self._package.damaged(f"sheet {self._sheet.name} {what}")

    def _too_large(self, what: str) -> SheetgenError:
        return self._package.too_large(f"sheet {self._sheet.name} {what}")


def _to_whole(text: str, most_digits: int) -> int | None:
    return int(text) if len(text) <= most_digits and text.isascii() and text.isdigit() else None


@lru_cache(maxsize=MAX_COLUMN)
def _to_column(letters: str) -> int:
    try:
        return column_index_from_string(letters)
    except ValueError:
        return 0
