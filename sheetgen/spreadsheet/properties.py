"""What a workbook says about itself: its custom document properties, and how it is to be calculated."""

from collections.abc import Mapping
from typing import NamedTuple

from sheetgen.spreadsheet.index import relationships
from sheetgen.spreadsheet.package import Package

NO_TABLE = "sheetgen no table"
"""The custom property of a workbook that says of itself that it holds no training table, only formulas."""

_ON = ("1", "true", "on")
_OFF = ("0", "false", "off")


class Calculation(NamedTuple):
    """How the workbook is to be calculated.

    Attributes:
        mode: `auto`, `autoNoTable` or `manual`.
        iterative: whether circular references are iterated.
        full_precision: whether cells are calculated in full precision, not with the digits that they display.
    """

    mode: str = "auto"
    iterative: bool = False
    full_precision: bool = True


def custom_properties(package: Package) -> dict[str, str]:
    """Read the custom document properties as texts, by name."""
    found: dict[str, str] = {}
    for each in relationships(package, "").values():
        if each.kind == "custom-properties" and each.target in package.parts:
            for element in package.elements(each.target):
                if element.tag == "property":
                    found[element.get("name", "")] = "".join(element.itertext())
    return found


def calculation(settings: Mapping[str, str]) -> Calculation:
    """Read how the workbook is to be calculated, given the attributes of the file's `calcPr`."""
    return Calculation(
        mode=settings.get("calcMode", "auto"),
        iterative=settings.get("iterate", "0").lower() in _ON,
        full_precision=settings.get("fullPrecision", "1").lower() not in _OFF,
    )


def application(package: Package) -> str:
    """Return the name of the program that saved the workbook, as far as it says so."""
    for each in relationships(package, "").values():
        if each.kind == "extended-properties" and each.target in package.parts:
            return next((e.text or "" for e in package.elements(each.target) if e.tag == "Application"), "")
    return ""
