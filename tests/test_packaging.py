"""What an installation holds, and what it puts on Python's path."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from sheetgen import template_names

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel of an installation that is not editable."""
    return unpacked("wheel", tmp_path_factory.mktemp("wheel"))


def unpacked(kind: str, folder: Path) -> Path:
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    code = f"from hatchling.build import build_{kind} as build; print(build({str(folder)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    with zipfile.ZipFile(folder / done.stdout.split()[-1]) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_every_module_and_its_data_is_installed(wheel: Path):
    files = [path for name in ("mnist", "sheetgen") for path in (ROOT / name).rglob("*") if path.is_file()]
    own = {str(path.relative_to(ROOT)) for path in files if path.parent.name != "__pycache__"}
    there = {str(path.relative_to(wheel)) for path in wheel.rglob("*") if path.is_file()}
    expected = own | {f"sheetgen/templates/{name}.toml" for name in template_names()}
    assert {name for name in there if not name.split("/")[0].endswith(".dist-info")} == expected
    assert {Path(name).suffix for name in own} >= {".py", ".pt", ".json", ".js", ".css"}


def test_an_installed_package_finds_its_templates(wheel: Path, tmp_path: Path):
    code = "import sheetgen; print(sheetgen.__file__, *sheetgen.template_names(), sheetgen.load_experiment().shape)"
    environment = os.environ | {"PYTHONPATH": str(wheel)}
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(wheel / "sheetgen" / "__init__.py"), *template_names(), "2-2-2"]


def test_an_editable_installation_is_a_folder_on_the_path_so_that_type_checkers_follow_it(tmp_path: Path):
    """They read .pth files that name folders, and none that run code."""
    editable = unpacked("editable", tmp_path)
    (path,) = editable.glob("*.pth")
    assert path.read_text(encoding="utf-8").split() == [str(ROOT)]
    assert not list(editable.rglob("*.py"))
