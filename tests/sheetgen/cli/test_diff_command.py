"""`sheetgen diff` and `textconv` as a user, git, pre-commit and a GitHub workflow meet them."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner

from sheetgen.cli import main
from tests.conftest import require_program
from tests.sheetgen.support.compared_workbooks import write_book

_ROOT = Path(__file__).parents[3]
_ACTION = _ROOT / "action.yml"
_HOOKS = _ROOT / ".pre-commit-hooks.yaml"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an old workbook, and what may have become of it."""
    folder = tmp_path_factory.mktemp("pair")
    cells = {"A1": 1, "B1": ("=A1*2", 2)}
    write_book(folder / "old.xlsx", {"S": cells})
    write_book(folder / "same.xlsx", {"S": cells}, comment="saved again")
    write_book(folder / "new.xlsx", {"S": {**cells, "B1": ("=A1*3", 3)}})
    write_book(folder / "close.xlsx", {"S": {**cells, "A1": 1 + 1e-7}})
    return folder


@pytest.fixture
def run(pair: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(pair, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("old.xlsx", "old.xlsx"), 0),
        (("old.xlsx", "same.xlsx"), 0),
        (("old.xlsx", "new.xlsx"), 1),
        (("old.xlsx", "new.xlsx", "--ignore", "formulas", "--ignore", "values"), 0),
        (("old.xlsx", "close.xlsx"), 1),
        (("old.xlsx", "close.xlsx", "--tolerance", "1e-6"), 0),
    ],
)
def test_exit_code_says_whether_they_are_the_same(run, arguments: tuple[str, ...], code: int):
    for style in ("text", "json", "markdown", "github"):
        result = run("diff", *arguments, "--format", style)
        assert result.exit_code == code, result.output
        assert result.output


def test_differences_are_printed(run):
    expected = "--- old.xlsx\n+++ new.xlsx\n@@ S @@\n~B1 =A1*2 → =A1*3\n1 formula changed\n"
    assert run("diff", "old.xlsx", "new.xlsx").output == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("diff", "old.xlsx", "missing.xlsx"), "missing.xlsx: no such file"),
        (("diff", "text.xlsx", "text.xlsx"), "not an .xlsx workbook"),
        (("diff", "cut.xlsx", "old.xlsx"), "damaged or truncated"),
        (("diff", "old.xlsx", "folder"), "a folder"),
        (("diff", "old.xlsx", "pipe"), "not a regular file"),
        (("diff", "old.xlsx", "new.xlsx", "-o", "folder"), "is a folder"),
        (("diff", "old.xlsx", "new.xlsx", "-o", "none/report"), "cannot be written"),
        (("diff", "old.xlsx", "new.xlsx", "-o", "./new.xlsx"), "is one of the workbooks"),
        (("diff", "old.xlsx", "new.xlsx", "--tolerance", "nan"), "finite"),
        (("diff", "old.xlsx", "new.xlsx", "--tolerance", "-1"), "-1"),
        (("diff", "old.xlsx", "new.xlsx", "--ignore", "colours"), "colours"),
        (("diff", "old.xlsx", "new.xlsx", "--max-cells", "1"), "--max-cells"),
        (("diff", "old.xlsx"), "NEW"),
        (("textconv", "missing.xlsx"), "no such file"),
    ],
)
def test_what_cannot_be_compared_ends_with_2(run, tmp_path: Path, arguments: tuple[str, ...], words: str):
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.xlsx").write_text("no workbook")
    (tmp_path / "cut.xlsx").write_bytes((tmp_path / "old.xlsx").read_bytes()[:2000])
    os.mkfifo(tmp_path / "pipe")
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert words in result.output
    assert len(result.output.splitlines()) == 1
    assert {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")} == before


def test_a_report_in_a_file_is_written_whole_or_not_at_all(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    result = run("diff", "old.xlsx", "new.xlsx", "--format", "json", "-o", "report.json")
    assert (result.exit_code, result.output) == (1, "")
    assert json.loads((tmp_path / "report.json").read_text())["totals"] == {"cells-formula": 1}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = (tmp_path / "report.json").read_text()
    monkeypatch.setattr(Path, "replace", full)
    result = run("diff", "old.xlsx", "new.xlsx", "-o", "report.json")
    assert (result.exit_code, "No space left" in result.output) == (2, True)
    assert (tmp_path / "report.json").read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "close.xlsx", "new.xlsx", "old.xlsx", "report.json", "same.xlsx"]  # fmt: skip


def test_github_gets_annotations_and_a_summary(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "summary.md").write_text("before\n")
    result = run("diff", "old.xlsx", "new.xlsx", "--format", "github")
    assert result.output.splitlines()[0] == "::notice file=new.xlsx,title=S!B1::formula changed: =A1*2 → =A1*3"
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("before\n### ")
    assert "| formula changed |" in summary
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    assert run("diff", "old.xlsx", "new.xlsx", "--format", "github").exit_code == 2


@pytest.mark.slow
def test_output_survives_a_terminal_that_lacks_the_signs(tmp_path: Path):
    write_book(tmp_path / "old.xlsx", {"S": {"A1": "n"}})
    write_book(tmp_path / "new.xlsx", {"S": {"A1": "η"}})
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(_ROOT)}
    for arguments, code in ((("diff", "old.xlsx", "new.xlsx"), 1), (("textconv", "new.xlsx"), 0)):
        command = [sys.executable, "-m", "sheetgen", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (code, b"")


def test_git_shows_changed_cells(tmp_path: Path):
    git = require_program("git")
    command = f'PYTHONPATH="{_ROOT}" "{sys.executable}" -m sheetgen textconv'
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def call(*arguments: str) -> str:
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        return subprocess.run(
            [git, *identity, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        ).stdout

    call("init", "--quiet")
    call("config", "diff.xlsx.textconv", command)
    (tmp_path / ".gitattributes").write_text("*.xlsx diff=xlsx\n")
    rows = {f"B{row}": (f"=A{row}*2", row) for row in range(1, 20)}
    write_book(tmp_path / "my book.xlsx", {"First": {"A1": 1}, "Second": rows})
    call("add", ".")
    call("commit", "--quiet", "--message", "a workbook")
    write_book(tmp_path / "my book.xlsx", {"First": {"A1": 1}, "Second": {**rows, "B10": ("=A10*3", 30)}})
    shown = call("diff").splitlines()
    changed = [line for line in shown if re.match(r"[-+] ", line)]
    assert changed == ["-  B10: =A10*2 → 10", "+  B10: =A10*3 → 30"]
    assert any(re.fullmatch(r"@@ .* @@ sheet Second", line) for line in shown)


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\n", b"PK\x03\x04 cut short"])
def test_git_is_told_of_a_file_that_is_no_workbook_and_goes_on(run, tmp_path: Path, content: bytes):
    (tmp_path / "bad.xlsx").write_bytes(content)
    result = run("textconv", "bad.xlsx")
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.fullmatch(r"cannot be read: [^\n]+\n", result.stdout)
    assert "bad.xlsx" not in result.stdout


def test_a_workbook_that_breaks_off_is_told_in_its_last_line(run, tmp_path: Path):
    write_book(tmp_path / "big.xlsx", {"S": {f"A{row}": row for row in range(1, 50)}})
    result = run("textconv", "big.xlsx", "--max-cells", "10")
    assert result.exit_code == 0
    assert result.output.splitlines()[-1].startswith("cannot be read: ")


def steps() -> list[str]:
    """Return the shell scripts of the action."""
    found = re.findall(r"^( +)run: (?:\|\n((?:\1  .*\n|\n)+)|(.+))", _ACTION.read_text(encoding="utf-8"), re.MULTILINE)
    return [textwrap.dedent(block) or line for _, block, line in found]


def test_the_action_and_the_hook_are_what_their_tools_expect():
    yaml = pytest.importorskip("yaml")
    action = yaml.safe_load(_ACTION.read_text(encoding="utf-8"))
    assert set(action["inputs"]) == {"files", "arguments"}
    assert action["runs"]["using"] == "composite"
    scripts = [step for step in action["runs"]["steps"] if "run" in step]
    assert [step["run"] for step in scripts] == steps()
    assert all(step["shell"] == "bash" for step in scripts)
    (hook,) = yaml.safe_load(_HOOKS.read_text(encoding="utf-8"))
    assert (hook["id"], hook["entry"], hook["language"]) == ("sheetgen-verify", "sheetgen verify", "python")


def test_no_input_is_written_into_a_script():
    assert len(steps()) == 2
    assert not any("${{" in script for script in steps())


@pytest.mark.parametrize(
    ("name", "taken"),
    [("a.xlsx", True), ("folder/b c.xlsm", True), ("~$a.xlsx", False), ("x/~$a.xlsx", False), ("a.xlsx.txt", False)],
)
def test_the_hook_takes_workbooks(name: str, taken: bool):
    hook = dict(re.findall(r"^[- ] (\w+): (.+)$", _HOOKS.read_text(encoding="utf-8"), re.MULTILINE))
    assert bool(re.search(hook["files"], name) and not re.search(hook["exclude"], name)) is taken


@pytest.fixture
def act(tmp_path: Path):
    """Run the action's last step with a program named `sheetgen` that writes down how it was called."""
    bash = require_program("bash")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "sheetgen"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 1\n')
    program.chmod(0o755)
    work = tmp_path / "work"
    (work / "deep" / "er").mkdir(parents=True)
    for name in ("one.xlsx", "two words.xlsx", "~$one.xlsx", "deep/er/three.xlsx", "[4].xlsx", "-5.xlsx", "note.txt"):
        (work / name).touch()

    def call(files: str, arguments: str = "") -> tuple[int, list[str]]:
        environment = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "FILES": files, "ARGUMENTS": arguments}
        # The way GitHub starts bash.
        shell = [bash, "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", steps()[-1]]
        done = subprocess.run(shell, cwd=work, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, (done.stdout or done.stderr).splitlines()

    return call


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ("one.xlsx", ["one.xlsx"]),
        ("two words.xlsx\none.xlsx\n", ["two words.xlsx", "one.xlsx"]),
        ("two*.xlsx", ["two words.xlsx"]),
        ("**/*.xlsx", ["-5.xlsx", "[4].xlsx", "deep/er/three.xlsx", "one.xlsx", "two words.xlsx"]),
        ("[4].xlsx", ["[4].xlsx"]),
        ("missing.xlsx", ["missing.xlsx"]),
        (
            "$(touch owned)\n`touch owned`\n; touch owned",
            ["$(touch owned)", "`touch owned`", "; touch owned"],
        ),
    ],
)
def test_the_action_hands_over_files(act, tmp_path: Path, files: str, expected: list[str]):
    code, called = act(files)
    assert code == 1
    assert called[:4] == ["verify", "--format", "github", "--"]
    assert sorted(called[4:]) == sorted(expected)
    assert not (tmp_path / "work" / "owned").exists()


def test_the_action_hands_over_arguments(act, tmp_path: Path):
    called = act("one.xlsx", " --engine  ironcalc\n--jobs 2 * $(touch owned)")[1]
    assert called[1:-4] == ["--engine", "ironcalc", "--jobs", "2", "*", "$(touch", "owned)"]
    assert not (tmp_path / "work" / "owned").exists()


@pytest.mark.parametrize("files", ["", "\n\n", "*.ods"])
def test_the_action_says_that_there_are_no_files(act, files: str):
    code, said = act(files)
    assert (code, len(said)) == (2, 1)
