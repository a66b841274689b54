"""One worksheet: its wrong cells get the formats of their marks, and it gets a drawing for the notes."""

import re
from typing import IO, TYPE_CHECKING

from openpyxl.utils.cell import column_index_from_string, get_column_letter, range_boundaries

from sheetgen.annotate.colours import Area, Mark, Marks
from sheetgen.annotate.comment_shapes import Grid
from sheetgen.annotate.styles import Styles
from sheetgen.spreadsheet.package import Package
from sheetgen.spreadsheet.xml_edit import Splicer, opened, prefix_of, with_attributes

if TYPE_CHECKING:
    from collections.abc import Callable

_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
# What may come after the drawing of the notes; all else comes before it.
_AFTER_DRAWING = {
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
    "AlternateContent",
}
_DIGITS = "0123456789"
_SPANS = re.compile(rb"""\sspans\s*=\s*["']([0-9: ]*)["']""")
_WIDEST, _HIGHEST = 255.0, 409.0
_PIXELS_PER_LETTER, _PIXELS_PER_POINT = 7, 4 / 3
_SHEET, _CHILD, _ROW, _CELL = 1, 2, 3, 4


class SheetMarker(Splicer):
    """Copies a worksheet with its wrong cells marked.

    Attributes:
        new_drawing: makes a drawing for notes and returns its relationship's namespace and id; it is called where the
            sheet has none. None where none is needed.
        drawing: the relationship's id of the drawing for notes; None where there is none.
        grid: the sizes of the cells.
    """

    def __init__(
        self, package: Package, part: str, source: IO[bytes], target: IO[bytes], marks: Marks, styles: Styles
    ) -> None:
        super().__init__(package, part, source, target)
        self.drawing: str | None = None
        self.grid: Grid = Grid({}, 64, 20)
        self.new_drawing: Callable[[], tuple[str, str]] | None = None
        self._marks, self._styles = marks, styles
        self._prefix = ""
        self._data_ended = False
        self._depth = self._row = self._done = self._column = self._last_column = 0
        self._column_styles: dict[int, int] = {}
        self._row_marks: dict[int, Mark] = {}
        self._row_place, self._row_tag, self._row_style = 0, b"", 0
        self._cells: list[tuple[int, int]] = []
        self._starts: dict[tuple[int, str], Callable[[dict[str, str]], None]] = {}
        self._ends: dict[tuple[int, str], Callable[[], None]] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        self._depth += 1
        if self._depth == _SHEET:
            self._expect(prefix_of(name))
        elif self._depth == _CHILD:
            self._place_drawing(name, attributes)
        handler = self._starts.get((self._depth, name))
        if handler is not None:
            handler(attributes)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        handler = self._ends.get((self._depth, name))
        if handler is not None:
            handler()
        self._depth -= 1
        if self._depth == 0:
            self._add_drawing()

    def _expect(self, prefix: str) -> None:
        """Say what to do where; names have the prefix of the sheet's first element."""
        self._prefix = prefix
        self._starts = {
            (_CHILD, f"{prefix}dimension"): self._start_dimension,
            (_CHILD, f"{prefix}sheetFormatPr"): self._start_format,
            (_ROW, f"{prefix}col"): self._start_column,
            (_CHILD, f"{prefix}sheetData"): self._start_data,
            (_ROW, f"{prefix}row"): self._start_row,
            (_CELL, f"{prefix}c"): self._start_cell,
        }
        self._ends = {(_ROW, f"{prefix}row"): self._end_row, (_CHILD, f"{prefix}sheetData"): self._end_data}

    def _start_dimension(self, attributes: dict[str, str]) -> None:
        """Let the stated extent of the sheet hold the marked cells too."""
        try:
            stated = range_boundaries(attributes.get("ref", ""))
        except ValueError:
            return
        if None not in stated:
            known, bounds = Area(*(bound or 1 for bound in stated)), self._marks.bounds
            first, last = map(min, known[:2], bounds[:2]), map(max, known[2:], bounds[2:])
            extent = Area(*first, *last)
            if extent != known:
                self._replace(self.tag(), with_attributes(self.tag(), ref=extent.reference))

    def _start_format(self, attributes: dict[str, str]) -> None:
        width, height = attributes.get("defaultColWidth"), attributes.get("defaultRowHeight")
        self.grid = Grid(
            self.grid.columns,
            _pixels(width) if width else self.grid.column,
            max(int(min(float(height), _HIGHEST) * _PIXELS_PER_POINT), 1) if height else self.grid.row,
        )

    def _start_column(self, attributes: dict[str, str]) -> None:
        """Keep the widths and formats of columns, which come in ascending order."""
        first, last = int(attributes.get("min", "1")), min(int(attributes.get("max", "1")), _LAST_COLUMN)
        hidden = attributes.get("hidden") in ("1", "true")
        for column in range(max(first, self._last_column + 1), last + 1):
            if hidden or "width" in attributes:
                self.grid.columns[column - 1] = 0 if hidden else _pixels(attributes["width"])
            self._column_styles[column] = int(attributes.get("style", "0"))
            self._last_column = column

    def _start_data(self, _: dict[str, str]) -> None:
        tag = self.tag()
        if tag.endswith(b"/>"):
            rows = self._new_rows(_LAST_ROW + 1)
            self._replace(tag, opened(tag) + rows + f"</{self._prefix}sheetData>".encode())

    def _end_data(self) -> None:
        rows = self._new_rows(_LAST_ROW + 1)
        if rows:
            self.change(self.position, self.position, rows)
        self._data_ended = True

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row = int(attributes.get("r", self._row + 1))
        self._column = 0
        rows = self._new_rows(self._row)
        if rows:
            self.change(self.position, self.position, rows)
        self._done = max(self._done, self._row)
        self._row_marks = self._marks.at(self._row)
        if self._row_marks:
            self.held = self._row_place = self.position
            self._row_tag = self.tag()
            own = attributes.get("customFormat") in ("1", "true")
            self._row_style = int(attributes.get("s", "0")) if own else 0
            self._cells = []

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if not self._row_marks:
            return
        reference = attributes.get("r")
        self._column = self._column + 1 if reference is None else column_index_from_string(reference.rstrip(_DIGITS))
        self._cells.append((self._column, self.position))
        mark = self._row_marks.get(self._column)
        if mark is not None:
            tag = self.tag()
            number = self._styles.marked(int(attributes.get("s", "0")), mark)
            self._replace(tag, with_attributes(tag, s=str(number)))

    def _end_row(self) -> None:
        """Put in the marked cells that the row does not have."""
        if not self._row_marks:
            return
        missing = sorted(set(self._row_marks) - {column for column, _ in self._cells})
        if missing:
            tag = self._with_spans(missing)
            if self._row_tag.endswith(b"/>"):
                cells = b"".join(self._new_cell(self._row, column, self._row_style) for column in missing)
                tag = opened(tag) + cells + f"</{self._prefix}row>".encode()
            else:
                for column in missing:
                    place = next((place for other, place in self._cells if other > column), self.position)
                    self.change(place, place, self._new_cell(self._row, column, self._row_style))
            self.change(self._row_place, self._row_place + len(self._row_tag), tag)
        self._row_marks = {}
        self.held = None

    def _with_spans(self, columns: list[int]) -> bytes:
        """Return the row's tag, whose hint at the row's first and last column includes more of them."""
        spans = _SPANS.search(self._row_tag)
        if spans is None:
            return self._row_tag
        known = [int(number) for number in spans[1].replace(b":", b" ").split()]
        return with_attributes(self._row_tag, spans=f"{min([*known, *columns])}:{max([*known, *columns])}")

    def _new_rows(self, before: int) -> bytes:
        """Write the marked rows that the sheet does not have, up to a row that it has."""
        p = self._prefix
        rows = []
        for row, marks in self._marks.between(self._done, before):
            cells = b"".join(self._new_cell(row, column, 0) for column in sorted(marks))
            rows.append(b'<%brow r="%d">%b</%brow>' % (p.encode(), row, cells, p.encode()))
            self._done = row
        return b"".join(rows)

    def _new_cell(self, row: int, column: int, row_style: int) -> bytes:
        base = row_style or self._column_styles.get(column, 0)
        number = self._styles.marked(base, self._marks.at(row)[column])
        return f'<{self._prefix}c r="{get_column_letter(column)}{row}" s="{number}"/>'.encode()

    def _replace(self, tag: bytes, text: bytes) -> None:
        """Put a text in the place of the tag that the parser reports now."""
        self.change(self.position, self.position + len(tag), text)

    def _place_drawing(self, name: str, attributes: dict[str, str]) -> None:
        """Find the sheet's drawing for notes, or the place for a new one."""
        local = name.rpartition(":")[2]
        if local == "legacyDrawing":
            self.drawing = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), None)
        elif local in _AFTER_DRAWING and self._data_ended:
            self._add_drawing()

    def _add_drawing(self) -> None:
        if self.drawing is None and self.new_drawing is not None:
            namespace, self.drawing = self.new_drawing()
            text = f'<{self._prefix}legacyDrawing xmlns:r="{namespace}" r:id="{self.drawing}"/>'
            self.change(self.position, self.position, text.encode())


def _pixels(width: str) -> int:
    return max(int(min(float(width), _WIDEST) * _PIXELS_PER_LETTER + 5), 1)
