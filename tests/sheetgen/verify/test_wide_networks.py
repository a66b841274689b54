"""Wide and deep networks: judged as any other, in work that grows with their cells, also where something is wrong."""

import random
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sheetgen import Experiment, build_workbook
from sheetgen.network import names
from sheetgen.spreadsheet import formula_engine
from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FindingKind
from sheetgen.verify.formulas import relabelling
from sheetgen.verify.read.network_shape import Network, read_shape
from sheetgen.verify.values.error_bounds import Implied, Measured, rules_of
from tests.sheetgen.support.patched_workbooks import Book, Cell, read_cells

SHEET, HEADER, FIRST = "LR 0.5", 15, 16
ITERATIONS = 2
LAST = FIRST + ITERATIONS
LAYERS = (16, 16, 16)

Labels = dict[str, str]
Edits = dict[tuple[str, str], Cell | None]


def experiment(*layers: int, samples: int = 1, biases: bool = False, iterations: int = ITERATIONS) -> Experiment:
    """Return a network of random weights, trained with one learning rate."""
    rng = random.Random(1)

    def numbers(count: int, least: float, most: float) -> tuple[float, ...]:
        return tuple(round(rng.uniform(least, most), 4) for _ in range(count))

    pairs = [{"inputs": numbers(layers[0], -1, 1), "targets": numbers(layers[-1], 0.1, 0.9)} for _ in range(samples)]
    return Experiment.model_validate(
        {
            "title": "wide",
            "layers": layers,
            "weights": numbers(sum(before * after for before, after in pairwise(layers)), -0.8, 0.8),
            "learning_rates": (0.5,),
            "iterations": iterations,
            **({"samples": tuple(pairs)} if samples > 1 else pairs[0]),
            **({"biases": numbers(sum(layers[1:]), -0.5, 0.5), "train_biases": True} if biases else {}),
        }
    )


def build(folder: Path, made: Experiment) -> Path:
    path = folder / f"{made.shape}.xlsx"
    build_workbook(made, path, lessons=False)
    return path


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A network of hundreds of weights."""
    return read_cells(build(tmp_path_factory.mktemp("wide"), experiment(*LAYERS)))


@pytest.fixture(scope="module")
def columns(wide: Book) -> Labels:
    """The column of each label."""
    header = (re.fullmatch(rf"([A-Z]+){HEADER}", address) for address in wide.cells[SHEET])
    return {str(wide.cells[SHEET][found[0]].value): found[1] for found in header if found}


def changed(wide: Book, column: str, change: Callable[[str], str]) -> Edits:
    """Change the formulas of a column; `change` gets one without its `=`."""
    addresses = [f"{column}{row}" for row in range(FIRST, LAST + 1)]
    cells = {address: wide.cells[SHEET][address] for address in addresses}
    return {(SHEET, at): replace(cell, formula=change(cell.formula or "")) for at, cell in cells.items()}


def labelled(wide: Book, address: str, text: str) -> Edits:
    return {(SHEET, address): replace(wide.cells[SHEET][address], value=text, kind="inlineStr")}


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(experiment(*LAYERS), marks=pytest.mark.slow),
        pytest.param(experiment(33, 33), marks=pytest.mark.slow),
        experiment(4, 4, 4, 4, 4, 4, 4),
        experiment(9, 12, 7, samples=3, biases=True, iterations=7),
    ],
    ids=lambda made: f"{made.shape}, samples: {len(made.pairs)}",
)
def test_wide_and_deep_networks_are_right_in_every_cell(made: Experiment, tmp_path: Path) -> None:
    report = verify_file(build(tmp_path, made))
    assert report.ok, report.error or report.findings[:3]
    assert {table.layers for table in report.tables} == {made.layers}
    quantities = 2 * len(made.weights) + 2 * sum(made.layers[1:])
    assert report.cells_checked > 2 * (made.iterations + 1) * quantities


@pytest.mark.slow
def test_a_wrong_gradient_is_found_at_its_cells_and_explained(wide: Book, columns: Labels, tmp_path: Path) -> None:
    column = columns["∂E/∂w7"]
    edits = changed(wide, column, lambda formula: re.sub(rf"{columns['i7']}(\d)", rf"{columns['i8']}\1", formula))
    wide.write(tmp_path / "fault.xlsx", edits)
    (finding,) = verify_file(tmp_path / "fault.xlsx").findings
    assert (finding.range, finding.kind) == (f"{column}{FIRST}:{column}{LAST}", FindingKind.WRONG_FORMULA)
    assert finding.message == "i8 stands where i7 belongs"
    assert finding.expected_formula == f"={wide.cells[SHEET][f'{column}{FIRST}'].formula}"


@pytest.mark.slow
def test_what_a_wrong_gradient_affects_is_counted(wide: Book, columns: Labels, tmp_path: Path) -> None:
    path, at = tmp_path / "fault.xlsx", f"{columns['∂E/∂w300']}{LAST - 1}"
    cell = wide.cells[SHEET][at]
    wide.write(path, {(SHEET, at): replace(cell, formula=f"-({cell.formula})")}, recalculate=True)
    found = next(finding for finding in verify_file(path).findings if finding.range == at)
    before, after = wide.cells[SHEET], read_cells(path).cells[SHEET]
    off = [other for other in before if other.endswith(str(LAST)) and not _alike(before[other], after[other])]
    assert found.message == "a minus sign is too much"
    assert found.affected == len(off) > 250


def _alike(one: Cell, other: Cell) -> bool:
    numbers = isinstance(one.value, float) and isinstance(other.value, float)
    return one.value == (pytest.approx(other.value, rel=1e-7, abs=0) if numbers else other.value)


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the engine's sheets, one for each formula that is given to it."""
    sheets: list[str] = []
    place = formula_engine._Book._place

    def note(self: object, formula: object, sheet: str, row: int, column: int) -> object:
        sheets.append(f"{id(self)} {sheet}")
        return place(self, formula, sheet, row, column)  # type: ignore[arg-type]

    monkeypatch.setattr(formula_engine._Book, "_place", note)
    return sheets


@pytest.mark.slow
def test_a_slip_in_a_long_sum_is_found_without_trying_every_column(
    wide: Book, columns: Labels, tmp_path: Path, evaluated: list[str]
) -> None:
    column = columns["h3"]
    edits = changed(wide, column, lambda formula: re.sub(rf"\b{columns['i7']}(\d)", rf"{columns['i8']}\1", formula))
    wide.write(tmp_path / "fault.xlsx", edits)
    (finding,) = verify_file(tmp_path / "fault.xlsx").findings
    assert (finding.range, finding.message) == (f"{column}{FIRST}:{column}{LAST}", "i8 stands where i7 belongs")
    assert len(evaluated) < 34 * len(columns)  # 32 references, each tried as each column, would be as many
    assert len(set(evaluated)) < 200  # sheets: a candidate has none of its own


@pytest.mark.slow
def test_a_slip_in_every_gradient_is_found_in_each(
    wide: Book, columns: Labels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sheetgen.verify.formulas.explain._MOST_TRIED", 8_000)
    gradients = [f"∂E/∂w{number}" for number in range(1, 513)]
    edits: Edits = {}
    for name in gradients:
        edits |= changed(wide, columns[name], lambda formula: f"{formula}*1.7-3")
    wide.write(tmp_path / "fault.xlsx", edits)
    report = verify_file(tmp_path / "fault.xlsx")
    assert [finding.quantity for finding in report.findings] == gradients
    assert not report.error
    untried = [finding for finding in report.findings if "not all likely slips were tried" in finding.message]
    assert untried
    assert untried[-1].expected_formula == f"={wide.cells[SHEET][columns[gradients[-1]] + str(FIRST)].formula}"


@pytest.mark.slow
def test_swapped_labels_are_told(wide: Book, columns: Labels, tmp_path: Path) -> None:
    left, right = f"{columns['w5']}{HEADER}", f"{columns['w6']}{HEADER}"
    wide.write(tmp_path / "fault.xlsx", labelled(wide, left, "w6") | labelled(wide, right, "w5"))
    report = verify_file(tmp_path / "fault.xlsx")
    assert [finding.range for finding in report.findings] == [left, right]


@pytest.mark.slow
def test_the_search_for_unreadable_labels_ends_and_says_so(
    wide: Book, columns: Labels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relabelling, "_MOST_COLUMNS_READ", 2_500)
    readings = []
    judge = relabelling.judge_formulas
    monkeypatch.setattr(relabelling, "judge_formulas", lambda *given: readings.append(1) or judge(*given))
    edits: Edits = {}
    for name in (*(f"w{number}" for number in range(100, 130)), "h1", "h2"):
        edits |= labelled(wide, f"{columns[name]}{HEADER}", f"what {name} was")
    wide.write(tmp_path / "fault.xlsx", edits)
    report = verify_file(tmp_path / "fault.xlsx")
    assert f"sheet {SHEET}, row {HEADER}: some formulas look wrong, and after" in (report.error or "")
    assert len(readings) == 1 + 2 + 1  # as it stands, then two others of the 1,000 columns; and the other sheet


def calls_per_cell(path: Path) -> float:
    """Count the calls of Python functions that judging a workbook takes, for each of its cells."""
    calls = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        report = verify_file(path)
    finally:
        sys.setprofile(None)
    assert report.ok
    return calls / report.cells_checked


@pytest.mark.slow
def test_judging_takes_work_in_proportion_to_the_cells(tmp_path: Path) -> None:
    small, large = (build(tmp_path, experiment(n, n, n)) for n in (8, 16))
    verify_file(small)  # what is only done once, importing say, is done
    assert calls_per_cell(large) < 1.1 * calls_per_cell(small)


def test_what_a_deep_network_does_not_show_is_computed_once() -> None:
    network = Network((4,) * 8, ("sigmoid",) * 7)
    gradients = [names.gradient(weight) for weight in network.weights]
    shown = {*network.data, *network.weights, *gradients}
    asked = []

    def get(name: str) -> Measured:
        asked.append(name)
        return Measured(np.full(1, 0.3), np.zeros(1))

    implied = Implied(get, rules_of(network), shown)
    assert all(np.isfinite(implied(name).value).all() for name in gradients)
    assert len(asked) < 10 * len(network.weights)


def test_labels_that_claim_more_weights_than_a_sheet_has_columns_are_no_network() -> None:
    assert read_shape({"i1", "h99999", "t99999", "w1"}) is None
    assert read_shape({"i126", "h65", "t126", "w16380"}) == (126, 65, 126)


def test_inputs_and_targets_repeat_with_the_samples_and_nothing_else_does() -> None:
    network = Network((2, 2, 1), ("sigmoid", "sigmoid"), biases="neuron")
    assert {name for name in network.quantities if network.repeats_with_samples(name)} == {"i1", "i2", "t1"}
