"""Real spreadsheet engines, with the caches destroyed first, against the caches and against the NumPy reference."""

import math
from pathlib import Path

import pytest

from sheetgen import trace
from sheetgen.layout import YOURS, TableLayout, rate_sheet
from sheetgen.notation import write_notation
from sheetgen.verify.engines.caches import WRONG_NUMBER
from sheetgen.workbook.plan import your_rate
from tests.sheetgen.conftest import Built
from tests.sheetgen.engines import BIT_EQUAL, ENGINES, Values, cached, destroy_caches, formulas, recalculate


def close(left: object, right: object) -> bool:
    if isinstance(left, float | int) and isinstance(right, float | int):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-13)
    return left == right


@pytest.fixture(scope="session")
def seen(built: Built) -> tuple[dict[tuple[str, str], str], Values]:
    """The formulas and the cached values of a built workbook."""
    return formulas(built.path), cached(built.path)


def test_no_cached_value_is_left(built: Built, seen: tuple[dict[tuple[str, str], str], Values], tmp_path: Path):
    destroyed = destroy_caches(built.path, tmp_path)
    spoiled = cached(destroyed)
    assert formulas(destroyed) == seen[0]
    assert {spoiled[cell] for cell in seen[0]} == {WRONG_NUMBER}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_cell_recalculates_to_its_cached_value_and_the_reference(
    built: Built, seen: tuple[dict[tuple[str, str], str], Values], engine: str
):
    live, written = seen
    recalculated = recalculate(built.path, engine)
    assert live
    same = (lambda left, right: left == right) if engine in BIT_EQUAL and built.path.stem != "deep" else close
    wrong = {
        cell: (recalculated.get(cell), written[cell])
        for cell in live
        if not same(recalculated.get(cell), written[cell])
    }
    assert wrong == {}
    plain = {cell: written[cell] for cell in written.keys() - live.keys()}  # such as the iteration number of row 0
    assert differences_from_reference(built, plain | recalculated) == {}


def differences_from_reference(built: Built, values: Values) -> dict[tuple[str, str, int], object]:
    """Compare every table cell with the NumPy reference: quantities by name, rows by iteration."""
    experiment = built.experiment
    layout = TableLayout(experiment, write_notation(experiment))
    rates = {rate_sheet(rate): rate for rate in experiment.learning_rates} | {YOURS: your_rate(experiment)}
    wrong = {}
    for sheet, rate in rates.items():
        reference = trace(experiment, rate).named()
        for name in layout.columns:
            for row in range(experiment.iterations + 1):
                address = layout.formula(f"{{{name}}}", row)
                if not close(values.get((sheet, address)), float(reference[name][row])):
                    wrong[sheet, name, row] = values.get((sheet, address))
    return wrong
