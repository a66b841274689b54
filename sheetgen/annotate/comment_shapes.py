"""The legacy (VML) drawings in which a workbook keeps the boxes of its notes."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sheetgen.annotate.comments import Note

_NEW = '<xml{declared}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{block}"/></o:shapelayout></xml>'
_NAMESPACES = {
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "x": "urn:schemas-microsoft-com:office:excel",
}
_SHAPE_TYPE = (
    '<v:shapetype{declared} id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_SHAPE = (
    '<v:shape{declared} id="_x0000_s{number}" type="#_x0000_t202"'
    ' style="position:absolute;margin-left:60pt;margin-top:2pt;width:{width}pt;'
    'height:{height}pt;z-index:{layer};visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
    '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_BLOCK = re.compile(rb"""(<\w+:idmap\b[^>]*?\bdata\s*=\s*["'])([0-9, ]*)""")
_CLIENT_DATA = re.compile(rb"<x:ClientData\b[^>]*>.*?</x:ClientData>", re.DOTALL)
_ROW = re.compile(rb"<x:Row>\s*([0-9]+)\s*</x:Row>")
_COLUMN = re.compile(rb"<x:Column>\s*([0-9]+)\s*</x:Column>")
_ANCHOR = re.compile(rb"(<x:Anchor>)([^<]*)(</x:Anchor>)")
_END = re.compile(rb"</[^<>]*>\s*$")
_BLOCK_SIZE = 1024
_LAST_COLUMN = 16_383
_WIDTH, _LINE, _LETTERS, _MOST_LINES = 380, 15, 58, 30
_POINTS = 0.75


@dataclass
class Grid:
    """A sheet's cell sizes in pixels: column widths by number from 0, the width of other columns, the row height."""

    columns: dict[int, int] = field(default_factory=dict)
    column: int = 64
    row: int = 20


def blocks_in(data: bytes) -> list[int]:
    """Return the numbers of the blocks of 1,024 shape numbers that a drawing uses."""
    return [int(text) for match in _BLOCK.finditer(data) for text in match[2].split(b",") if text.strip().isdigit()]


def with_boxes(data: bytes, notes: Sequence[Note], grid: Grid, block: int) -> bytes | None:
    """Add the boxes of notes to a drawing.

    Args:
        data: the drawing; empty for a new one.
        notes: the notes.
        grid: the sizes of the sheet's cells, on which the position of a box depends.
        block: a block of shape numbers that no drawing of the workbook uses, and that is large enough for the notes.

    Returns:
        The drawing with the boxes added, or None if it cannot be extended.
    """
    if data:
        data = _BLOCK.sub(lambda match: b"%b%b,%d" % (match[1], match[2], block), data, count=1)
    else:
        data = _NEW.format(declared=_declared(b""), block=block).encode()
    end = _END.search(data)
    if end is None:
        return None
    declared = _declared(data)
    shapes = [] if b'id="_x0000_t202"' in data else [_SHAPE_TYPE.format(declared=declared)]
    first = block * _BLOCK_SIZE + 1
    shapes += [_shape(note, grid, number, declared) for number, note in enumerate(notes, start=first)]
    return data[: end.start()] + "".join(shapes).encode() + data[end.start() :]


def with_room(data: bytes, notes: Sequence[Note]) -> bytes:
    """Enlarge existing boxes so that the text added to their notes can be seen."""
    wanted = {(note.row - 1, note.column - 1): _lines_of(note.text) for note in notes}

    def higher(match: re.Match[bytes]) -> bytes:
        row, column = _ROW.search(match[0]), _COLUMN.search(match[0])
        lines = wanted.get((int(row[1]), int(column[1]))) if row and column else None
        return _ANCHOR.sub(lambda anchor: _lower_end(anchor, lines), match[0]) if lines else match[0]

    return _CLIENT_DATA.sub(higher, data)


def _lines_of(text: str) -> int:
    """Estimate how many lines a text takes up in a box."""
    return min(sum(max(math.ceil(len(line) / _LETTERS), 1) for line in text.split("\n")), _MOST_LINES)


def _declared(data: bytes) -> str:
    """Return the namespace declarations that a drawing lacks in its root tag."""
    tag = data[: data.find(b">", data.find(b"<xml")) + 1].decode("latin-1")
    return "".join(f' xmlns:{p}="{uri}"' for p, uri in _NAMESPACES.items() if f'xmlns:{p}="{uri}"' not in tag)


def _lower_end(anchor: re.Match[bytes], lines: int) -> bytes:
    numbers = [int(number) for number in anchor[2].split(b",") if number.strip().isdigit()]
    if len(numbers) != 8:
        return anchor[0]
    numbers[6] += lines
    return anchor[1] + ", ".join(map(str, numbers)).encode() + anchor[3]


def _shape(note: Note, grid: Grid, number: int, declared: str) -> str:
    height = _lines_of(note.text) * _LINE + _LINE
    return _SHAPE.format(
        declared=declared,
        number=number,
        width=_WIDTH * _POINTS,
        height=height * _POINTS,
        layer=number % _BLOCK_SIZE,
        anchor=", ".join(map(str, _anchor(note, grid, height))),
        row=note.row - 1,
        column=note.column - 1,
    )


def _anchor(note: Note, grid: Grid, height: int) -> tuple[int, ...]:
    """Return the anchor of a box: for each side its column or row, counted from 0, and the offset into it in pixels."""
    left, space = min(note.column, _LAST_COLUMN - 8), 15
    right, rest = left, _WIDTH + space
    while right < _LAST_COLUMN and rest >= grid.columns.get(right, grid.column):
        rest -= grid.columns.get(right, grid.column)
        right += 1
    top = max(note.row - 2, 0)
    return left, space, top, 5, right, rest, top + (height + 5) // grid.row, (height + 5) % grid.row
