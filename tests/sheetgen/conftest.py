"""Workbooks to test on, built once for the whole run."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sheetgen import Experiment, build_workbook, load_experiment, template_names, verify_file
from sheetgen.verify.findings import FileReport
from tests.sheetgen.support.browser import open_browser
from tests.sheetgen.support.mistaken_workbooks import WORKBOOKS

# Built with fewer rows: every further row is the same formulas again. One has so many that columns count as long.
FEWER = {"class": 20, "class-eva": 10, "deep": 5, "eva6": 10, "mazur": 60, "xor": 10}
FEWER |= {"adam": 8, "minibatch": 4, "momentum": 8, "optimizers": 8, "softmax": 8}


def shortened(template: str, iterations: int) -> Experiment:
    """Return a template with few iterations and, but for the class's own, with its first and last learning rate."""
    experiment = load_experiment(template)
    rates = experiment.learning_rates
    few = rates if template == "class" or len(rates) == 1 else (rates[0], rates[-1])
    return experiment.with_run(few, iterations)


@dataclass(frozen=True)
class Built:
    """A built workbook and what it was built from."""

    experiment: Experiment
    path: Path


@pytest.fixture(scope="session", params=template_names())
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Each shipped template's workbook."""
    experiment = shortened(request.param, FEWER[request.param])
    path = tmp_path_factory.mktemp("built") / f"{request.param}.xlsx"
    build_workbook(experiment, path)
    return Built(experiment, path)


@pytest.fixture(scope="session")
def report(built: Built) -> FileReport:
    """What is said of each shipped template's workbook."""
    return verify_file(built.path)


@pytest.fixture(scope="session")
def table_book(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The default workbook with few rows, and without the sheets that teach."""
    experiment = load_experiment().with_run((), 20)
    path = tmp_path_factory.mktemp("tables") / "BackPropagation.xlsx"
    build_workbook(experiment, path, lessons=False)
    return Built(experiment, path)


@pytest.fixture(scope="session")
def class_book(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The default workbook."""
    experiment = load_experiment()
    path = tmp_path_factory.mktemp("class") / "BackPropagation.xlsx"
    build_workbook(experiment, path)
    return Built(experiment, path)


@pytest.fixture(scope="session")
def short_book(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The default workbook with few rows."""
    experiment = load_experiment().with_run((0.5, 2.0), 10)
    path = tmp_path_factory.mktemp("short") / "BackPropagation.xlsx"
    build_workbook(experiment, path)
    return Built(experiment, path)


@pytest.fixture(scope="session")
def mistaken_books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Workbooks with the mistakes and layouts of public ones, by name."""
    folder = tmp_path_factory.mktemp("mistaken")
    return {name: write(folder / f"{name}.xlsx") for name, write in WORKBOOKS.items()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    with open_browser() as started:
        yield started
