"""Workbooks read, patched and recalculated in the XML of their sheets itself, so that all else stays as it is."""

import posixpath
import re
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path

import formualizer
from openpyxl.formula.translate import Translator
from openpyxl.utils.cell import column_index_from_string

_CELL = re.compile(r'<c r="([A-Z]+)(\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_FORMULA = re.compile(r"<f(?P<attributes>[^>]*?)(?:/>|>(?P<text>.*?)</f>)", re.DOTALL)
_VALUE = re.compile(r"<v>(.*?)</v>|<t[^>]*>(.*?)</t>", re.DOTALL)
_ERRORS = {"Div": "#DIV/0!", "Na": "#N/A", "Name": "#NAME?", "Null": "#NULL!", "Num": "#NUM!", "Ref": "#REF!"}

Value = float | str | None


@dataclass(frozen=True)
class Cell:
    """One cell: its formula without `=`, its number or text, the type as the file says it, its style."""

    formula: str | None
    value: Value
    kind: str = "n"
    style: str = ""

    def xml(self, address: str, digits: int) -> str:
        """Write it as the XML of a sheet."""
        formula = "" if self.formula is None else f"<f>{escape(self.formula, quote=False)}</f>"
        kind = "" if self.kind == "n" else f' t="{self.kind}"'
        if self.value is None:
            return f'<c r="{address}"{self.style}>{formula}</c>'
        text = self.value if isinstance(self.value, str) else f"{self.value:.{digits}g}"
        held = f"<v>{escape(text, quote=False)}</v>"
        if self.kind == "inlineStr":
            held = f"<is><t>{escape(text, quote=False)}</t></is>"
        return f'<c r="{address}"{self.style}{kind}>{formula}{held}</c>'


@dataclass(frozen=True)
class Table:
    """A training table: where it stands, and its labels by column letter."""

    sheet: str
    header_row: int
    first_row: int
    last_row: int
    labels: dict[str, str]
    eta: str


@dataclass
class Book:
    """A clean workbook.

    Attributes:
        name: what it is called in reports.
        members: the files in its zip.
        parts: the zip's name of each sheet.
        cells: by sheet and address.
        tables: its training tables.
        digits: with how many digits its numbers are written.
    """

    name: str
    members: dict[str, bytes]
    parts: dict[str, str]
    cells: dict[str, dict[str, Cell]]
    digits: int = 17
    tables: list[Table] = field(default_factory=list)

    def write(
        self,
        path: Path,
        edits: Mapping[tuple[str, str], Cell | None],
        *,
        recalculate: bool = False,
        hidden: Collection[int] = (),
    ) -> None:
        """Write it with some cells replaced, all others with the caches they have; None takes a cell away.

        Args:
            path: the file.
            edits: the cells by sheet and address.
            recalculate: whether to give all formulas their values.
            hidden: rows to hide, of the sheets that are edited.
        """
        members = dict(self.members)
        for sheet in {sheet for sheet, _ in edits}:
            text = self._patched(sheet, edits)
            for row in hidden:
                text = re.sub(rf'<row r="{row}"(?! hidden)', rf'<row r="{row}" hidden="1"', text)
            members[self.parts[sheet]] = text.encode()
        _write_zip(path, members)
        if recalculate:
            engine = formualizer.load_workbook(str(path))
            engine.evaluate_all()
            for sheet, part in self.parts.items():
                members[part] = _recalculated(members[part].decode(), sheet, engine, self.digits).encode()
            _write_zip(path, members)

    def _patched(self, sheet: str, edits: Mapping[tuple[str, str], Cell | None]) -> str:
        text = self.members[self.parts[sheet]].decode()

        def replace(match: re.Match[str]) -> str:
            address = match[1] + match[2]
            if (sheet, address) not in edits:
                return match[0]
            cell = edits[sheet, address]
            return "" if cell is None else cell.xml(address, self.digits)

        return _CELL.sub(replace, text)


def read_cells(path: Path, name: str = "", digits: int = 17) -> Book:
    """Read any workbook, with shared formulas written out; its numbers will be written with so many digits."""
    with zipfile.ZipFile(path) as package:
        members = {each: package.read(each) for each in package.namelist()}
    targets = dict(_relations(members["xl/_rels/workbook.xml.rels"].decode()))
    sheets = re.findall(r'<sheet [^>]*?name="([^"]*)"[^>]*?r:id="([^"]*)"', members["xl/workbook.xml"].decode())
    parts = {unescape(sheet): posixpath.join("/xl", targets[number])[1:] for sheet, number in sheets}
    shared = _shared_strings(members)
    cells = {}
    for sheet, part in parts.items():
        cells[sheet], text = _read_sheet(members[part].decode(), shared)
        members[part] = text.encode()
    return Book(name or path.stem, members, parts, cells, digits)


def split(address: str) -> tuple[str, int]:
    """Return the column letter and the row of an address."""
    match = re.fullmatch(r"([A-Z]+)(\d+)", address)
    assert match
    return match[1], int(match[2])


def _relations(text: str) -> list[tuple[str, str]]:
    found = []
    for relation in re.findall(r"<Relationship .*?>", text):
        number, target = (re.search(rf'{key}="([^"]*)"', relation) for key in ("Id", "Target"))
        assert number
        assert target
        found.append((number[1], target[1]))
    return found


def _shared_strings(members: dict[str, bytes]) -> list[str]:
    text = members.get("xl/sharedStrings.xml", b"").decode()
    items = re.findall(r"<si>(.*?)</si>", text, re.DOTALL)
    return [unescape("".join(re.findall(r"<t(?: [^>]*)?>(.*?)</t>", item, re.DOTALL))) for item in items]


def _read_sheet(text: str, shared: list[str]) -> tuple[dict[str, Cell], str]:
    """Return a sheet's cells, and its XML with every shared formula written into its own cell."""
    masters: dict[str, tuple[str, str]] = {}
    cells: dict[str, Cell] = {}

    def read(match: re.Match[str]) -> str:
        address, attributes, inside = match[1] + match[2], match[3], match[4] or ""
        if not inside:
            return match[0]
        written = _formula(address, inside, masters)
        if written is not None and 't="array"' not in inside:
            inside = _FORMULA.sub(lambda _: f"<f>{escape(written, quote=False)}</f>", inside)
        cells[address] = _cell(attributes, inside, written, shared)
        return f'<c r="{address}"{attributes}>{inside}</c>'

    return cells, _CELL.sub(read, text)


def _formula(address: str, inside: str, masters: dict[str, tuple[str, str]]) -> str | None:
    match = _FORMULA.search(inside)
    if not match:
        return None
    number = re.search(r'si="(\d+)"', match["attributes"])
    if match["text"]:
        if number:
            masters[number[1]] = (address, unescape(match["text"]))
        return unescape(match["text"])
    assert number
    origin, text = masters[number[1]]
    translated: str = Translator("=" + text, origin=origin).translate_formula(address)
    return translated[1:]


def _cell(attributes: str, inside: str, formula: str | None, shared: list[str]) -> Cell:
    found = re.search(r' t="(\w+)"', attributes)
    style = re.search(r' s="\d+"', attributes)
    kind = found[1] if found else "n"
    held = _VALUE.search(inside)
    text = None if held is None else unescape(held[1] if held[1] is not None else held[2])
    value: Value = text
    if not text and kind == "n":
        value = None
    elif text is not None and kind == "n":
        value = float(text)
    elif text is not None and kind == "s":
        value, kind = shared[int(text)], "inlineStr"
    return Cell(formula, value, kind, style[0] if style else "")


def _recalculated(text: str, sheet: str, engine: formualizer.Workbook, digits: int) -> str:
    """Put the engine's values into a sheet's formula cells."""

    def replace(match: re.Match[str]) -> str:
        inside = match[4] or ""
        formula = _FORMULA.search(inside)
        if formula is None:
            return match[0]
        found = engine.get_value(sheet, int(match[2]), column_index_from_string(match[1]))
        kind, written = _written(found, digits)
        attributes = re.sub(r' t="\w+"', "", match[3]) + kind
        return f'<c r="{match[1]}{match[2]}"{attributes}>{formula[0]}{written}</c>'

    return _CELL.sub(replace, text)


def _written(value: object, digits: int) -> tuple[str, str]:
    if isinstance(value, dict):
        return ' t="e"', f"<v>{_ERRORS.get(str(value.get('kind')), '#VALUE!')}</v>"
    if isinstance(value, bool):
        return ' t="b"', f"<v>{int(value)}</v>"
    if isinstance(value, int | float):
        return "", f"<v>{float(value):.{digits}g}</v>"
    return (' t="str"', f"<v>{escape(value, quote=False)}</v>") if isinstance(value, str) else ("", "<v>0</v>")


def _write_zip(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
        for name, content in members.items():
            package.writestr(name, content)
