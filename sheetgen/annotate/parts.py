"""The changed and new parts of a workbook, and the relationships between parts."""

import posixpath
from itertools import count

from sheetgen.spreadsheet.package import Package
from sheetgen.spreadsheet.xml_edit import spliced, with_attributes
from sheetgen.spreadsheet.xml_nodes import Node, appended, read_nodes, read_part

_CONTENT_TYPES, _RELATIONSHIPS_ENDING = "[Content_Types].xml", ".rels"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_TRANSITIONAL_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_EMPTY = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{_RELATIONSHIPS}"/>'.encode()


class Parts:
    """The parts of a workbook, with changes and additions.

    Attributes:
        changed: the contents of changed and new parts, by name.
        namespace: the namespace of relationship types, strict or transitional.
        main_namespace: the namespace of spreadsheet elements, strict or transitional.
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        self.changed: dict[str, bytes] = {}
        kinds = [node.attributes.get("Type", "") for node in self._root(_relationships("")).children]
        strict = any(kind.startswith(_STRICT) for kind in kinds)
        self.namespace = _STRICT if strict else _TRANSITIONAL
        self.main_namespace = _STRICT_MAIN if strict else _TRANSITIONAL_MAIN

    def has(self, part: str) -> bool:
        """Tell whether a part exists, new ones included."""
        return part in self.changed or self._package.has(part)

    def read(self, part: str) -> bytes:
        """Return a part with its changes so far; a missing part of relationships is empty.

        Raises:
            SheetgenError: the part is missing or damaged.
        """
        if part.endswith(_RELATIONSHIPS_ENDING) and not self.has(part):
            return _EMPTY
        return self.changed[part] if part in self.changed else read_part(self._package, part)

    def targets(self, part: str) -> dict[str, tuple[str, str]]:
        """Return a part's relationships by id: the last word of the type, and the target."""
        found = {}
        for node in self._root(_relationships(part)).children:
            kind, target = node.attributes.get("Type", ""), node.attributes.get("Target", "")
            if node.attributes.get("TargetMode") != "External":
                found[node.attributes.get("Id", "")] = (kind.rpartition("/")[2], self._package.target(part, target))
        return found

    def target(self, part: str, kind: str) -> str | None:
        """Return the first part of a given kind that a part refers to, or None."""
        return next((target for found, target in self.targets(part).values() if found == kind), None)

    def add(self, owner: str, kind: str, pattern: str, data: bytes, content_type: str) -> tuple[str, str]:
        """Add a part that another one refers to.

        Args:
            owner: the part that refers to it.
            kind: the last word of the relationship's type.
            pattern: the name of the new part; `{}` stands for a number that makes it unique.
            data: its contents.
            content_type: its content type.

        Returns:
            Its name, and the relationship's id.
        """
        used = {name.lower() for name in (*self._package.parts, *self.changed)}
        name = next(name for number in count(1) if (name := pattern.format(number)).lower() not in used)
        self.changed[name] = data
        self._declare(name, content_type)
        return name, self._relate(owner, kind, name)

    def _relate(self, owner: str, kind: str, target: str) -> str:
        """Make a part refer to another one, and return the new relationship's id."""
        used = {node.attributes.get("Id", "").lower() for node in self._root(_relationships(owner)).children}
        number = next(number for number in count(1) if f"rid{number}" not in used)
        values = {
            "Id": f"rId{number}",
            "Type": f"{self.namespace}/{kind}",
            "Target": posixpath.relpath(target, posixpath.dirname(owner) or "."),
        }
        self._append(_relationships(owner), "Relationship", values)
        return values["Id"]

    def _declare(self, part: str, content_type: str) -> None:
        """Declare the content type of a new part, unless it follows from the ending of its name."""
        ending = part.rpartition(".")[2]
        stated = [node.attributes for node in self._root(_CONTENT_TYPES).children]
        defaults = {each.get("Extension", "").lower(): each.get("ContentType") for each in stated}
        if ending not in defaults:
            self._append(_CONTENT_TYPES, "Default", {"Extension": ending, "ContentType": content_type})
        elif defaults[ending] != content_type:
            self._append(_CONTENT_TYPES, "Override", {"PartName": f"/{part}", "ContentType": content_type})

    def _append(self, part: str, name: str, values: dict[str, str]) -> None:
        """Append an element to a part's root."""
        data, root = self.read(part), self._root(part)
        element = with_attributes(f"<{root.prefix}{name}/>".encode(), **values)
        self.changed[part] = spliced(data, [appended(data, root, element)])

    def _root(self, part: str) -> Node:
        return read_nodes(self._package, part, self.read(part))


def _relationships(part: str) -> str:
    """Return the name of the part that holds a part's relationships."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", name + _RELATIONSHIPS_ENDING)
