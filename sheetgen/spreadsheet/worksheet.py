"""Reading a worksheet: its XML events become the columns of a `Sheet`."""

from functools import lru_cache
from math import isfinite, nan

from openpyxl.utils.cell import column_index_from_string, get_column_letter

from sheetgen.spreadsheet.package import Feed, Limits, Package, check_text
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, MAX_ROW
from sheetgen.spreadsheet.repeated_rows import ROW_END, Repeats, split_rows
from sheetgen.spreadsheet.shared_formulas import Formulas
from sheetgen.spreadsheet.sheet import Column, Kind, Sheet

_DIGITS = "0123456789"
_MOST_DIGITS, _MOST_LETTERS = 7, 3
_MOST_INDEX_DIGITS = 16
_MOST_SHOWN = 20


def read_worksheet(package: Package, part: str, name: str, strings: list[str], limits: Limits) -> Sheet:
    """Read a worksheet.

    Args:
        package: the workbook.
        part: the worksheet's part.
        name: the worksheet's name.
        strings: the workbook's shared strings.
        limits: what it may cost.

    Raises:
        SheetgenError: it is damaged or larger than the limits allow.
    """
    sheet = Sheet(name)
    cells = _Cells(package, sheet, strings, limits)
    repeats = Repeats(sheet)
    events = _Events(package, cells)
    with package.open(part) as stream, package.feeding(part, events.start, events.end, events.data) as events.feed:
        for piece in split_rows(stream):
            taken = repeats.take(piece)
            if taken is not None:
                events.skip_row()
                cells.count(taken)
            else:
                events.feed.take(piece)
                repeats.learn(piece, events.row if events.row_end == events.feed.fed else None)
    repeats.flush()
    cells.finish()
    return sheet


class _Events:
    """Puts the XML events of a worksheet together to cells.

    Attributes:
        row: the row that was begun last.
        row_end: where in the part it ends.
    """

    feed: Feed

    def __init__(self, package: Package, cells: "_Cells") -> None:
        self.row = self.row_end = 0
        self._package = package
        self._cells = cells
        self._rows = self._cell_row = self._column = 0
        self._row_text = ""
        self._prefix: str | None = None
        self._collect = False
        self._phonetic = 0
        self._text = ""
        self._type: str | None = None
        self._formula: str | None = None
        self._attributes: dict[str, str] = {}
        self._value: str | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
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
            self._row_text = attributes.get("r", str(self.row + 1))
            self.row, self._column = _to_row(self._row_text), 0
            self._count_row()
        elif name == "rPh":
            self._phonetic += 1

    def data(self, text: str) -> None:
        """Take a piece of text."""
        if self._collect and self._text:
            self._text += text
            check_text(self._package, self._text)
        elif self._collect:
            self._text = text

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if self._prefix:
            name = name.removeprefix(self._prefix)
        self._collect = False
        if name == "v":
            self._value = self._text
        elif name == "f":
            self._formula = self._text
        elif name == "c":
            if self._value is not None or self._formula is not None:
                formula = -1 if self._formula is None else self._number(self._formula)
                self._cells.add(self._cell_row, self._column, formula, self._type, self._value)
        elif name == "t":
            if self._type == "inlineStr" and not self._phonetic:
                self._value = (self._value or "") + self._text
        elif name == "row":
            self.row_end = self.feed.position + len(ROW_END)
        elif name == "rPh":
            self._phonetic -= 1

    def _number(self, formula: str) -> int:
        return self._cells.formulas.number(formula, self._attributes, self._cell_row, self._column)

    def skip_row(self) -> None:
        """Know of a row that was taken without being parsed."""
        self.row += 1
        self._row_text = str(self.row)
        self._count_row()

    def _count_row(self) -> None:
        self._rows += 1
        if self._rows > MAX_ROW:
            raise self._package.damaged(f"sheet {self._cells.sheet.name} has more than {MAX_ROW:,} rows")

    def _place(self, reference: str | None) -> None:
        """Find out where a cell is; one without an address is beside the one before."""
        self._cell_row = self.row
        if reference is None:
            self._column += 1
        else:
            letters = reference.rstrip(_DIGITS)
            self._column = _to_column(letters) if len(letters) <= _MOST_LETTERS else 0
            row = reference[len(letters) :]
            if row != self._row_text:
                self._cell_row = _to_row(row)
        if not (0 < self._cell_row <= MAX_ROW and 0 < self._column <= MAX_COLUMN):
            name = self._cells.sheet.name
            raise self._package.damaged(f"sheet {name} has a cell {(reference or '')[:_MOST_SHOWN]!r}")


class _Cells:
    """Adds cells to a sheet.

    Attributes:
        sheet: the sheet.
        formulas: its formulas.
    """

    def __init__(self, package: Package, sheet: Sheet, strings: list[str], limits: Limits) -> None:
        self.sheet = sheet
        self.formulas = Formulas(package, sheet, limits)
        self._package = package
        self._strings = strings
        self._left = limits.cells
        self._most_texts = limits.distinct

    def count(self, number: int) -> None:
        """Count cells against the limit."""
        self._left -= number
        if self._left < 0:
            raise self._package.too_large(f"sheet {self.sheet.name} has more cells than the limit allows")

    def add(self, row: int, column: int, formula: int, kind: str | None, text: str | None) -> None:
        """Add a cell, given the number of its formula or -1, and its type and value as the file has them."""
        self.count(1)
        cells = self.sheet.columns.get(column)
        if cells is None:
            cells = self.sheet.columns[column] = Column()
        if not text and (text is None or kind not in ("str", "inlineStr")):
            cells.add(row, nan, Kind.EMPTY, formula)
        elif kind is None or kind == "n":
            cells.add(row, self._to_number(text, row, column), Kind.NUMBER, formula)
        elif kind == "b":
            cells.add(row, float(text in ("1", "true")), Kind.BOOLEAN, formula)
        else:
            self._add_text(row, column, text if kind != "s" else self._shared_text(text))
            cells.add(row, nan, Kind.ERROR if kind == "e" else Kind.TEXT, formula)

    def finish(self) -> None:
        """Put the cells in order and give the members of array formulas a formula of their own."""
        for number, cells in self.sheet.columns.items():
            ordered = cells.ordered()
            if ordered is not cells:
                self.sheet.columns[number] = ordered
                for row, kind in zip(ordered.rows, ordered.kinds, strict=True):
                    if kind not in (Kind.TEXT, Kind.ERROR):  # of a cell that is there twice, the later one holds
                        self.sheet.texts.pop((row, number), None)
        self.formulas.spread_arrays()

    def _to_number(self, text: str, row: int, column: int) -> float:
        try:
            number = float(text)
        except ValueError:
            number = nan
        if not isfinite(number) or "_" in text or not text.isascii():
            place = f"cell {get_column_letter(column)}{row} of sheet {self.sheet.name}"
            raise self._package.damaged(f"{place} holds {text[:_MOST_SHOWN]!r} where a number belongs")
        return number

    def _shared_text(self, text: str) -> str:
        position = int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_INDEX_DIGITS else -1
        if not 0 <= position < len(self._strings):
            raise self._package.damaged(f"sheet {self.sheet.name} refers to a text that is not there")
        return self._strings[position]

    def _add_text(self, row: int, column: int, text: str) -> None:
        self.sheet.texts[row, column] = text
        if len(self.sheet.texts) > self._most_texts:
            raise self._package.too_large(f"sheet {self.sheet.name} has more texts than the limit allows")


def _to_row(text: str) -> int:
    return int(text) if len(text) <= _MOST_DIGITS and text.isascii() and text.isdigit() else 0


@lru_cache(maxsize=MAX_COLUMN)
def _to_column(letters: str) -> int:
    try:
        return column_index_from_string(letters)
    except ValueError:
        return 0
