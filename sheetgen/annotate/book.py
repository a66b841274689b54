"""A whole workbook: which of its parts are changed for its findings, and how they belong together."""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from sheetgen.annotate.colours import Marks
from sheetgen.annotate.comment_shapes import Box, blocks_in, with_boxes, with_room
from sheetgen.annotate.comments import Comments, Note, new_comments, plan_notes
from sheetgen.annotate.parts import Parts
from sheetgen.annotate.sheet import SheetMarker
from sheetgen.annotate.styles import EMPTY_STYLES, Styles
from sheetgen.errors import SheetgenError
from sheetgen.spreadsheet.package import Package
from sheetgen.spreadsheet.xml_edit import open_utf8
from sheetgen.verify.findings import Finding

_COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_STYLES = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_STYLES_PART = "xl/styles.xml"
_DRAWING = "application/vnd.openxmlformats-officedocument.vmlDrawing"


class BookMarker:
    """Works out the changed parts of a workbook.

    Attributes:
        parts: the small parts.
        sheets: the worksheets, which may be large, as files.
    """

    def __init__(self, package: Package, folder: Path) -> None:
        self.parts: Parts = Parts(package)
        self.sheets: dict[str, Path] = {}
        self._package, self._folder = package, folder
        self._workbook = self.parts.target("", "officeDocument") or ""
        self._names = dict(self._worksheets())

    def mark(self, findings: Sequence[Finding]) -> None:
        """Mark the cells of findings and put notes on them.

        Raises:
            SheetgenError: the workbook is damaged, or has no such sheet or cells.
        """
        if not findings:
            return
        part = self._styles_part()
        styles = Styles(self._package, part, self.parts.read(part))
        for name in dict.fromkeys(finding.sheet for finding in findings):
            if name not in self._names:
                raise self._refusal(f"it has no worksheet {name!r}")
            own = [finding for finding in findings if finding.sheet == name]
            try:
                marks = Marks(own)
            except ValueError as error:
                raise self._refusal(f"worksheet {name!r} has no cells {error}") from error
            self._mark_sheet(self._names[name], marks, styles, own)
        self.parts.changed[part] = styles.finished()

    def _worksheets(self) -> Iterator[tuple[str, str]]:
        targets = self.parts.targets(self._workbook)
        for element in self._package.elements(self._workbook):
            if element.name == "sheet":
                number = next((v for k, v in element.attributes.items() if k.endswith(":id")), "")
                kind, target = targets.get(number, ("", ""))
                if kind == "worksheet":
                    yield element.attributes.get("name", ""), target

    def _styles_part(self) -> str:
        """Return the part with the formats; it is made where there is none."""
        part = self.parts.target(self._workbook, "styles")
        if part is None:
            part = _STYLES_PART if _STYLES_PART not in self._package.parts else self.parts.new_name("xl/styles{}.xml")
            self.parts.changed[part] = EMPTY_STYLES
            self.parts.relate(self._workbook, "styles", part)
            self.parts.declare(part, _STYLES)
        return part

    def _mark_sheet(self, part: str, marks: Marks, styles: Styles, findings: Sequence[Finding]) -> None:
        comments_part, comments = self._comments(part)
        notes = plan_notes(findings, comments.hidden())
        new = [note for note in notes if not comments.has(note)]
        self.parts.changed[comments_part] = comments.with_notes(notes)
        self.sheets[part] = self._folder / f"{len(self.sheets)}.xml"
        with open_utf8(self._package, part) as source, self.sheets[part].open("wb", buffering=0) as target:
            marker = SheetMarker(self._package, part, source, target, marks, styles)
            marker.new_drawing = (lambda: self._relate_drawing(part)) if new else None
            marker.run()
        self._draw(part, marker, new, [note for note in notes if comments.has(note)])

    def _comments(self, sheet: str) -> tuple[str, Comments]:
        """Return a sheet's notes; the part for them is made where there is none."""
        part = self.parts.target(sheet, "comments")
        if part is None:
            part = self.parts.new_name("xl/comments{}.xml")
            self.parts.changed[part] = new_comments(self.parts.main_namespace)
            self.parts.relate(sheet, "comments", part)
            self.parts.declare(part, _COMMENTS)
        return part, Comments(self._package, part, self.parts.read(part))

    def _relate_drawing(self, sheet: str) -> tuple[str, str]:
        """Give a sheet a drawing for its notes, and return its relationship's namespace and id."""
        part = self.parts.new_name("xl/drawings/vmlDrawing{}.vml")
        number = self.parts.relate(sheet, "vmlDrawing", part)
        self.parts.declare(part, _DRAWING)
        return self.parts.namespace, number

    def _draw(self, sheet: str, marker: SheetMarker, new: Sequence[Note], joined: Sequence[Note]) -> None:
        """Draw the boxes of new notes, and make those that say more now higher."""
        part = self.parts.targets(sheet).get(marker.drawing or "", ("", ""))[1]
        data = self.parts.read(part) if part in self._package.parts else None
        if data is not None:
            data = with_room(data, _boxes(joined))
        if new:
            data = with_boxes(data, _boxes(new), marker.grid, self._free_block()) if part else None
            if data is None:
                raise self._package.damaged(f"{sheet} has no drawing for its notes that can be read")
        if data is not None:
            self.parts.changed[part] = data

    def _free_block(self) -> int:
        """Return a block of shape numbers that no drawing of the workbook uses."""
        drawings = {name for name in (*self._package.parts, *self.parts.changed) if name.lower().endswith(".vml")}
        used = {block for name in drawings for block in blocks_in(self.parts.read(name))}
        return next(number for number in count(1) if number not in used)

    def _refusal(self, what: str) -> SheetgenError:
        return SheetgenError(str(self._package.path), what, "give findings of this workbook")


def _boxes(notes: Sequence[Note]) -> list[Box]:
    return [Box(note.row - 1, note.column - 1, note.text) for note in notes]
