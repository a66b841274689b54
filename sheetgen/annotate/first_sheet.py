"""Putting a new worksheet in front of a workbook's others, which keep their names, numbers and selections."""

from collections.abc import Iterator
from itertools import count
from xml.sax.saxutils import quoteattr

from sheetgen.annotate.parts import Parts
from sheetgen.spreadsheet.package import Package
from sheetgen.spreadsheet.sheet_editor import SheetEditor
from sheetgen.spreadsheet.xml_edit import Edit, open_utf8, spliced, with_attributes
from sheetgen.spreadsheet.xml_nodes import Node, read_nodes

_WORKSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_HEAD = 16_384  # bytes, in which the views of a sheet are


class Deselected(SheetEditor):
    """Copies a sheet that was selected so that it no longer is."""

    def start_other(self, name: str, attributes: dict[str, str]) -> None:
        """Take the selection from a view."""
        if name.rpartition(":")[2] == "sheetView" and "tabSelected" in attributes:
            tag = self.tag(self.position)
            self.change(self.position, self.position + len(tag), with_attributes(tag, tabSelected=None))


def is_selected(package: Package, part: str) -> bool:
    """Tell whether a sheet may be among those that are selected."""
    with open_utf8(package, part) as stream:
        return b"tabSelected" in stream.read(_HEAD)


def put_first(package: Package, parts: Parts, name: str, data: bytes) -> None:
    """Make a worksheet the first of a workbook, and the one that is shown.

    Args:
        package: the workbook.
        parts: its parts, to which the sheet is added.
        name: the name of the sheet; a number is added to it if another sheet has it.
        data: the sheet.
    """
    workbook = parts.target("", "officeDocument") or ""
    _, relationship = parts.add(workbook, "worksheet", "xl/worksheets/findings{}.xml", data, _WORKSHEET)
    text = parts.read(workbook)
    root = read_nodes(package, workbook, text)
    sheets = root.child("sheets")
    if sheets is None:
        raise package.damaged("it has no sheets")
    taken = {sheet.attributes.get("name", "").casefold() for sheet in sheets.children}
    names = (name if number == 1 else f"{name} {number}" for number in count(1))
    free = next(each for each in names if each.casefold() not in taken)
    numbers = [int(sheet.attributes.get("sheetId", "0")) for sheet in sheets.children]
    own = f'name={quoteattr(free)} sheetId="{max(numbers, default=0) + 1}"'
    added = f'<{sheets.prefix}sheet {own} xmlns:r="{parts.namespace}" r:id="{relationship}"/>'
    edits = [Edit(sheets.inner, sheets.inner, added.encode()), *_moved(root, text)]
    parts.changed[workbook] = spliced(text, edits)


def _moved(root: Node, text: bytes) -> Iterator[Edit]:
    """Yield the edits where the workbook counts its sheets."""
    views, names = root.child("bookViews"), root.child("definedNames")
    for view in views.children if views else ():
        yield _changed(text, view, activeTab="0", firstSheet="0")
    for name in names.children if names else ():
        own = name.attributes.get("localSheetId", "")
        if own.isdecimal():
            yield _changed(text, name, localSheetId=str(int(own) + 1))


def _changed(text: bytes, node: Node, **values: str) -> Edit:
    return Edit(node.start, node.inner, with_attributes(text[node.start : node.inner], **values))
