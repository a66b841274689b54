"""The old drawings in which a workbook keeps the boxes of its notes."""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

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


class Box(NamedTuple):
    """A note's place: its cell, counted from 0, and the text it has room for."""

    row: int
    column: int
    text: str


class Grid(NamedTuple):
    """The sizes of a sheet's cells in pixels: columns by number from 0, other columns, rows."""

    columns: dict[int, int]
    column: int
    row: int


def blocks_in(data: bytes) -> list[int]:
    """Return the blocks of 1,024 numbers that a drawing takes the numbers of its shapes from."""
    return [int(text) for match in _BLOCK.finditer(data) for text in match[2].split(b",") if text.strip().isdigit()]


def with_boxes(data: bytes, boxes: Sequence[Box], grid: Grid, block: int) -> bytes | None:
    """Add boxes to a drawing.

    Args:
        data: the drawing; nothing for a new one.
        boxes: what to add.
        grid: the sizes of the sheet's cells, on which a box's place depends.
        block: a block of numbers that no drawing of the workbook uses; there are fewer boxes than it has numbers.

    Returns:
        The drawing with them, or None where it is not one that can be extended.
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
    shapes += [_shape(box, grid, block * _BLOCK_SIZE + number, declared) for number, box in enumerate(boxes, start=1)]
    return data[: end.start()] + "".join(shapes).encode() + data[end.start() :]


def with_room(data: bytes, boxes: Sequence[Box]) -> bytes:
    """Make boxes that are there higher, so that the text added to their notes can be seen."""
    wanted = {(box.row, box.column): lines_of(box.text) for box in boxes}

    def higher(match: re.Match[bytes]) -> bytes:
        row, column = _ROW.search(match[0]), _COLUMN.search(match[0])
        lines = wanted.get((int(row[1]), int(column[1]))) if row and column else None
        return _ANCHOR.sub(lambda anchor: _lower_end(anchor, lines), match[0]) if lines else match[0]

    return _CLIENT_DATA.sub(higher, data)


def lines_of(text: str) -> int:
    """Estimate how many lines a text takes in a box."""
    return min(sum(max(math.ceil(len(line) / _LETTERS), 1) for line in text.split("\n")), _MOST_LINES)


def _declared(data: bytes) -> str:
    """Return the declarations of the namespaces that a drawing does not declare in its first tag."""
    tag = data[: data.find(b">", data.find(b"<xml")) + 1].decode("latin-1")
    return "".join(f' xmlns:{p}="{uri}"' for p, uri in _NAMESPACES.items() if f'xmlns:{p}="{uri}"' not in tag)


def _lower_end(anchor: re.Match[bytes], lines: int) -> bytes:
    numbers = [int(number) for number in anchor[2].split(b",") if number.strip().isdigit()]
    if len(numbers) != 8:
        return anchor[0]
    numbers[6] += lines
    return anchor[1] + ", ".join(map(str, numbers)).encode() + anchor[3]


def _shape(box: Box, grid: Grid, number: int, declared: str) -> str:
    height = lines_of(box.text) * _LINE + _LINE
    return _SHAPE.format(
        declared=declared,
        number=number,
        width=_WIDTH * _POINTS,
        height=height * _POINTS,
        layer=number % _BLOCK_SIZE,
        anchor=", ".join(map(str, _anchor(box, grid, height))),
        row=box.row,
        column=box.column,
    )


def _anchor(box: Box, grid: Grid, height: int) -> tuple[int, ...]:
    """Say between which cells a box is: for each of its corners a column or row, and the pixels into it."""
    left, space = min(box.column + 1, _LAST_COLUMN - 8), 15
    right, rest = left, _WIDTH + space
    while right < _LAST_COLUMN and rest >= grid.columns.get(right, grid.column):
        rest -= grid.columns.get(right, grid.column)
        right += 1
    top = max(box.row - 1, 0)
    return left, space, top, 5, right, rest, top + (height + 5) // grid.row, (height + 5) % grid.row
