"""Small XML parts read whole: their elements and positions."""

from dataclasses import dataclass, field

from sheetgen.spreadsheet.package import Package
from sheetgen.spreadsheet.xml_edit import Edit, open_utf8, opened, tag_at

_CHUNK = 1 << 19


@dataclass
class Node:
    """An element of a small XML part.

    Attributes:
        name: with its prefix.
        attributes: as written in the part.
        start: where it begins.
        inner: where its start tag ends.
        inner_end: where its end tag begins; the same as `end` if it has none.
        end: where it ends.
        children: its child elements.
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
        return self.name[: self.name.rfind(":") + 1]

    def child(self, local: str) -> "Node | None":
        """Return the first child of this name, or None."""
        return next((child for child in self.children if child.local == local), None)


def read_part(package: Package, part: str) -> bytes:
    """Return a whole XML part in UTF-8.

    Raises:
        SheetgenError: as `open_utf8`.
    """
    with open_utf8(package, part) as stream:
        return stream.read()


def read_nodes(package: Package, part: str, data: bytes) -> Node:
    """Read the elements of a small XML part.

    Args:
        package: the workbook, for error messages.
        part: the part's name, for error messages.
        data: its bytes, in UTF-8.

    Returns:
        Its root; all positions refer to `data`.

    Raises:
        SheetgenError: it is not well-formed, or declares entities.
    """
    top: list[Node] = []
    opened_nodes: list[Node] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        position = feed.position
        inner = position + len(tag_at(data, position))
        node = Node(name, attributes, position, inner, inner, inner)
        (opened_nodes[-1].children if opened_nodes else top).append(node)
        opened_nodes.append(node)

    def end(_: str) -> None:
        node = opened_nodes.pop()
        if not data.endswith(b"/>", node.start, node.inner):
            node.inner_end = feed.position
            node.end = data.index(b">", node.inner_end) + 1

    with package.feeding(part, start, end, lambda _: None) as feed:
        for position in range(0, len(data), _CHUNK):
            feed.take(data[position : position + _CHUNK])
    return top[0]


def appended(data: bytes, node: Node, text: bytes) -> Edit:
    """Return the edit that appends text to an element's content, even if it is empty."""
    if node.end > node.inner:
        return Edit(node.inner_end, node.inner_end, text)
    return Edit(node.start, node.end, opened(data[node.start : node.inner]) + text + f"</{node.name}>".encode())
