"""The marked copy of a workbook: which parts the findings change, and how it is written."""

import shutil
from collections.abc import Sequence
from functools import partial
from itertools import count
from operator import methodcaller
from pathlib import Path
from typing import IO

from sheetgen.annotate.comment_shapes import blocks_in, with_boxes, with_room
from sheetgen.annotate.comments import EMPTY_COMMENTS, Comments, Note, plan_notes
from sheetgen.annotate.findings_sheet import findings_sheet
from sheetgen.annotate.first_sheet import Deselected, is_selected, put_first
from sheetgen.annotate.marked_sheet import SheetMarker
from sheetgen.annotate.marks import Marks
from sheetgen.annotate.over_formats import over_formats
from sheetgen.annotate.parts import Parts
from sheetgen.annotate.styles import EMPTY_STYLES, Styles
from sheetgen.errors import SheetgenError
from sheetgen.files import replacing
from sheetgen.spreadsheet.index import read_index
from sheetgen.spreadsheet.package import Limits, Package, open_package
from sheetgen.spreadsheet.package_copy import Writer, copy_package
from sheetgen.spreadsheet.sheet_editor import SheetEditor
from sheetgen.spreadsheet.sheet_rules import read_rules
from sheetgen.verify.findings import Finding

ENDINGS = (".xlsx", ".xlsm", ".xltx", ".xltm")
_COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_STYLES = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_STYLES_PART = "xl/styles.xml"
_FIRST_SHEET = "Findings"
_DRAWING = "application/vnd.openxmlformats-officedocument.vmlDrawing"


def mark_workbook(source: Path, target: Path, findings: Sequence[Finding], limits: Limits | None = None) -> None:
    """Write a copy of a workbook in which wrong cells are coloured and framed, and explained in notes.

    All cells of a finding are coloured, and its first cell carries the note. A sheet gets at most 300 notes, the last
    of which says how many findings have none. A new first sheet lists the findings, with links to their cells, and says
    what the colours mean. Without findings, nothing is changed. The copy is written beside its target and moved there
    once complete.

    Args:
        source: the workbook.
        target: where the copy goes; an existing file is replaced.
        findings: what is wrong in the workbook.
        limits: how large the workbook may be.

    Raises:
        SheetgenError: the workbook cannot be read, a finding names cells that it cannot have, or the copy cannot be
            written. Nothing is left behind then, and an existing file stays as it was.
    """
    ending = source.suffix.lower() if source.suffix.lower() in ENDINGS else ".xlsx"
    with replacing(target, [source], ending=ending) as draft, open_package(source, limits or Limits()) as package:
        marker = _WorkbookMarker(package, draft.parent)
        marker.mark(findings)
        copy_package(package, draft, marker.writers())


class _WorkbookMarker:
    """Creates the changed parts of a workbook: worksheets, which may be large, as files, all others in memory."""

    def __init__(self, package: Package, folder: Path) -> None:
        self._package, self._folder = package, folder
        self._parts = Parts(package)
        self._sheets: dict[str, Path] = {}

    def mark(self, findings: Sequence[Finding]) -> None:
        """Mark the cells of findings and put notes on them.

        Raises:
            SheetgenError: the workbook is damaged, or has no such sheet or cells.
        """
        if not findings:
            return
        index = read_index(self._package)
        worksheets = index.parts
        part = self._styles_part()
        styles = Styles(self._package, part, self._parts.read(part))
        for name in dict.fromkeys(finding.sheet for finding in findings):
            if name not in worksheets:
                raise self._refusal(f"it has no worksheet {name!r}")
            own = [finding for finding in findings if finding.sheet == name]
            try:
                marks = Marks(own)
            except (TypeError, ValueError) as error:
                cells = ", ".join(finding.range for finding in own)
                raise self._refusal(f"worksheet {name!r} has no cells {cells}") from error
            self._mark_sheet(worksheets[name], marks, styles, own)
        self._put_first(findings, styles, [*worksheets.values(), *index.chart_sheets.values()])
        self._parts.changed[part] = styles.finished()

    def writers(self) -> dict[str, Writer]:
        """Return the writers of the changed parts, by name."""
        writers: dict[str, Writer] = {name: methodcaller("write", data) for name, data in self._parts.changed.items()}
        return writers | {name: partial(_pour_file, path) for name, path in self._sheets.items()}

    def _styles_part(self) -> str:
        """Return the part with the formats; one is created if there is none."""
        workbook = self._parts.target("", "officeDocument") or ""
        part = self._parts.target(workbook, "styles")
        if part is None:
            taken = any(name.lower() == _STYLES_PART for name in self._package.parts)
            pattern = "xl/styles{}.xml" if taken else _STYLES_PART
            part, _ = self._parts.add(workbook, "styles", pattern, EMPTY_STYLES, _STYLES)
        return part

    def _mark_sheet(self, part: str, marks: Marks, styles: Styles, findings: Sequence[Finding]) -> None:
        comments_part, comments = self._comments(part)
        notes = plan_notes(findings, comments.hidden())
        new, joined = ([note for note in notes if comments.has(note) is there] for there in (False, True))
        self._parts.changed[comments_part] = comments.with_notes(new, joined)
        drawing = partial(self._add_drawing, part) if new else None
        over = over_formats(findings, styles) if read_rules(self._package, part).formats else ""
        marker = SheetMarker(self._package, part, marks, styles, drawing, over)
        self._write(part, marker)
        self._draw(part, marker, new, joined)

    def _put_first(self, findings: Sequence[Finding], styles: Styles, sheets: Sequence[str]) -> None:
        """Put the sheet that lists the findings in front, and show it in place of the sheet that was shown."""
        listed = findings_sheet(findings, styles, self._parts.main_namespace)
        put_first(self._package, self._parts, _FIRST_SHEET, listed)
        for part in sheets:
            if part not in self._sheets and is_selected(self._package, part):
                self._write(part, Deselected(self._package, part))

    def _write(self, part: str, editor: SheetEditor) -> None:
        """Write the changed copy of a sheet to a file."""
        self._sheets[part] = self._folder / f"{len(self._sheets)}.xml"
        with self._sheets[part].open("wb", buffering=0) as target:
            editor.run(target)

    def _comments(self, sheet: str) -> tuple[str, Comments]:
        """Return a sheet's notes and their part, which is created if there is none."""
        part = self._parts.target(sheet, "comments")
        if part is None:
            empty = EMPTY_COMMENTS.format(namespace=self._parts.main_namespace).encode()
            part, _ = self._parts.add(sheet, "comments", "xl/comments{}.xml", empty, _COMMENTS)
        return part, Comments(self._package, part, self._parts.read(part))

    def _add_drawing(self, sheet: str) -> tuple[str, str]:
        """Give a sheet a drawing for its notes, and return its relationship's namespace and id."""
        _, number = self._parts.add(sheet, "vmlDrawing", "xl/drawings/vmlDrawing{}.vml", b"", _DRAWING)
        return self._parts.namespace, number

    def _draw(self, sheet: str, marker: SheetMarker, new: Sequence[Note], joined: Sequence[Note]) -> None:
        """Draw the boxes of new notes, and enlarge those whose text has grown."""
        part = self._parts.targets(sheet).get(marker.drawing or "", ("", ""))[1]
        data = with_room(self._parts.read(part), joined) if self._parts.has(part) else None
        if new:
            data = None if data is None else with_boxes(data, new, marker.grid, self._free_block())
            if data is None:
                raise self._package.damaged(f"{sheet} has no drawing for its notes that can be read")
        if data is not None:
            self._parts.changed[part] = data

    def _free_block(self) -> int:
        """Return a block of shape numbers that no drawing of the workbook uses."""
        drawings = {name for name in (*self._package.parts, *self._parts.changed) if name.lower().endswith(".vml")}
        used = {block for name in drawings for block in blocks_in(self._parts.read(name))}
        return next(number for number in count(1) if number not in used)

    def _refusal(self, what: str) -> SheetgenError:
        return SheetgenError(str(self._package.path), what, "give findings of this workbook")


def _pour_file(path: Path, target: IO[bytes]) -> None:
    with path.open("rb") as stream:
        shutil.copyfileobj(stream, target)
