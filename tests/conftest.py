"""What all tests share: finding programs, and failing loudly where CI must not skip."""

import importlib.util
import os
import shutil
from pathlib import Path
from types import ModuleType

import pytest


def require_program(name: str) -> str:
    """Return the path of a program; skip where it is missing, or fail where REQUIRE_PROGRAMS says it must be there."""
    path = shutil.which(name)
    if path is None:
        reason = f"the program {name} is not installed"
        if os.environ.get("REQUIRE_PROGRAMS"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def load_script(name: str) -> ModuleType:
    """Load a script of docs/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
