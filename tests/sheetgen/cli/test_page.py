"""`sheetgen page` without what it needs."""

import sys

import pytest
from click.testing import CliRunner

from sheetgen.cli import main


@pytest.mark.parametrize("library", ["starlette", "uvicorn"])
def test_a_missing_extra_is_said_in_one_line(library: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, library, None)
    if library == "uvicorn":
        monkeypatch.setitem(sys.modules, "starlette", sys)  # whether it is installed or not
    done = CliRunner().invoke(main, ["page"])
    assert done.exit_code == 2
    remedy = 'install it with: pip install "backpropagation-sheets[page]"'
    assert done.stderr == f"sheetgen: sheetgen page: {library} is not installed; {remedy}\n"
