"""The contents of a workbook: its sheets' parts, defined names, settings, Excel tables and shared strings."""

import posixpath
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element

from sheetgen.spreadsheet.addresses import range_boundaries
from sheetgen.spreadsheet.package import Limits, Package, check_text
from sheetgen.spreadsheet.sheet import ExcelTable
from sheetgen.spreadsheet.xstring import decoded, decoded_formula

_PHONETIC = "rPh"


class Index(NamedTuple):
    """A workbook's worksheets and names.

    Attributes:
        parts: the part of each worksheet, by name, in order.
        names: defined names and what they stand for; a sheet's own names as `Sheet!name`.
        strings: the part of the shared strings; None if there are none.
        chart_sheets: the part of each sheet that is a single chart, by name, in order.
        calculation: the settings of the recalculation, as the file writes them.
        date1904: whether dates are counted from 1904, as Excel on the Macintosh once did.
    """

    parts: dict[str, str]
    names: dict[str, str]
    strings: str | None
    chart_sheets: dict[str, str]
    calculation: dict[str, str]
    date1904: bool


class Relationship(NamedTuple):
    """What a part refers to: its kind, the last word of the type's address, and the other part."""

    kind: str
    target: str


def read_index(package: Package) -> Index:
    """Find the worksheets' parts, the defined names and the shared strings."""
    root = next((each.target for each in relationships(package, "").values() if each.kind == "officeDocument"), "")
    related = relationships(package, root)
    elements = package.elements(root)
    sheets = [element.attrib for element in elements if element.tag == "sheet"]
    names = [decoded(attributes.get("name", "")) for attributes in sheets]
    parts: dict[str, str] = {}
    chart_sheets: dict[str, str] = {}
    taken: set[str] = set()
    for name, attributes in zip(names, sheets, strict=True):
        found = related.get(qualified(attributes, "id"))
        if found is not None and found.kind == "chartsheet":
            chart_sheets[name] = found.target
        if found is None or found.kind != "worksheet":
            continue
        if name in parts or found.target in taken:
            raise package.damaged(f"two of its sheets are called {name}, or are the same part")
        parts[name] = found.target
        taken.add(found.target)
    if not parts:
        raise package.damaged("it has no worksheets")
    calculation = _settings(elements, "calcPr")
    date1904 = _settings(elements, "workbookPr").get("date1904", "").strip() in ("1", "true")
    strings = _find_strings(package, related)
    return Index(parts, dict(_defined_names(elements, names)), strings, chart_sheets, calculation, date1904)


def read_tables(package: Package, part: str) -> list[ExcelTable]:
    """Read the Excel tables of a worksheet, given its part."""
    targets = [each.target for each in relationships(package, part).values() if each.kind == "table"]
    return [_read_table(package, target) for target in dict.fromkeys(targets)]


def read_strings(package: Package, part: str | None, limits: Limits) -> list[str]:
    """Read the shared strings."""
    strings: list[str] = []
    if part is None:
        return strings
    text, phonetic, wanted = "", 0, False

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal text, phonetic, wanted
        local = name.rpartition(":")[2]
        if local == "si":
            text = ""
        phonetic += local == _PHONETIC
        wanted = local == "t" and not phonetic

    def end(name: str) -> None:
        nonlocal phonetic, wanted
        local = name.rpartition(":")[2]
        wanted = False
        phonetic -= local == _PHONETIC
        if local == "si":
            strings.append(decoded(text))
            if len(strings) > limits.distinct:
                raise package.too_large("it has more texts than the limit allows")

    def data(piece: str) -> None:
        nonlocal text
        if wanted:
            text += piece
            check_text(package, text)

    package.parse(part, start, end, data)
    return strings


def relationships(package: Package, part: str) -> dict[str, Relationship]:
    """Return what a part (the empty one is the package itself) refers to, by the relationship's id."""
    folder, name = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    if not package.has(rels):
        return {}
    found = {}
    for element in package.elements(rels):
        if element.tag == "Relationship" and element.get("TargetMode") != "External":
            target = package.target(part, element.get("Target", ""))
            kind = element.get("Type", "").rpartition("/")[2]
            found[element.get("Id", "")] = Relationship(kind, target)
    return found


def qualified(attributes: dict[str, str], name: str) -> str:
    """Return an attribute that has a prefix, whatever its prefix."""
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name and ":" in key), "")


def _settings(elements: list[Element], tag: str) -> dict[str, str]:
    return next((element.attrib for element in elements if element.tag == tag), {})


def _defined_names(elements: list[Element], sheets: list[str]) -> Iterator[tuple[str, str]]:
    for element in elements:
        if element.tag == "definedName":
            name, scope = decoded(element.get("name", "")), element.get("localSheetId", "")
            own = scope.isdecimal() and int(scope[:9]) < len(sheets)
            yield f"{sheets[int(scope[:9])]}!{name}" if own else name, decoded_formula(element.text or "")


def _find_strings(package: Package, related: dict[str, Relationship]) -> str | None:
    """Return the part of the shared strings, even if nothing refers to it."""
    named = [each.target for each in related.values() if each.kind == "sharedStrings" and package.has(each.target)]
    others = (name for name in sorted(package.parts) if name.lower().endswith("sharedstrings.xml"))
    return next(iter(named), next(others, None))


def _read_table(package: Package, part: str) -> ExcelTable:
    elements = package.elements(part)
    attributes = next((element.attrib for element in elements if element.tag == "table"), {})
    try:
        left, top, _, bottom = range_boundaries(attributes.get("ref", ""))
    except ValueError as error:
        raise package.damaged(f"the range of the table in {part} is none") from error
    columns = tuple(decoded(each.get("name", "")) for each in elements if each.tag == "tableColumn")
    name = attributes.get("displayName", attributes.get("name", ""))
    return ExcelTable(decoded(name), top, bottom, left, columns)
