"""Is a workbook on disk the one that would be written today?"""

import math
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from sheetgen.errors import SheetgenError
from sheetgen.network.experiment import Experiment
from sheetgen.spreadsheet.addresses import coordinate_to_tuple
from sheetgen.workbook.book import build_workbook
from sheetgen.workbook.theme import NOISY_FORMAT, SLOPE_FORMAT

# C libraries' exponentials may differ in the last bit; hundreds of iterations propagate that.
TOLERANCE = 1e-9
_NOTHING = 1e-15
_NOISE = {NOISY_FORMAT: 1e-8, SLOPE_FORMAT: 1e-9}  # what may differ, by the format of the cell

# The cached values of cells and charts.
_VALUE = re.compile(rb"(?<=<v>)[^<]*(?=</v>)|(?<=<c:v>)[^<]*(?=</c:v>)")


class Difference(NamedTuple):
    """One place where the file is not what would be written.

    Attributes:
        sheet: the sheet, or the part of the file where the difference is not in a cell.
        cell: its address, empty where the difference is not in a cell.
        found: what stands in the file.
        expected: what would be written.
    """

    sheet: str
    cell: str
    found: str
    expected: str

    def __str__(self) -> str:
        place = f"{self.sheet}!{self.cell}" if self.cell else self.sheet
        return f"{place}: {self.found}, expected {self.expected}"


def check_workbook(
    experiment: Experiment, path: str | Path = "BackPropagation.xlsx", *, lessons: bool = True
) -> list[Difference]:
    """Compare a file with what `build_workbook` would write; an empty list means that they are the same.

    Formulas and texts are compared exactly, cached values within a relative 1e-9 (errors of a measurement, which are
    mostly rounding, within 1e-8), charts and formats part by part.

    Args:
        experiment: what would be written.
        path: the file.
        lessons: whether it would have the sheets that teach.

    Raises:
        SheetgenError: there is no such file, or it is not a workbook.
    """
    found = Path(path)
    if not found.is_file():
        raise SheetgenError(str(path), "no such file", "build it first, or name another with -o")
    with tempfile.TemporaryDirectory(prefix="sheetgen-") as folder:
        expected = Path(folder) / "expected.xlsx"
        build_workbook(experiment, expected, lessons=lessons)
        try:
            parts = dict(_differing_parts(found, expected))
            cells = list(_differing_cells(found, expected)) if parts else []
            return [*cells, *_unexplained(parts, cells)]
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError) as error:
            raise SheetgenError(str(path), "not a readable workbook", "give an .xlsx file") from error


def _differing_parts(found: Path, expected: Path) -> Iterator[tuple[str, bool]]:
    """Yield the parts that differ, and whether they do so in more than cached values."""
    with zipfile.ZipFile(found) as left, zipfile.ZipFile(expected) as right:
        shared = {*left.namelist()} & {*right.namelist()}
        for name in sorted({*left.namelist(), *right.namelist()}):
            if name not in shared:
                yield name, True
            elif not _same_part(*(parts := (left.read(name), right.read(name)))):
                yield name, len({_VALUE.sub(b"", part) for part in parts}) > 1


def _same_part(left: bytes, right: bytes) -> bool:
    """Tell whether two parts are the same but for cached values that are close."""
    if left == right:
        return True
    values = zip(_VALUE.findall(left), _VALUE.findall(right), strict=False)
    return _VALUE.sub(b"", left) == _VALUE.sub(b"", right) and all(_same_value(*pair) for pair in values)


def _same_value(left: bytes, right: bytes) -> bool:
    try:
        return _close(float(left), float(right))
    except ValueError:
        return left == right


def _unexplained(parts: dict[str, bool], cells: list[Difference]) -> Iterator[Difference]:
    """Report the parts whose difference lies outside the cells: charts, notes, formats, widths, properties."""
    for name, in_more_than_values in parts.items():
        of_cells = name.startswith(("xl/worksheets/sheet", "xl/sharedStrings"))
        if not of_cells or (in_more_than_values and not cells):
            yield Difference(name, "", "differs", "as built (charts, notes, formats, widths or properties)")


def _differing_cells(found: Path, expected: Path) -> Iterator[Difference]:
    for values in (False, True):
        left, right = (load_workbook(path, data_only=values) for path in (found, expected))
        for name in dict.fromkeys((*right.sheetnames, *left.sheetnames)):
            if name in left.sheetnames and name in right.sheetnames:
                yield from _differing_in_sheet(left[name], right[name])
            elif not values:
                what = ("no such sheet", "a sheet") if name in right.sheetnames else ("a sheet", "none")
                yield Difference(name, "", *what)


def _differing_in_sheet(left: Worksheet, right: Worksheet) -> Iterator[Difference]:
    found, expected = _cells(left), _cells(right)
    for address in sorted({*found, *expected}, key=coordinate_to_tuple):
        pair = found.get(address), expected.get(address)
        if not _close(*pair, _NOISE.get(right[address].number_format, _NOTHING)):
            yield Difference(left.title, address, *map(_shown, pair))


def _cells(sheet: Worksheet) -> dict[str, object]:
    cells = {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None}
    return {address: getattr(value, "text", value) for address, value in cells.items()}  # array formulas are objects


def _close(left: object, right: object, absolute: float = _NOTHING) -> bool:
    if isinstance(left, float | int) and isinstance(right, float | int):
        return math.isclose(left, right, rel_tol=TOLERANCE, abs_tol=absolute)
    return bool(left == right)


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    return str(value) if str(value).isprintable() else ascii(value)
