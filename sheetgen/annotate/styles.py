"""The workbook's formats: every marked cell keeps its own, with another fill and border."""

import re

from sheetgen.annotate.marks import INK, Look, Mark
from sheetgen.spreadsheet.package import Package
from sheetgen.spreadsheet.xml_edit import Edit, opened, spliced, tag_at, with_attributes
from sheetgen.spreadsheet.xml_nodes import Node, appended, read_nodes

EMPTY_STYLES = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"></styleSheet>'
)

_ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs")
# The items of collections that a workbook leaves out; fills 0 and 1 are always these two.
_DEFAULTS = {
    "fonts": '<{p}font><{p}sz val="11"/><{p}name val="Calibri"/><{p}family val="2"/></{p}font>',
    "fills": '<{p}fill><{p}patternFill patternType="none"/></{p}fill>'
    '<{p}fill><{p}patternFill patternType="gray125"/></{p}fill>',
    "borders": "<{p}border/>",
    "cellXfs": '<{p}xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>',
    "dxfs": "",
}
_SIDES = ("left", "right", "top", "bottom", "diagonal", "vertical", "horizontal")
_LIGHT_THEME, _LIGHT_INDEXED = ("0", "2"), ("1", "9")
_LINK, _WRAPPED = "FF0563C1", ' wrapText="1"'
_DARK_TINT = -0.3
_LIGHT = 100
_ARGB = re.compile("[0-9A-Fa-f]{8}")


class Styles:
    """The part with the formats, to which new ones are added on demand."""

    def __init__(self, package: Package, part: str, data: bytes) -> None:
        self._data = _with_defaults(data, read_nodes(package, part, data))
        root = read_nodes(package, part, self._data)
        self._prefix = root.prefix
        self._collections = {child.local: child for child in reversed(root.children)}
        self._added: dict[str, dict[bytes, int]] = {name: {} for name in _ORDER}
        self._marked: dict[tuple[int, Mark], int] = {}

    def marked(self, base: int, mark: Mark) -> int:
        """Return the number of the format for marking a cell whose own format is `base`."""
        key = (base, mark)
        if key not in self._marked:
            self._marked[key] = self._make(base, mark)
        return self._marked[key]

    def text(self, *, size: int = 11, bold: bool = False, link: bool = False, wrap: bool = False) -> int:
        """Return the number of a format for a text of our own, which is never taken for a formula."""
        p, ink = self._prefix, _LINK if link else INK
        marks = (f"<{p}b/>" if bold else "") + (f"<{p}u/>" if link else "")
        face = f'<{p}sz val="{size}"/><{p}color rgb="{ink}"/><{p}name val="Calibri"/><{p}family val="2"/>'
        font = self._add("fonts", f"<{p}font>{marks}{face}</{p}font>".encode())
        alignment = f'<{p}alignment vertical="top"{_WRAPPED if wrap else ""}/>'
        own = f'numFmtId="0" fontId="{font}" fillId="0" borderId="0" applyFont="1" applyAlignment="1" quotePrefix="1"'
        return self._add("cellXfs", f"<{p}xf {own}>{alignment}</{p}xf>".encode())

    def conditional(self, look: Look) -> int:
        """Return the number of the format with which a conditional format shows a mark."""
        p = self._prefix
        fill = f'<{p}fgColor rgb="{look.fill}"/><{p}bgColor rgb="{look.fill}"/>'
        pattern = f'<{p}patternFill patternType="solid">{fill}</{p}patternFill>'
        ink = f'<{p}font><{p}color rgb="{INK}"/></{p}font>'
        return self._add("dxfs", f"<{p}dxf>{ink}<{p}fill>{pattern}</{p}fill></{p}dxf>".encode())

    def finished(self) -> bytes:
        """Return the part with the formats added."""
        edits = []
        for name, added in self._added.items():
            if added:
                node = self._collections[name]
                count = str(len(node.children) + len(added))
                tag = with_attributes(self._data[node.start : node.inner], count=count)
                if node.end == node.inner:  # `<dxfs count="0"/>`
                    whole = opened(tag) + b"".join(added) + f"</{node.name}>".encode()
                    edits.append(Edit(node.start, node.end, whole))
                else:
                    edits += [Edit(node.start, node.inner, tag), appended(self._data, node, b"".join(added))]
        return spliced(self._data, edits)

    def _add(self, name: str, item: bytes) -> int:
        """Add an item to a collection, unless it has been added already, and return its number."""
        added = self._added[name]
        return added.setdefault(item, len(self._collections[name].children) + len(added))

    def _node(self, name: str, number: int) -> Node | None:
        present = self._collections[name].children if name in self._collections else []
        return present[number] if 0 <= number < len(present) else None

    def _raw(self, node: Node) -> bytes:
        return self._data[node.start : node.end]

    def _make(self, base: int, mark: Mark) -> int:
        node = self._node("cellXfs", base) or self._collections["cellXfs"].children[0]
        changes = {
            "fillId": self._add("fills", self._fill(mark.look)),
            "borderId": self._add("borders", self._border(_number(node, "borderId"), mark)),
        }
        font = self._readable_font(_number(node, "fontId"))
        if font is not None:
            changes["fontId"] = self._add("fonts", font)
        applied = {f"apply{name.removesuffix('Id').capitalize()}": "1" for name in changes}
        tag = self._data[node.start : node.inner]
        changed = with_attributes(tag, **{name: str(value) for name, value in changes.items()}, **applied)
        return self._add("cellXfs", changed + self._data[node.inner : node.end])

    def _fill(self, look: Look) -> bytes:
        p = self._prefix
        pattern = f'<{p}patternFill patternType="solid"><{p}fgColor rgb="{look.fill}"/><{p}bgColor indexed="64"/>'
        return f"<{p}fill>{pattern}</{p}patternFill></{p}fill>".encode()

    def _border(self, number: int, mark: Mark) -> bytes:
        """Return the cell's own border with its sides replaced by the lines of the mark."""
        p = self._prefix
        node = self._node("borders", number)
        lines = {child.local: self._raw(child) for child in node.children} if node else {}
        colour = f'<{p}color rgb="{mark.look.line}"/>'
        for side, drawn in (("left", True), ("right", True), ("top", mark.top), ("bottom", mark.bottom)):
            if drawn:
                lines[side] = f'<{p}{side} style="{mark.look.style}">{colour}</{p}{side}>'.encode()
        tag = opened(tag_at(self._raw(node))) if node else f"<{p}border>".encode()
        return tag + b"".join(lines[side] for side in _SIDES if side in lines) + f"</{p}border>".encode()

    def _readable_font(self, number: int) -> bytes | None:
        """Return the cell's font in dark ink if its own colour is unreadable on the fill, else None."""
        font = self._node("fonts", number)
        colour = font.child("color") if font else None
        if font is None or colour is None or not _is_light(colour.attributes):
            return None
        ink = f'<{self._prefix}color rgb="{INK}"/>'.encode()
        return self._data[font.start : colour.start] + ink + self._data[colour.end : font.end]


def _with_defaults(data: bytes, root: Node) -> bytes:
    """Return the part with the collections that it leaves out added, each with its default items."""
    edits = []
    for name, items in _DEFAULTS.items():
        collection = root.child(name)
        added = items.format(p=root.prefix).encode()
        if collection is None:
            before = [child.end for child in root.children if child.local in _ORDER[: _ORDER.index(name)]]
            place = max(before, default=root.inner)
            full = f"{root.prefix}{name}".encode()
            edits.append(Edit(place, place, b"<%b>%b</%b>" % (full, added, full)))
        elif added and not collection.children:
            edits.append(appended(data, collection, added))
    return spliced(data, edits)


def _number(node: Node, name: str) -> int:
    text = node.attributes.get(name, "0")
    return int(text) if text.isdecimal() else 0


def _is_light(colour: dict[str, str]) -> bool:
    """Whether a font's colour is too light for a light fill."""
    if float(colour.get("tint", "0")) < _DARK_TINT:
        return False
    argb = colour.get("rgb", "")
    if _ARGB.fullmatch(argb):
        red, green, blue = bytes.fromhex(argb)[1:]
        return 0.299 * red + 0.587 * green + 0.114 * blue > _LIGHT
    return colour.get("theme") in _LIGHT_THEME or colour.get("indexed") in _LIGHT_INDEXED
