"""The parts of a workbook and how they refer to each other: what is changed, and what is new."""

import posixpath
from dataclasses import dataclass, field

from sheetgen.spreadsheet.package import Package
from sheetgen.spreadsheet.xml_edit import Node, appended, read_nodes, read_part, spliced, with_attributes

CONTENT_TYPES = "[Content_Types].xml"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_TRANSITIONAL_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_EMPTY = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="{_RELATIONSHIPS}"/>'.encode()


@dataclass
class Parts:
    """The parts of a workbook that are written anew.

    Attributes:
        package: the workbook as it is.
        changed: what belongs in the place of a part, or is a new part, by name.
    """

    package: Package
    changed: dict[str, bytes] = field(default_factory=dict)

    def read(self, part: str) -> bytes:
        """Return a part as it is by now.

        Raises:
            SheetgenError: it is missing or damaged.
        """
        return self.changed[part] if part in self.changed else read_part(self.package, part)

    def nodes(self, part: str) -> Node:
        """Return the elements of a part as it is by now."""
        return read_nodes(self.package, part, self.read(part))

    def targets(self, part: str) -> dict[str, tuple[str, str]]:
        """Return what a part refers to: under the relationship's id, the last word of its type and its target."""
        found = {}
        for node in self._relationships(part)[1].children:
            kind, target = node.attributes.get("Type", ""), node.attributes.get("Target", "")
            if node.attributes.get("TargetMode") != "External":
                full = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target)).lstrip("/")
                found[node.attributes.get("Id", "")] = (kind.rpartition("/")[2], full)
        return found

    def target(self, part: str, kind: str) -> str | None:
        """Return the part of one kind that a part refers to, or None."""
        return next((target for found, target in self.targets(part).values() if found == kind), None)

    def relate(self, part: str, kind: str, target: str) -> str:
        """Make a part refer to another one, and return the new relationship's id."""
        data, root = self._relationships(part)
        used = {node.attributes.get("Id", "").lower() for node in root.children}
        number = next(n for n in range(1, len(used) + 2) if f"rid{n}" not in used)
        values = {
            "Id": f"rId{number}",
            "Type": f"{self.namespace}/{kind}",
            "Target": posixpath.relpath(target, posixpath.dirname(part) or "."),
        }
        element = with_attributes(f"<{root.prefix}Relationship/>".encode(), **values)
        self.changed[_relationships_of(part)] = spliced(data, [appended(data, root, element)])
        return values["Id"]

    @property
    def namespace(self) -> str:
        """The namespace of the relationships between parts, of which there are two."""
        kinds = [node.attributes.get("Type", "") for node in self._relationships("")[1].children]
        return _STRICT if any(kind.startswith(_STRICT) for kind in kinds) else _TRANSITIONAL

    @property
    def main_namespace(self) -> str:
        """The namespace of what is in the parts."""
        return _STRICT_MAIN if self.namespace == _STRICT else _TRANSITIONAL_MAIN

    def declare(self, part: str, content_type: str) -> None:
        """State the type of a new part, unless it follows from the ending of its name."""
        data, root = self.read(CONTENT_TYPES), self.nodes(CONTENT_TYPES)
        ending = part.rpartition(".")[2]
        defaults = {n.attributes.get("Extension", "").lower(): n.attributes.get("ContentType") for n in root.children}
        if defaults.get(ending) == content_type:
            return
        if ending in defaults:
            name, values = "Override", {"PartName": f"/{part}", "ContentType": content_type}
        else:
            name, values = "Default", {"Extension": ending, "ContentType": content_type}
        element = with_attributes(f"<{root.prefix}{name}/>".encode(), **values)
        self.changed[CONTENT_TYPES] = spliced(data, [appended(data, root, element)])

    def new_name(self, pattern: str) -> str:
        """Return a name for a new part that no part has; `{}` stands for a number."""
        used = {name.lower() for name in (*self.package.parts, *self.changed)}
        return next(name for n in range(1, len(used) + 2) for name in [pattern.format(n)] if name.lower() not in used)

    def _relationships(self, part: str) -> tuple[bytes, Node]:
        name = _relationships_of(part)
        present = name in self.changed or name in self.package.parts
        data = self.read(name) if present else _EMPTY
        return data, read_nodes(self.package, name, data)


def _relationships_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")
