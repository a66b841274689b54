"""What goes to a terminal and what to a pipe: widths, blanks, colours and progress; suggestions; help at 60 columns."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sheetgen import Experiment, load_experiment
from sheetgen.cli import main
from sheetgen.console import progress_bar

ROOT = Path(__file__).parents[3]


def piped(*arguments: str, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command whose output goes into pipes."""
    settings = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-m", "sheetgen", *arguments]
    return subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False, timeout=120)


def test_piped_output_has_no_blanks_at_the_ends_of_lines_and_is_not_wrapped_at_80(tmp_path: Path):
    name = f"{'long-' * 20}.xlsx"
    for arguments in (("templates",), ("build", "-n", "3", "--only", "table", "-o", name), ("verify", name)):
        done = piped(*arguments, folder=tmp_path, COLUMNS="80")
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert lines == [line.rstrip() for line in lines]
    assert [line for line in lines if name in line and "all right" in line]


@pytest.mark.slow
def test_colours_in_a_log_bring_no_progress_with_them(tmp_path: Path):
    options = ("build", "-n", "800", "--only", "table", "--no-verify")
    done = piped(*options, folder=tmp_path, FORCE_COLOR="1", TERM="xterm-256color")
    assert done.stderr == ""
    assert "\x1b[1m" in done.stdout
    assert not re.search(r" +(\x1b\[0m)?\n", done.stdout)


def test_progress_needs_a_terminal(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress_bar("working", 10, least=1) as update:
        assert update is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("buld", "Did you mean 'build'?"),
        ("verify x --fromat json", "Did you mean '--format'?"),
        ("verify x --format jsn", "Did you mean 'json'?"),
        ("verify x --engine LibreOfice", "Did you mean 'libreoffice'?"),
        ("diff a b --ignore formuals", "Did you mean 'formulas'?"),
        ("build clas", "did you mean 'class'?"),
        ("templates mazzur", "did you mean 'mazur'?"),
        ("build -r 0,5", "Did you mean '0.5'?"),
        ("build -n 1,000", "Did you mean '1000'?"),
    ],
)
def test_a_near_miss_is_answered_with_what_was_meant(line: str, said: str):
    result = CliRunner().invoke(main, line.split())
    assert result.exit_code == 2
    assert said in result.output
    assert len(result.output.splitlines()) == 1


@pytest.mark.parametrize("line", ["verify x --format 7", "build -r many", "build -n 1,5"])
def test_what_is_near_nothing_gets_no_suggestion(line: str):
    assert "mean" not in CliRunner().invoke(main, line.split()).output


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("command", [(), *((name,) for name in main.commands)])
def test_help_fits_the_terminal_and_is_not_cut(command: tuple[str, ...], columns: int):
    result = CliRunner().invoke(main, [*command, "--help"], terminal_width=columns)
    assert result.exit_code == 0
    too_long = [line for line in result.output.splitlines() if len(line) > columns]
    assert too_long == []
    assert not re.search(r"\w\.\.\.(?!\S)", result.output.replace("FILE...", ""))


def test_a_template_can_be_printed_and_started_from(tmp_path: Path):
    result = CliRunner().invoke(main, ["templates", "xor"])
    mine = tmp_path / "mine.toml"
    mine.write_text(result.output, encoding="utf-8")
    assert load_experiment(mine) == load_experiment("xor")


def test_a_target_out_of_reach_is_a_warning_and_no_error(tmp_path: Path):
    text = CliRunner().invoke(main, ["templates", "class"]).output
    mine = tmp_path / "mine.toml"
    mine.write_text(re.sub("targets = .*", "targets = [0.5, 7]", text), encoding="utf-8")
    done = piped("build", "mine.toml", "-n", "3", "--only", "table", folder=tmp_path)
    assert done.returncode == 0
    said = "warning: mine.toml, targets[2]: 7.0 is out of reach, as the output of sigmoid is between 0 and 1"
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1


def test_the_help_says_which_keys_of_a_template_are_optional():
    needed = {"title", "layers", "weights", "inputs", "targets"}  # the last two, or samples
    for name, meaning in Experiment.described_keys():
        assert meaning
        assert meaning.startswith("optional; ") is (name not in needed)


def test_the_table_of_keys_in_the_docs_says_the_same_of_what_is_optional():
    table = (ROOT / "docs/templates.md").read_text("utf-8").partition("| key |")[2]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    for name, meaning in Experiment.described_keys():
        (row,) = [row for row in rows if f"`{name}`" in row.split("|")[1]]
        assert row.split("|")[2].startswith(" optional") is meaning.startswith("optional")
