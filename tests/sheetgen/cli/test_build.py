"""The command line as a user meets it."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from sheetgen import __version__
from sheetgen.cli import main
from sheetgen.command_group import LazyCommand


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


def test_build_writes_the_workbook_and_says_what_it_wrote(run, tmp_path: Path):
    result: Result = run("build")
    assert result.exit_code == 0, result.output
    assert list(tmp_path.iterdir()) == [tmp_path / "BackPropagation.xlsx"]
    said = ("LR 0.1", "LR 2.0", "Your η", "0.000614261810974", "16 sheets", "live formulas")
    for words in (*said, "wrote BackPropagation.xlsx"):
        assert words in result.output


def test_build_takes_rates_and_iterations(run):
    options = ("build", "eva6", "-r", "0.3", "-r", "5", "-o", "x.xlsx", "--only", "table")
    result = run(*options, "-n", "12")
    assert result.exit_code == 0
    assert "LR 0.3" in result.output
    assert "LR 5.0" in result.output
    assert run(*options, "-n", "12", "--check").exit_code == 0
    different = run(*options, "-n", "13", "--check")
    assert different.exit_code == 1
    assert "LR 0.3!A29: empty, expected =A28+1" in different.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("build", "nothing"), "nothing: no such template or file"),
        (("build", "-o", "."), "is a folder"),
        (("build", "-o", "no/such/x.xlsx"), "there is no folder"),
        (("build", "-o", "x.xls"), "does not end in .xlsx"),
        (("build", "-r", "nan"), "nan is not usable"),
        (("build", "-r", "0"), "greater than 0"),
        (("build", "-r", "1", "-r", "1"), "twice"),
        (("build", "-n", "0"), "0 is not usable"),
        (("build", "-n", "2000000"), "do not fit"),
        (("build", "--check"), "no such file"),
        (("build", "-r", "many"), "many"),
        (("bulid",), "No such command"),
    ],
)
def test_mistakes_end_with_2_and_leave_nothing(run, tmp_path: Path, arguments: tuple[str, ...], words: str):
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output
    assert len(result.output.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_templates_are_listed(run):
    result = run("templates")
    assert result.exit_code == 0
    assert all(name in result.output for name in ("class", "eva6", "mazur", "10,000", "3-4-3-2"))


def test_a_terminal_without_greek_letters_is_no_fault(tmp_path: Path):
    command = [sys.executable, "-m", "sheetgen", "build", "-n", "3", "--no-verify"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert r"\u03b7" in done.stdout


def test_version_and_module():
    done = subprocess.run([sys.executable, "-m", "sheetgen", "--version"], capture_output=True, text=True, check=True)
    assert __version__ in done.stdout


@pytest.mark.parametrize("listed", main.commands.values(), ids=lambda listed: listed.name)
def test_every_command_and_option_has_help(listed: LazyCommand):
    assert "..." not in listed.get_short_help_str(limit=60)
    command = listed.imported()
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
