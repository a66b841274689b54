"""What every workbook that we write must be, beyond what `openxml-audit` checks."""

import re
import zipfile
from pathlib import Path


def sheet_parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as package:
        return {
            name: package.read(name).decode() for name in package.namelist() if name.startswith("xl/worksheets/sheet")
        }


def assert_readable(path: Path) -> None:
    """Fail where a number is none, a cell's or row's address is impossible, or a name is what Excel forbids."""
    for part in sheet_parts(path).values():
        for value in re.findall(r'<c r="[^"]*"(?: s="\d+")?>(?:<f>[^<]*</f>)?<v>([^<]*)</v>', part):
            float(value)
        assert all(re.fullmatch(r"[A-Z]{1,3}[1-9]\d*", cell) for cell in re.findall(r'<c r="([^"]*)"', part))
        rows = [int(row) for row in re.findall(r'<row r="(\d+)"', part)]
        assert rows == sorted(set(rows))
    with zipfile.ZipFile(path) as package:
        names = re.findall(r'<definedName name="([^"]*)"', package.read("xl/workbook.xml").decode())
    assert all(name.startswith("_xlnm.") or not re.fullmatch(r"(?i)[a-z]{1,3}\d+|r\d*c\d*", name) for name in names)
