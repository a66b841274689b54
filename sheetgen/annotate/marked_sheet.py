"""One worksheet: its wrong cells get marked formats, and the sheet gets a drawing for its notes."""

import re
from collections.abc import Callable

from openpyxl.worksheet.cell_range import CellRange

from sheetgen.annotate.comment_shapes import Grid
from sheetgen.annotate.marks import Mark, Marks
from sheetgen.annotate.styles import Styles
from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.package import Package
from sheetgen.spreadsheet.relative_formula import MAX_COLUMN, MAX_ROW
from sheetgen.spreadsheet.sheet_editor import SheetEditor, XmlCell
from sheetgen.spreadsheet.xml_edit import opened, with_attributes

# The elements that may follow the drawing of the notes; all others precede it.
_AFTER_DRAWING = re.compile(
    "legacyDrawingHF|drawingHF|picture|oleObjects|controls|webPublishItems|tableParts|extLst|AlternateContent"
)
# The elements between the rows and the conditional formats; all others follow these.
_BEFORE_FORMATS = re.compile(
    "sheetCalcPr|sheetProtection|protectedRanges|scenarios|autoFilter|sortState|dataConsolidate|customSheetViews"
    "|mergeCells|phoneticPr"
)
_WIDEST, _HIGHEST = 255.0, 409.0
_PIXELS_PER_LETTER, _PIXELS_PER_POINT = 7, 4 / 3
_SHEET, _CHILD = 1, 2
_TRUE = ("1", "true")


class SheetMarker(SheetEditor):
    """Copies a worksheet with its wrong cells marked.

    Attributes:
        drawing: the relationship id of the drawing for notes; None if there is none.
        grid: the sizes of the cells.
    """

    def __init__(
        self,
        package: Package,
        part: str,
        marks: Marks,
        styles: Styles,
        new_drawing: Callable[[], tuple[str, str]] | None,
        over_formats: str = "",
    ) -> None:
        """Prepare to mark a worksheet.

        Args:
            package: the workbook.
            part: the worksheet's part.
            marks: the marks of its cells.
            styles: creates the formats of marked cells.
            new_drawing: creates a drawing for notes and returns its relationship's namespace and id; called only if
                the sheet has no drawing. None if no drawing is needed.
            over_formats: conditional formats that come before the sheet's own, so that these do not hide the marks;
                each `{p}` in it stands for the prefix of an element.
        """
        super().__init__(package, part)
        self.drawing: str | None = None
        self.grid: Grid = Grid()
        self._marks, self._styles, self._new_drawing = marks, styles, new_drawing
        self._over_formats = over_formats
        self._new_rules = over_formats.count("cfRule ")
        self._data_ended = False
        self._done = self._last_column = 0
        self._column_styles: dict[int, int] = {}
        self._row_marks: dict[int, Mark] = {}
        self._row_attributes: dict[str, str] = {}
        self._cells: list[tuple[int, int]] = []
        self._others = {
            "dimension": self._start_dimension,
            "sheetView": self._start_view,
            "sheetFormatPr": self._start_format,
            "col": self._start_column,
            "sheetData": self._start_data,
        }

    def start_other(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element outside the rows."""
        local = name.rpartition(":")[2]
        if local == "cfRule" and self._new_rules and "priority" in attributes:
            later = int(attributes["priority"]) + self._new_rules
            self._replace(with_attributes(self.tag(self.position), priority=str(later)))
        if self.depth == _CHILD and self._data_ended and not _BEFORE_FORMATS.fullmatch(local):
            self._add_formats()
        if self.depth == _CHILD and local == "legacyDrawing":
            self.drawing = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), None)
        elif self.depth == _CHILD and _AFTER_DRAWING.fullmatch(local) and self._data_ended:
            self._add_drawing()
        elif name == self.prefix + local and local in self._others:
            self._others[local](attributes)

    def end_other(self, name: str) -> None:
        """Insert what belongs at the end of the rows, and of the sheet."""
        if name == f"{self.prefix}sheetData":
            self._insert(self._new_rows(MAX_ROW + 1))
            self._data_ended = True
        elif self.depth == _SHEET:
            self._add_formats()
            self._add_drawing()

    def start_row(self, attributes: dict[str, str]) -> None:
        """Insert the missing marked rows that precede a row, and look up what to mark in it."""
        self._insert(self._new_rows(self.row))
        self._done = max(self._done, self.row)
        self._row_marks = self._marks.at(self.row)
        if self._row_marks:
            self.held = self.position
            self._row_attributes = attributes
            self._cells = []

    def end_cell(self, cell: XmlCell) -> None:
        """Mark a cell."""
        if self._row_marks:
            self._cells.append((cell.column, cell.start))
        mark = self._row_marks.get(cell.column)
        if mark is not None:
            self.change_attributes(cell, s=str(self._styles.marked(int(cell.attributes.get("s", "0")), mark)))

    def end_row(self) -> None:
        """Insert the marked cells that the row lacks."""
        missing = sorted(self._row_marks.keys() - {column for column, _ in self._cells})
        if missing and self.held is not None:
            own = self.tag(self.held)
            tag = self._with_spans(own, missing)
            formatted = self._row_attributes.get("customFormat") in _TRUE
            style = int(self._row_attributes.get("s", "0")) if formatted else 0
            cells = [(column, self._new_cell(self.row, column, style)) for column in missing]
            if own.endswith(b"/>"):
                tag = opened(tag) + b"".join(cell for _, cell in cells) + f"</{self.prefix}row>".encode()
                cells = []
            for column, cell in cells:
                place = next((place for other, place in self._cells if other > column), self.position)
                self.change(place, place, cell)
            self.change(self.held, self.held + len(own), tag)
        self._row_marks = {}
        self.held = None

    def _start_dimension(self, attributes: dict[str, str]) -> None:
        """Extend the stated dimension of the sheet to include the marked cells."""
        try:
            stated = CellRange(attributes.get("ref", ""))
        except (TypeError, ValueError):
            return
        extent = stated | self._marks.bounds
        if extent != stated:
            self._replace(with_attributes(self.tag(self.position), ref=extent.coord))

    def _start_view(self, attributes: dict[str, str]) -> None:
        """Leave the selection to the sheet of findings: two selected sheets would be edited as one."""
        if "tabSelected" in attributes:
            self._replace(with_attributes(self.tag(self.position), tabSelected=None))

    def _start_format(self, attributes: dict[str, str]) -> None:
        width, height = attributes.get("defaultColWidth"), attributes.get("defaultRowHeight")
        if width:
            self.grid.column = _pixels(width)
        if height:
            self.grid.row = max(int(min(float(height), _HIGHEST) * _PIXELS_PER_POINT), 1)

    def _start_column(self, attributes: dict[str, str]) -> None:
        """Keep the widths and formats of columns, which come in ascending order."""
        first, last = int(attributes.get("min", "1")), min(int(attributes.get("max", "1")), MAX_COLUMN)
        hidden = attributes.get("hidden") in _TRUE
        for column in range(max(first, self._last_column + 1), last + 1):
            if hidden or "width" in attributes:
                self.grid.columns[column - 1] = 0 if hidden else _pixels(attributes["width"])
            self._column_styles[column] = int(attributes.get("style", "0"))
            self._last_column = column

    def _start_data(self, _: dict[str, str]) -> None:
        """Insert all marked rows if the sheet has no rows."""
        tag = self.tag(self.position)
        if tag.endswith(b"/>"):
            self._replace(opened(tag) + self._new_rows(MAX_ROW + 1) + f"</{self.prefix}sheetData>".encode())

    def _with_spans(self, tag: bytes, columns: list[int]) -> bytes:
        """Return the row's tag with its `spans`, a hint at the first and last column, widened to more columns."""
        known = list(map(int, re.findall("[0-9]+", self._row_attributes.get("spans", ""))))
        return with_attributes(tag, spans=f"{min(known + columns)}:{max(known + columns)}") if known else tag

    def _new_rows(self, before: int) -> bytes:
        """Write the marked rows that the sheet lacks before a row that it has."""
        p = self.prefix.encode()
        rows = []
        for row, marks in self._marks.between(self._done, before):
            cells = b"".join(self._new_cell(row, column, 0) for column in sorted(marks))
            rows.append(b'<%brow r="%d">%b</%brow>' % (p, row, cells, p))
            self._done = row
        return b"".join(rows)

    def _new_cell(self, row: int, column: int, row_style: int) -> bytes:
        base = row_style or self._column_styles.get(column, 0)
        number = self._styles.marked(base, self._marks.at(row)[column])
        return f'<{self.prefix}c r="{get_column_letter(column)}{row}" s="{number}"/>'.encode()

    def _insert(self, text: bytes) -> None:
        """Insert text before the tag that the parser is at."""
        if text:
            self.change(self.position, self.position, text)

    def _replace(self, text: bytes) -> None:
        """Replace the tag that the parser is at."""
        self.change(self.position, self.position + len(self.tag(self.position)), text)

    def _add_formats(self) -> None:
        self._insert(self._over_formats.format(p=self.prefix).encode())
        self._over_formats = ""

    def _add_drawing(self) -> None:
        if self.drawing is None and self._new_drawing is not None:
            namespace, self.drawing = self._new_drawing()
            self._insert(f'<{self.prefix}legacyDrawing xmlns:r="{namespace}" r:id="{self.drawing}"/>'.encode())


def _pixels(width: str) -> int:
    return max(int(min(float(width), _WIDEST) * _PIXELS_PER_LETTER + 5), 1)
