"""Small XML parts as a whole: their elements, and where they stand."""

import io
from dataclasses import dataclass, field

from sheetgen.spreadsheet.package import Package
from sheetgen.spreadsheet.xml_edit import Edit, XmlEditor, open_utf8, opened, prefix_of


@dataclass
class Node:
    """An element of a small XML part.

    Attributes:
        name: with the prefix that the part gives it.
        attributes: as they stand in the part.
        start: where it begins.
        inner: where its start tag ends.
        inner_end: where its end tag begins; the same as `end` where it has none.
        end: where it ends.
        children: the elements in it.
    """

    name: str
    attributes: dict[str, str]
    start: int
    inner: int
    inner_end: int
    end: int
    children: "list[Node]" = field(default_factory=list)

    @property
    def local(self) -> str:
        """The name without its prefix."""
        return self.name.rpartition(":")[2]

    @property
    def prefix(self) -> str:
        """The prefix with its colon, or nothing."""
        return prefix_of(self.name)

    def child(self, local: str) -> "Node | None":
        """Return the first child of this name, or None."""
        return next((child for child in self.children if child.local == local), None)


class _NodeReader(XmlEditor):
    """Reads a part's elements and where they stand."""

    def __init__(self, package: Package, part: str) -> None:
        super().__init__(package, part)
        self.held = 0
        self._open: list[list[Node]] = [[]]
        self._attributes: list[dict[str, str]] = []

    def read(self, data: bytes) -> Node:
        """Return the root."""
        self.run(io.BytesIO(data), io.BytesIO())
        return self._open[0][0]

    def start(self, _: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        self._attributes.append(attributes)
        self._open.append([])

    def end(self, name: str) -> None:
        """Take the end of an element."""
        children = self._open.pop()
        self._open[-1].append(Node(name, self._attributes.pop(), *self.span(), children))


def read_part(package: Package, part: str) -> bytes:
    """Return a whole XML part in UTF-8.

    Raises:
        SheetgenError: it is missing, or cannot be unpacked.
    """
    with open_utf8(package, part) as stream:
        return stream.read()


def read_nodes(package: Package, part: str, data: bytes) -> Node:
    """Read the elements of a small XML part.

    Args:
        package: the workbook, for complaints.
        part: the part's name, for complaints.
        data: its bytes, in UTF-8.

    Returns:
        Its root; all positions are those in `data`.

    Raises:
        SheetgenError: it is not well-formed, or declares entities.
    """
    return _NodeReader(package, part).read(data)


def appended(data: bytes, node: Node, text: bytes) -> Edit:
    """Return the change that puts a text at the end of an element's content, also where it has none yet."""
    if node.end > node.inner:
        return Edit(node.inner_end, node.inner_end, text)
    return Edit(node.start, node.end, opened(data[node.start : node.inner]) + text + f"</{node.name}>".encode())
