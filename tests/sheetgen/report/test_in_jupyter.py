"""Text made in a notebook, where Rich shows what it prints instead of writing it into a stream."""

import pytest
from rich import console

from sheetgen.console import standard_output
from sheetgen.report import to_text
from sheetgen.verify.findings import FileReport


@pytest.fixture(autouse=True)
def jupyter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_is_jupyter", lambda: True)


def test_a_report_is_returned_as_text():
    assert "a.xlsx" in to_text([FileReport("a.xlsx", error="no table")])


def test_what_a_command_prints_goes_to_its_output(capsys: pytest.CaptureFixture[str]):
    with standard_output() as output:
        output.print("a line")
    assert capsys.readouterr().out == "a line\n"
