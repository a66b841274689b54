"""What a workbook says about itself: its custom document properties, and how it is to be calculated."""

from typing import NamedTuple

from sheetgen.spreadsheet.index import relationships
from sheetgen.spreadsheet.package import Package

_TRUE = ("1", "true")


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


def calculation(package: Package) -> Calculation:
    """Read how the workbook is to be calculated."""
    root = next((each.target for each in relationships(package, "").values() if each.kind == "officeDocument"), "")
    for element in package.elements(root):
        if element.tag == "calcPr":
            return Calculation(
                mode=element.get("calcMode", "auto"),
                iterative=element.get("iterate", "0") in _TRUE,
                full_precision=element.get("fullPrecision", "1") in _TRUE,
            )
    return Calculation()


def application(package: Package) -> str:
    """Return the name of the program that saved the workbook, as far as it says so."""
    for each in relationships(package, "").values():
        if each.kind == "extended-properties" and each.target in package.parts:
            return next((e.text or "" for e in package.elements(each.target) if e.tag == "Application"), "")
    return ""
