"""What a command imports: a library that it does not need would cost every call its time."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORKBOOK = ROOT / "BackPropagation.xlsx"
ONLY_FOR_TRAINING = ("torch", "torchvision", "scipy", "matplotlib", "pandas")
ONLY_FOR_OTHER_COMMANDS = (*ONLY_FOR_TRAINING, "pytest", "openpyxl", "xlsxwriter", "ironcalc", "distributed")
UNNEEDED = ("sheetgen.annotate", "sheetgen.recalculate.", "sheetgen.diff")
_CODE = """
import contextlib, os, sys
from {program}.cli import main
with contextlib.redirect_stdout(open(os.devnull, "w")), contextlib.suppress(SystemExit):
    main({arguments})
print(*sys.modules)
"""


def imported_by(program: str, *arguments: str) -> set[str]:
    """Return the modules that a process has imported after a command."""
    code = _CODE.format(program=program, arguments=list(arguments))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("program", ["sheetgen", "mnist"])
def test_the_help_of_a_program_imports_no_command_and_no_library_but_click(program: str):
    modules = imported_by(program, "--help")
    assert "click" in modules
    assert not modules & {*ONLY_FOR_OTHER_COMMANDS, "numpy", "rich", "pydantic", "formualizer", "multiprocessing"}
    assert {name for name in modules if name.startswith(f"{program}.cli.")} == {f"{program}.cli.main"}


def without_origin(path: Path) -> Path:
    """Copy our workbook without the properties that say what it was built from."""
    with zipfile.ZipFile(WORKBOOK) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            if name != "docProps/custom.xml":
                target.writestr(name, source.read(name))
    return path


@pytest.mark.parametrize("own", [True, False])
def test_judging_a_right_workbook_imports_only_what_it_needs(own: bool, tmp_path: Path):
    path = WORKBOOK if own else without_origin(tmp_path / "any.xlsx")
    modules = imported_by("sheetgen", "verify", str(path))
    assert {"numpy", "formualizer", "sheetgen.verify.table"} <= modules
    assert not modules & {*ONLY_FOR_OTHER_COMMANDS, "numpy.ma", "numpy.testing", "pydantic", "multiprocessing"}
    writers = ("sheetgen.recipe.", "sheetgen.workbook", "sheetgen.lesson", "sheetgen.verify.own_loss.judge")
    assert not [name for name in modules if name.startswith((*UNNEEDED, *writers))]


def with_broken_seal(path: Path) -> Path:
    """Copy our workbook with one more byte in a part, as if a program had saved it."""
    with zipfile.ZipFile(WORKBOOK) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name) + b"\n" * (name == "xl/styles.xml"))
    return path


def test_judging_our_own_workbook_imports_only_what_writes_it_besides(tmp_path: Path):
    modules = imported_by("sheetgen", "verify", str(with_broken_seal(tmp_path / "saved.xlsx")))
    assert {"xlsxwriter", "pydantic", "sheetgen.recipe.judge"} <= modules
    assert not modules & ({*ONLY_FOR_OTHER_COMMANDS, "numpy.ma", "numpy.testing", "multiprocessing"} - {"xlsxwriter"})
    assert not [name for name in modules if name.startswith(UNNEEDED)]


def test_an_option_that_is_not_given_imports_nothing(tmp_path: Path):
    marked = imported_by("sheetgen", "verify", str(WORKBOOK), "--mark", str(tmp_path / "marked.xlsx"))
    assert "sheetgen.annotate.marked_workbook" in marked
    assert not marked & {"pytest", *ONLY_FOR_TRAINING}
