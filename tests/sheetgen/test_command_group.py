"""However a command is stopped, it says so in one line, and not with 1, which means that something was found."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mnist.errors import MnistError
from sheetgen.command_group import CommandGroup
from sheetgen.errors import SheetgenError
from tests.sheetgen.support.compared_workbooks import write_book

pytestmark = pytest.mark.alike(4)

ROOT = Path(__file__).parents[2]
FULL = Path("/dev/full")


def stopped_by(error: BaseException) -> tuple[int, str]:
    """Return the exit code and the words of a command that raises an error."""

    @click.group("prog", cls=CommandGroup)
    def group() -> None: ...

    @group.command()
    def work() -> None:
        raise error

    result = CliRunner().invoke(group, ["work"])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (SheetgenError("x.xlsx", "no such file", "give\nanother"), 2, "prog: x.xlsx: no such file; give another"),
        (MnistError("x.pt", "damaged", "give another"), 2, "prog: x.pt: damaged; give another"),
        (click.BadParameter("too small."), 2, "prog work: Invalid value: too small. See prog work --help."),
        (click.ClickException("no"), 2, "prog: no"),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (click.Abort(), 130, "Interrupted."),
        (MemoryError(), 2, "prog: more memory is needed than there is; try a smaller file"),
        (RecursionError(), 2, "prog: something is nested too deeply; try a simpler file"),
        (BrokenProcessPool(), 2, "prog: a process was ended by the system; is memory short?"),
        (
            PermissionError(13, "Permission denied", "/x"),
            2,
            "prog: /x: cannot be read or written (Permission denied); make room, or choose another place",
        ),
        (ModuleNotFoundError("no x", name="x"), 2, "prog: x: not installed; install this package again, with all"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_whatever_stops_a_command_is_one_line(error: BaseException, code: int, words: str):
    ended, output = stopped_by(error)
    assert ended == code
    assert output.startswith(words)
    assert output.count("\n") == 1


def test_a_fault_of_ours_shows_where_it_is_and_does_not_look_like_a_finding():
    code, output = stopped_by(KeyError("w1"))
    assert code == 2
    assert "Traceback" in output
    assert output.splitlines()[-1] == "prog: this is a fault of ours; please report the lines above"


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two workbooks that differ."""
    folder = tmp_path_factory.mktemp("books")
    for name, number in (("a.xlsx", 1), ("b.xlsx", 2)):
        write_book(folder / name, {"S": {"A1": number}})
    return folder


COMMANDS = {
    "help": ("sheetgen", "--help"),
    "a table": ("sheetgen", "templates"),
    "differences": ("sheetgen", "diff", "a.xlsx", "b.xlsx"),
    "text for git": ("sheetgen", "textconv", "a.xlsx"),
    "findings": ("sheetgen", "verify", "a.xlsx"),
    "mnist's version": ("mnist", "--version"),
}
commands = pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))


def ended(books: Path, command: tuple[str, ...], stdout: int, *, buffered: bool) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "" if buffered else "1"}
    line = [sys.executable, "-m", *command]
    done = subprocess.run(
        line, cwd=books, env=environment, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("buffered", [True, False])
@commands
def test_an_output_that_cannot_be_written_is_one_line(books: Path, command: tuple[str, ...], buffered: bool):
    with FULL.open("wb") as full:
        code, words = ended(books, command, full.fileno(), buffered=buffered)
    assert code == 2
    assert words.startswith(f"{command[0]}: standard output")
    assert "No space left on device" in words
    assert words.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="pipes differ")
@commands
def test_a_closed_pipe_is_silence(books: Path, command: tuple[str, ...]):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert ended(books, command, writing, buffered=True) == (128 + signal.SIGPIPE, "")
    finally:
        os.close(writing)


@pytest.mark.skipif(os.name == "nt", reason="shells differ")
def test_a_closed_output_is_said_before_any_work_is_done(tmp_path: Path):
    shell = ["sh", "-c", f'exec "{sys.executable}" -m sheetgen build >&-']
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(shell, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("sheetgen: standard output: is closed")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="signals differ")
@pytest.mark.parametrize(
    ("number", "code", "words"), [(signal.SIGINT, 130, "Interrupted.\n"), (signal.SIGTERM, 143, "")]
)
@pytest.mark.usefixtures("obeyed_signals")
def test_a_build_that_is_broken_off_leaves_the_file_as_it_was(tmp_path: Path, number: int, code: int, words: str):
    (tmp_path / "x.xlsx").write_text("as it was")
    line = [sys.executable, "-m", "sheetgen", "build", "-n", "100000", "--only", "table", "-o", "x.xlsx"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        line, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        until = time.monotonic() + 60
        while not list(tmp_path.glob(".sheetgen-*")) and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.5)  # let it go on to write: the folder shows before its maker knows that it is there
        process.send_signal(number)
        said = process.communicate(timeout=60)[1]
    assert (process.returncode, said) == (code, words)
    assert [path.name for path in tmp_path.iterdir()] == ["x.xlsx"]
    assert (tmp_path / "x.xlsx").read_text() == "as it was"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_an_encoding_without_greek_letters_gets_escapes(encoding: str, tmp_path: Path):
    command = [sys.executable, "-m", "sheetgen", "build", "class", "--iterations", "2", "-o", tmp_path / "book.xlsx"]
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr
    assert rb"\u03b7" in result.stdout
