"""The XML editor: what is not changed stays the same bytes, and changes come where they belong."""

import io
import zipfile
from pathlib import Path

import pytest

from sheetgen.spreadsheet import sheet_editor
from sheetgen.spreadsheet.package import Limits, open_package
from sheetgen.spreadsheet.sheet_editor import SheetEditor, XmlCell
from sheetgen.spreadsheet.xml_edit import with_attributes
from sheetgen.spreadsheet.xml_nodes import read_nodes

ODD = (
    b"<?xml version='1.0'?><!-- <c> --><x:worksheet xmlns:x='m' ><x:sheetData><x:row r='1' ><x:c r = 'A1'/>"
    b"<x:c r='B1' a='>' ><x:f>1&lt;2</x:f><x:v\n/></x:c ><x:c><x:v><![CDATA[</c>]]></x:v></x:c></x:row></x:sheetData>"
    b"<x:ext><x:ext/></x:ext></x:worksheet>\n"
)


@pytest.fixture
def package(tmp_path: Path):
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("[Content_Types].xml", "_rels/.rels"):
            archive.writestr(name, "<x/>")
        archive.writestr("x", ODD)
    with open_package(path, Limits()) as package:
        yield package


def edited(editor: SheetEditor) -> bytes:
    target = io.BytesIO()
    editor.run(target)
    return target.getvalue()


@pytest.mark.parametrize("chunk", [1, 3, 1 << 16])
def test_what_is_not_changed_stays_the_same_bytes(chunk: int, package, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sheet_editor, "_CHUNK", chunk)
    assert edited(SheetEditor(package, "x")) == ODD


class Changer(SheetEditor):
    def end_cell(self, cell: XmlCell) -> None:
        if cell.formula is None:
            self.remove(cell.start, self.position)
        else:
            self.change_formula(cell.formula, "A1&2")
            self.change_value(cell, "<5", "str")


@pytest.mark.parametrize("chunk", [1, 3, 1 << 16])
def test_cells_are_changed_where_they_stand(chunk: int, package, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sheet_editor, "_CHUNK", chunk)
    expected = ODD.replace(b"<x:c r = 'A1'/>", b"").replace(b"<x:c><x:v><![CDATA[</c>]]></x:v></x:c>", b"")
    expected = expected.replace(b"<x:c r='B1'", b"<x:c t=\"str\" r='B1'").replace(b"1&lt;2", b"A1&amp;2")
    assert edited(Changer(package, "x")) == expected.replace(b"<x:v\n/>", b"<x:v>&lt;5</x:v>")


def test_elements_are_found_though_others_of_their_name_are_in_them(package):
    data = b"<a><b><b/></b><b></b></a>"
    outer, empty = read_nodes(package, "x", data).children
    assert data[outer.start : outer.end] == b"<b><b/></b>"
    assert data[outer.inner : outer.inner_end] == b"<b/>"
    assert data[empty.start : empty.end] == b"<b></b>"


def test_attributes_are_set_and_taken_out():
    tag = b"<x:c  r = 'A1'\tt=\"s\"/>"
    assert with_attributes(tag, t=None) == b"<x:c  r = 'A1'/>"
    assert with_attributes(tag, t="e") == b"<x:c  r = 'A1' t=\"e\"/>"
    assert with_attributes(tag, s="1") == b'<x:c s="1"  r = \'A1\'\tt="s"/>'
    assert with_attributes(tag, s=None) == tag
