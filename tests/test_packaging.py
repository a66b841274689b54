"""What an installation that is not editable would hold."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_package_is_installed():
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = [path.parent for name in ("mnist", "sheetgen") for path in (ROOT / name).rglob("__init__.py")]
    there = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    assert set(setup["packages"]) == there | {"sheetgen.templates"}
