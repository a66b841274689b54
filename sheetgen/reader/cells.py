"""Cells of a workbook: formula and cached value of each, column by column, in a few bytes per cell."""

import posixpath
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from openpyxl.formula.translate import Translator
from openpyxl.utils.cell import column_index_from_string, get_column_letter, range_boundaries

from sheetgen.errors import SheetgenError
from sheetgen.reader.package import Element, Limits, Package, check_text, open_package
from sheetgen.reader.templates import Template, make_template

MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
_RELATIONSHIP = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORKSHEET = "/worksheet"
_FULL_DIGITS = 17


class Kind(IntEnum):
    """What a cell's value is."""

    EMPTY = 0
    NUMBER = 1
    TEXT = 2
    BOOLEAN = 3
    ERROR = 4


class Cell(NamedTuple):
    """One cell.

    Attributes:
        row: counted from 1.
        column: counted from 1.
        formula: with its `=`, or None.
        kind: what the value is; EMPTY for a formula without cached value.
        value: the cached or typed value; an error as its text, `#DIV/0!`.
    """

    row: int
    column: int
    formula: str | None
    kind: Kind
    value: float | str | bool | None

    @property
    def address(self) -> str:
        """The cell's address, `B3`."""
        return f"{get_column_letter(self.column)}{self.row}"


class ExcelTable(NamedTuple):
    """An Excel table: its name, its first and last row and column with the header, and its columns' names."""

    name: str
    first_row: int
    last_row: int
    first_column: int
    columns: tuple[str, ...]


@dataclass(slots=True)
class Column:
    """The cells of one column that hold something, in parallel arrays, by ascending row.

    Attributes:
        rows: their rows, counted from 1.
        values: numbers as they are; booleans as 0 and 1; nan for texts, errors and what is empty.
        kinds: a `Kind` each.
        formulas: the position of each cell's formula in its sheet's templates; -1 where there is none.
    """

    rows: "array[int]" = field(default_factory=lambda: array("i"))
    values: "array[float]" = field(default_factory=lambda: array("d"))
    kinds: "array[int]" = field(default_factory=lambda: array("b"))
    formulas: "array[int]" = field(default_factory=lambda: array("i"))

    def find(self, row: int) -> int | None:
        """Return the position of a row's cell, or None where the row has none."""
        position = bisect_left(self.rows, row)
        return position if position < len(self.rows) and self.rows[position] == row else None


@dataclass
class Sheet:
    """One worksheet.

    Attributes:
        name: its name.
        columns: by number, from 1.
        texts: texts and errors by (row, column).
        templates: every distinct formula of the sheet.
        tables: its Excel tables.
        digits: the most significant digits that any cached number of a formula is written with; 17 is all there are.
    """

    name: str
    columns: dict[int, Column] = field(default_factory=dict)
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    templates: list[Template] = field(default_factory=list)
    tables: list[ExcelTable] = field(default_factory=list)
    digits: int = 0

    def cell(self, row: int, column: int) -> Cell | None:
        """Return a cell, or None where it is empty."""
        if column not in self.columns:
            return None
        position = self.columns[column].find(row)
        return None if position is None else self._at(column, position)

    def cells(self) -> Iterator[Cell]:
        """Go through all cells, column by column."""
        for column in sorted(self.columns):
            for position in range(len(self.columns[column].rows)):
                yield self._at(column, position)

    def _at(self, column: int, position: int) -> Cell:
        cells = self.columns[column]
        row, kind, template = cells.rows[position], Kind(cells.kinds[position]), cells.formulas[position]
        value: float | str | bool | None = None
        if kind in (Kind.TEXT, Kind.ERROR):
            value = self.texts[row, column]
        elif kind is not Kind.EMPTY:
            value = cells.values[position] if kind is Kind.NUMBER else bool(cells.values[position])
        formula = None if template < 0 else "=" + self.templates[template].at(row)
        return Cell(row, column, formula, kind, value)


class Workbook:
    """An open workbook, whose sheets are read when they are asked for.

    Attributes:
        path: the file.
        sheet_names: its worksheets, in order.
        names: its defined names and what they stand for; a sheet's own names as `Sheet!name`.
    """

    def __init__(self, package: Package, limits: Limits) -> None:
        self.path = package.path
        self._package = package
        self._limits = limits
        self._parts, self.names = _read_index(package)
        self.sheet_names = tuple(self._parts)
        self._strings: list[str] | None = None

    def size(self, name: str) -> int:
        """Return how many bytes a worksheet has, unpacked; a measure of the work it is."""
        return self._package.size(self._parts[name])

    def read(self, name: str) -> Sheet:
        """Read a worksheet.

        Raises:
            SheetgenError: it is damaged or larger than the limits allow.
        """
        if self._strings is None:
            self._strings = _read_strings(self._package)
        reader = _SheetReader(self._package, name, self._strings, self._limits.cells)
        self._package.parse(self._parts[name], reader.start, reader.end, reader.data)
        reader.finish()
        reader.sheet.tables = self.tables(name)
        return reader.sheet

    def tables(self, name: str) -> list[ExcelTable]:
        """Return the Excel tables of a worksheet."""
        return _read_tables(self._package, self._parts[name])


@contextmanager
def open_workbook(path: str | Path, limits: Limits | None = None) -> Iterator[Workbook]:
    """Open a workbook for reading.

    Raises:
        SheetgenError: it cannot be read, or is larger than the limits allow.
    """
    chosen = limits or Limits()
    with open_package(path, chosen) as package:
        yield Workbook(package, chosen)


def _read_index(package: Package) -> tuple[dict[str, str], dict[str, str]]:
    """Find the worksheets' parts and the defined names."""
    root = next(
        (target for kind, target in _relationships(package, "").values() if kind.endswith("/officeDocument")), ""
    )
    targets = _relationships(package, root)
    elements = package.elements(root)
    sheets = [element.attributes for element in elements if element.name == "sheet"]
    parts: dict[str, str] = {}
    for attributes in sheets:
        kind, target = targets.get(_attribute(attributes, "id"), ("", ""))
        if kind.endswith(_WORKSHEET):
            parts[attributes.get("name", "")] = target
    if not parts:
        raise package.damaged("it has no worksheets")
    return parts, dict(_defined_names(elements, [attributes.get("name", "") for attributes in sheets]))


def _defined_names(elements: list[Element], sheets: list[str]) -> Iterator[tuple[str, str]]:
    for element in elements:
        if element.name == "definedName":
            name, scope = element.attributes.get("name", ""), element.attributes.get("localSheetId", "")
            own = scope.isdecimal() and int(scope) < len(sheets)
            yield f"{sheets[int(scope)]}!{name}" if own else name, element.text


def _attribute(attributes: dict[str, str], name: str) -> str:
    """Return an attribute whatever prefix it carries."""
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name and ":" in key), "")


def _relationships(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Return what a part refers to: under the relationship's id, its type and target."""
    folder, name = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    if rels not in package.parts:
        return {}
    found = {}
    for element in package.elements(rels):
        if element.name == "Relationship" and element.attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, element.attributes.get("Target", ""))).lstrip("/")
            found[element.attributes.get("Id", "")] = (element.attributes.get("Type", ""), target)
    return found


def _read_tables(package: Package, part: str) -> list[ExcelTable]:
    tables = []
    for kind, target in _relationships(package, part).values():
        if not kind.endswith("/table"):
            continue
        elements = package.elements(target)
        attributes = next((element.attributes for element in elements if element.name == "table"), {})
        try:
            bounds = range_boundaries(attributes.get("ref", ""))
        except ValueError as error:
            raise package.damaged(f"the range of the table in {target} is none") from error
        columns = tuple(e.attributes.get("name", "") for e in elements if e.name == "tableColumn")
        name = attributes.get("displayName", attributes.get("name", ""))
        tables.append(ExcelTable(name, bounds[1] or 1, bounds[3] or 1, bounds[0] or 1, columns))
    return tables


def _read_strings(package: Package) -> list[str]:
    """Read the shared strings."""
    part = next((name for name in package.parts if name.lower().endswith("sharedstrings.xml")), None)
    if part is None:
        return []
    strings: list[str] = []
    texts: list[str] = []
    depth = {"phonetic": 0}
    wanted = False

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal wanted
        local = name.rpartition(":")[2]
        if local == "si":
            texts.clear()
        depth["phonetic"] += local == "rPh"
        wanted = local == "t" and not depth["phonetic"]

    def end(name: str) -> None:
        nonlocal wanted
        local = name.rpartition(":")[2]
        wanted = False
        depth["phonetic"] -= local == "rPh"
        if local == "si":
            strings.append("".join(texts))

    def data(text: str) -> None:
        if wanted:
            texts.append(text)

    package.parse(part, start, end, data)
    return strings


class _Master(NamedTuple):
    """The cell that holds the text of a shared formula."""

    template: int
    row: int
    column: int


class _SheetReader:
    """Takes a worksheet's XML events and fills a `Sheet`."""

    def __init__(self, package: Package, name: str, strings: list[str], most: int) -> None:
        self.sheet = Sheet(name)
        self._package = package
        self._strings = strings
        self._left = most
        self._prefix: str | None = None
        self._numbers: dict[Template, int] = {}
        self._last: dict[int, int] = {}
        self._shared: dict[str, _Master] = {}
        self._arrays: list[tuple[str, str]] = []
        self._row = self._column = self._longest = 0
        self._collect = False
        self._text = ""
        self._type: str | None = None
        self._formula: str | None = None
        self._formula_attributes: dict[str, str] = {}
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
        elif name in ("f", "v", "t"):
            self._collect = True
            self._text = ""
            if name == "f":
                self._formula_attributes = attributes
        elif name == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = 0

    def data(self, text: str) -> None:
        """Take a piece of text."""
        if self._collect:
            self._text += text
            check_text(self._package, self._text)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if self._prefix:
            name = name.removeprefix(self._prefix)
        if name == "v":
            self._value = self._text
        elif name == "f":
            self._formula = self._text
        elif name == "c":
            if self._value is not None or self._formula is not None:
                self._take()
        elif name == "t" and self._type == "inlineStr":
            self._value = (self._value or "") + self._text
        self._collect = False

    def finish(self) -> None:
        """Put the cells in order and give the members of array formulas a formula of their own."""
        for number, column in self.sheet.columns.items():
            if any(after <= before for before, after in zip(column.rows, column.rows[1:], strict=False)):
                self.sheet.columns[number] = self._ordered(column)
        for reference, formula in self._arrays:
            self._spread(reference, formula)

    def _place(self, reference: str | None) -> None:
        if reference is None:
            self._column += 1
        else:
            letters = reference.rstrip("0123456789")
            self._column = _column_number(letters)
            row = reference[len(letters) :]
            if row != str(self._row):
                self._row = int(row or 0)
        if not (0 < self._row <= MAX_ROW and 0 < self._column <= MAX_COLUMN):
            raise self._package.damaged(f"sheet {self.sheet.name} has a cell {(reference or '')[:20]!r}")

    def _take(self) -> None:
        """Keep the cell that has just ended."""
        self._left -= 1
        if self._left < 0:
            what = f"sheet {self.sheet.name} has more cells than the limit allows"
            raise SheetgenError(str(self._package.path), what, "raise it with --max-cells if you trust the file")
        column = self.sheet.columns.get(self._column)
        if column is None:
            column = self.sheet.columns[self._column] = Column()
        template = -1 if self._formula is None else self._template(self._formula)
        kind, number = Kind.EMPTY, float("nan")
        if self._value is not None and (self._value or self._type in ("str", "inlineStr")):
            kind, number = self._read_value(self._value, live=template >= 0)
        column.rows.append(self._row)
        column.values.append(number)
        column.kinds.append(kind)
        column.formulas.append(template)

    def _read_value(self, text: str, *, live: bool) -> tuple[Kind, float]:
        kind = self._type
        if kind is None or kind == "n":
            if live and len(text) > self._longest:
                self._longest = len(text)
                self.sheet.digits = max(self.sheet.digits, _significant_digits(text))
            return Kind.NUMBER, float(text)
        if kind == "b":
            return Kind.BOOLEAN, float(text == "1")
        if kind == "s":
            position = int(text)
            if not 0 <= position < len(self._strings):
                raise self._package.damaged(f"sheet {self.sheet.name} refers to a text that is not there")
            text = self._strings[position]
        self.sheet.texts[self._row, self._column] = text
        return (Kind.ERROR if kind == "e" else Kind.TEXT), float("nan")

    def _template(self, formula: str) -> int:
        """Return the number of the formula's template; most formulas continue the one above."""
        attributes = self._formula_attributes
        if attributes:
            kind = attributes.get("t")
            if kind == "shared":
                return self._shared_template(formula, attributes.get("si", ""))
            if kind in ("array", "dataTable"):
                self._arrays.append((attributes.get("ref", ""), formula))
        last = self._last.get(self._column)
        if last is not None and self.sheet.templates[last].at(self._row) == formula:
            return last
        number = self._number(make_template(formula, self._row))
        self._last[self._column] = number
        return number

    def _shared_template(self, formula: str, group: str) -> int:
        if formula:
            number = self._number(make_template(formula, self._row))
            self._shared[group] = _Master(number, self._row, self._column)
            return number
        master = self._shared.get(group)
        if master is None:
            raise self._package.damaged(f"sheet {self.sheet.name} shares a formula that is not there")
        if master.column == self._column:
            return master.template
        text = "=" + self.sheet.templates[master.template].at(self._row)
        origin = f"{get_column_letter(master.column)}{self._row}"
        moved = Translator(text, origin=origin).translate_formula(f"{get_column_letter(self._column)}{self._row}")
        return self._number(make_template(moved[1:], self._row))

    def _number(self, template: Template) -> int:
        number = self._numbers.setdefault(template, len(self.sheet.templates))
        if number == len(self.sheet.templates):
            self.sheet.templates.append(template)
        return number

    def _ordered(self, column: Column) -> Column:
        """Sort the cells by row; of a cell that is there twice, the later one holds."""
        latest = {row: position for position, row in enumerate(column.rows)}
        ordered = Column()
        for row in sorted(latest):
            position = latest[row]
            ordered.rows.append(row)
            ordered.values.append(column.values[position])
            ordered.kinds.append(column.kinds[position])
            ordered.formulas.append(column.formulas[position])
        return ordered

    def _spread(self, reference: str, formula: str) -> None:
        """Give every cell of an array formula the formula of its own element."""
        try:
            left, top, right, bottom = (bound or 1 for bound in range_boundaries(reference))
        except ValueError:
            return
        if (left, top) == (right, bottom) or not formula:
            return
        for number in sorted(set(self.sheet.columns) & set(range(left, right + 1))):
            column = self.sheet.columns[number]
            for position in range(bisect_left(column.rows, top), bisect_left(column.rows, bottom + 1)):
                row = column.rows[position]
                text = f"INDEX({formula},{row - top + 1},{number - left + 1})"
                column.formulas[position] = self._number(make_template(text, row))


@lru_cache(maxsize=MAX_COLUMN)
def _column_number(letters: str) -> int:
    try:
        return column_index_from_string(letters)
    except ValueError:
        return 0


def _significant_digits(text: str) -> int:
    """Count the digits a number is written with: 10 in -0.04245525009, 17 where a program kept all of them."""
    mantissa = text.lower().partition("e")[0].lstrip("+-").replace(".", "").lstrip("0")
    return min(len(mantissa), _FULL_DIGITS)
