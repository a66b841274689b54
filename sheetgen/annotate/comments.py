"""The notes that explain what is wrong, on the first cell of each finding."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from openpyxl.worksheet.cell_range import CellRange

from sheetgen.report.words import affected, side_lines
from sheetgen.spreadsheet.addresses import get_column_letter
from sheetgen.spreadsheet.package import Package
from sheetgen.spreadsheet.sheet_editor import escaped
from sheetgen.spreadsheet.xml_edit import Edit, spliced
from sheetgen.spreadsheet.xml_nodes import Node, appended, read_nodes
from sheetgen.verify.findings import Finding
from sheetgen.visible_text import clean, counted

MOST_NOTES = 300
AUTHOR = "sheetgen verify"
_MOST_FORMULA = 600
EMPTY_COMMENTS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<comments xmlns="{namespace}"><authors></authors><commentList></commentList></comments>'
)
_FONT = '<{p}sz val="9"/><{p}color indexed="81"/><{p}rFont val="Tahoma"/><{p}family val="2"/>'
# Excel copies a threaded comment into a note whose author starts with this, and shows the thread instead of the note.
_CONVERSATION = b"tc="


class Note(NamedTuple):
    """A note: its cell's row and column, counted from 1, and for each finding a bold title and a text."""

    row: int
    column: int
    sections: tuple[tuple[str, str], ...]

    @property
    def address(self) -> str:
        """The cell's address."""
        return f"{get_column_letter(self.column)}{self.row}"

    @property
    def text(self) -> str:
        """The whole note as plain text."""
        return "\n\n".join(f"{title}\n{text}" for title, text in self.sections)


def plan_notes(findings: Sequence[Finding], avoided: Collection[str] = ()) -> list[Note]:
    """Decide which cells of a sheet get a note, and what it says.

    Args:
        findings: the findings on one sheet.
        avoided: addresses of cells on which a note would not be seen; another cell of the finding is used instead.

    Returns:
        At most `MOST_NOTES` notes, one per cell; the last one says how many findings have none.
    """
    sections: dict[tuple[int, int], list[tuple[str, str]]] = {}
    left_out = 0
    for finding in findings:
        place = _place(finding, avoided)
        if place in sections or len(sections) < MOST_NOTES:
            sections.setdefault(place, []).append(_section(finding))
        else:
            left_out += 1
    if left_out:
        last = next(reversed(sections.values()))
        text = f"{counted(left_out, 'finding')} on this sheet without a note; the report of sheetgen verify lists all."
        last.append(("And more", text))
    return [Note(row, column, tuple(said)) for (row, column), said in sections.items()]


class Comments:
    """The part that holds a sheet's notes."""

    def __init__(self, package: Package, part: str, data: bytes) -> None:
        self._data = data
        root = read_nodes(package, part, data)
        authors, comments = root.child("authors"), root.child("commentList")
        if authors is None or comments is None:
            raise package.damaged(f"its part {part} is incomplete")
        self._prefix, self._authors, self._list = root.prefix, authors, comments
        self._present = {_normal(node.attributes.get("ref", "")): node for node in comments.children}

    def hidden(self) -> set[str]:
        """Return the addresses of cells with a threaded comment, which is shown instead of their note."""
        names = [self._data[node.inner : node.inner_end] for node in self._authors.children]
        hiding = {str(number) for number, name in enumerate(names) if name.startswith(_CONVERSATION)}
        return {address for address, node in self._present.items() if node.attributes.get("authorId") in hiding}

    def has(self, note: Note) -> bool:
        """Whether a note's cell already has a note."""
        return note.address in self._present

    def with_notes(self, new: Sequence[Note], joined: Sequence[Note]) -> bytes:
        """Return the part with new notes added, and others appended to the notes that their cells already have."""
        p, author = self._prefix, len(self._authors.children)
        edits = [appended(self._data, self._authors, f"<{p}author>{AUTHOR}</{p}author>".encode())]
        edits += [self._join(self._present[note.address], note) for note in joined]
        comments = "".join(
            f'<{p}comment ref="{note.address}" authorId="{author}"><{p}text>{self._runs(note)}</{p}text></{p}comment>'
            for note in new
        )
        if comments:
            edits.append(appended(self._data, self._list, comments.encode()))
        return spliced(self._data, edits)

    def _join(self, comment: Node, note: Note) -> Edit:
        """Append a note to an existing one."""
        p = self._prefix
        text = comment.child("text")
        if text is None:
            return appended(self._data, comment, f"<{p}text>{self._runs(note)}</{p}text>".encode())
        added = f'<{p}r><{p}t xml:space="preserve">\n\n</{p}t></{p}r>{self._runs(note)}'.encode()
        runs = [child for child in text.children if child.local == "r"]
        if runs:
            return Edit(runs[-1].end, runs[-1].end, added)
        plain = text.child("t")
        if plain is None:
            return appended(self._data, text, added)
        raw = self._data[plain.start : plain.end]
        return Edit(plain.start, plain.end, b"".join([f"<{p}r>".encode(), raw, f"</{p}r>".encode(), added]))

    def _runs(self, note: Note) -> str:
        p = self._prefix
        font = _FONT.format(p=p)
        runs = ""
        for title, text in note.sections:
            gap = "\n\n" if runs else ""
            runs += f"<{p}r><{p}rPr><{p}b/>{font}</{p}rPr>{self._text(gap + title)}</{p}r>"
            runs += f"<{p}r><{p}rPr>{font}</{p}rPr>{self._text(chr(10) + text)}</{p}r>"
        return runs

    def _text(self, text: str) -> str:
        return f'<{self._prefix}t xml:space="preserve">{escaped(text)}</{self._prefix}t>'


def _place(finding: Finding, avoided: Collection[str]) -> tuple[int, int]:
    area = CellRange(finding.range)
    letter = get_column_letter(area.min_col)
    rows = range(area.min_row, area.max_row + 1)
    return next((row for row in rows if f"{letter}{row}" not in avoided), area.min_row), area.min_col


def _section(finding: Finding) -> tuple[str, str]:
    where = f"{clean(finding.range)}, {counted(finding.count, 'cell')}" if finding.count > 1 else ""
    lines = [clean(finding.message), *side_lines(finding, most=_MOST_FORMULA), where, affected(finding)]
    return f"{clean(finding.quantity)}: {finding.kind}", "\n".join(filter(None, lines))


def _normal(address: str) -> str:
    return address.replace("$", "").upper()
