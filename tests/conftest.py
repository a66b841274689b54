"""What all tests share: finding programs, and failing loudly where CI must not skip."""

import importlib.util
import os
import shutil
import signal
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest

from tests import shared_files


def require_program(name: str) -> str:
    """Return the path of a program; skip where it is missing, or fail where REQUIRE_PROGRAMS says it must be there."""
    path = shutil.which(name)
    if path is None:
        give_up(f"the program {name} is not installed")
    return path


def give_up(reason: str) -> NoReturn:
    """Skip a test for what is missing, or fail where REQUIRE_PROGRAMS says that nothing may be."""
    if os.environ.get("REQUIRE_PROGRAMS"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def obeyed_signals() -> Iterator[None]:
    """Let the processes that a test starts obey SIGINT and SIGHUP, also where these tests run in the background.

    A shell's background job inherits SIGINT as ignored, and what `nohup` starts SIGHUP, and so do their children.
    """
    before = {name: signal.getsignal(name) for name in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT))}
    for name, handler in before.items():
        if handler is signal.SIG_IGN:
            signal.signal(name, signal.SIG_DFL)
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that runs every case of the tests that are marked `sampled`."""
    parser.addoption("--exhaustive", action="store_true", help="run every case, which takes several times as long")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of tests marked `alike(n)`, leave every n-th of a module on the fast path and mark the others `slow`.

    Of tests marked `sampled(n)`, run every n-th only, unless all are asked for.
    """
    if not config.getoption("--exhaustive"):
        items[:] = _sampled(items)
    seen: Counter[tuple[Path, int]] = Counter()
    for item in items:
        alike = item.get_closest_marker("alike")
        if alike is not None:
            (every,) = alike.args
            if seen[item.path, every] % every:
                item.add_marker("slow")
            seen[item.path, every] += 1


def _sampled(items: list[pytest.Item]) -> list[pytest.Item]:
    seen: Counter[str] = Counter()
    kept = []
    for item in items:
        sampled = item.get_closest_marker("sampled")
        test = item.nodeid.partition("[")[0]
        if sampled is None or seen[test] % sampled.args[0] == 0:
            kept.append(item)
        seen[test] += 1
    return kept


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
