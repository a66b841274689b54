"""The rules of a worksheet's cells: data validations and conditional formats."""

import re
from collections.abc import Iterable
from functools import partial
from typing import IO, NamedTuple
from xml.etree.ElementTree import Element

from sheetgen.spreadsheet.package import Package

_CHUNK = 262_144
_END_OF_CELLS = re.compile(rb"<(?:/(?P<prefix>\w+:)?sheetData|(?:\w+:)?sheetData\s*/)>")
_OVERLAP = 64  # bytes; longer than the end of the cells
_MOST_RULES = 20_000_000


class Validation(NamedTuple):
    """What may be typed into cells.

    Attributes:
        cells: their ranges, separated by blanks.
        kind: `list`, `whole`, `decimal`, ….
        operator: how what is typed is compared with the formulas.
        formulas: what it is compared with.
        strict: whether anything else is refused.
    """

    cells: str
    kind: str
    operator: str
    formulas: tuple[str, ...]
    strict: bool


class FormatRule(NamedTuple):
    """When cells look different: their ranges, the kind of rule, its operator, and its formulas."""

    cells: str
    kind: str
    operator: str
    formulas: tuple[str, ...]


class Rules(NamedTuple):
    """The rules of one worksheet."""

    validations: tuple[Validation, ...]
    formats: tuple[FormatRule, ...]


def read_rules(package: Package, part: str) -> Rules:
    """Read the rules of a worksheet, given its part; its cells are passed over.

    Raises:
        SheetgenError: the part is damaged.
    """
    return rules_of(package.elements(part, _after_the_cells))


def rules_of(elements: Iterable[Element]) -> Rules:
    """Read the rules from elements in document order and without namespaces."""
    validations, formats = [], []
    for element in elements:
        if element.tag == "dataValidation":
            validations.append(_validation(element))
        elif element.tag == "conditionalFormatting":
            cells = element.get("sqref") or _joined(element, "sqref")
            formats += [_format_rule(rule, cells) for rule in element.iter("cfRule")]
    return Rules(tuple(validations), tuple(formats))


def _validation(element: Element) -> Validation:
    return Validation(
        cells=element.get("sqref") or _joined(element, "sqref"),
        kind=element.get("type", "none"),
        operator=element.get("operator", "between"),
        formulas=tuple(filter(None, (_joined(element, name) for name in ("formula1", "formula2")))),
        strict=element.get("showErrorMessage", "0") in ("1", "true"),
    )


def _format_rule(rule: Element, cells: str) -> FormatRule:
    written = [each.text or "" for each in rule.iter() if each.tag in ("formula", "f")]
    ends = [each.get("val", "") for each in rule.iter("cfvo") if each.get("val")]
    return FormatRule(cells, rule.get("type", ""), rule.get("operator", ""), (*written, *ends))


def _joined(element: Element, name: str) -> str:
    """Return the text of a child; Excel's extension elements nest it one deeper."""
    child = element.find(name)
    return "" if child is None else "".join(child.itertext()).strip()


def _after_the_cells(stream: IO[bytes]) -> bytes:
    """Return what follows the cells, as a document of its own."""
    kept = b""
    for chunk in iter(partial(stream.read, _CHUNK), b""):
        kept = kept[-_OVERLAP:] + chunk
        end = _END_OF_CELLS.search(kept)
        if end is not None:
            rest = kept[end.end() :] + stream.read(_MOST_RULES)
            return b"<" + (end["prefix"] or b"") + b"worksheet>" + rest
    return b"<worksheet/>"
