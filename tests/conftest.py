"""What all tests share: finding programs, and failing loudly where CI must not skip."""

import importlib.util
import os
import shutil
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from types import ModuleType

import pytest

from tests import shared_files


def require_program(name: str) -> str:
    """Return the path of a program; skip where it is missing, or fail where REQUIRE_PROGRAMS says it must be there."""
    path = shutil.which(name)
    if path is None:
        reason = f"the program {name} is not installed"
        if os.environ.get("REQUIRE_PROGRAMS"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of tests that are marked `alike(n)`, leave every n-th of a module on the fast path and mark the others `slow`."""
    seen: Counter[tuple[Path, int]] = Counter()
    for item in items:
        alike = item.get_closest_marker("alike")
        if alike is not None:
            (every,) = alike.args
            if seen[item.path, every] % every:
                item.add_marker("slow")
            seen[item.path, every] += 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let all tests that lack a shared file skip in one place, which makes one line of the summary."""
    report = yield
    if report.skipped and shared_files.NOT_THERE in str(report.longrepr):
        report.longrepr = (shared_files.__file__, 1, f"Skipped: {shared_files.NOT_THERE}")
    return report


def load_script(name: str) -> ModuleType:
    """Load a script of docs/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
