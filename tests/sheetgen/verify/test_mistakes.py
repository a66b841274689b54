"""The mistakes and layouts of public workbooks, rebuilt: each is told at exactly its cells, with no false alarm."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FileReport
from tests.sheetgen.support.mistaken_workbooks import COLUMNS, LETTERS, RATES, WORKBOOKS

WRONG, TYPED, EMPTY = "wrong-formula", "hard-coded", "empty"
STEEP = "a_h1 stands where a_h2 belongs"
BRACKET = "a bracket closes in the wrong place"
SLIDES = "the reference to the learning rate is not anchored, so it slides down; $B$29 belongs there"
PRODUCT = "times stands between a_o1 and t1 where minus belongs, and t1 stands where t2 belongs"

Found = tuple[str, str, str, str]


def each(sheet: str, columns: str, rows: tuple[int, int], kind: str, message: str) -> Iterator[Found]:
    """Yield the same finding for several columns."""
    first, last = rows
    for column in columns.split():
        yield sheet, f"{column}{first}:{column}{last}" if last > first else f"{column}{first}", kind, message


EXPECTED: dict[str, set[Found]] = {
    "first_neurons_slope": {
        *each("Sheet1", "Z AA", (33, 40), WRONG, STEEP),
        *each("Experiment", "Z AA", (19, 26), WRONG, STEEP),
    },
    "clean_ten_digits": set(),
    "clean_x_and_y": set(),
    "frozen_reference": {
        *each("Sheet1", "AC", (41, 48), WRONG, "h2 stands where a_h2 belongs"),
        *each(
            *("Sheet1", "H", (42, 48), WRONG),
            "∂E/∂w3 of the row above, frozen at row 41, stands where ∂E/∂w4 of the row above belongs",
        ),
    },
    "self_made_gradient": {
        *each("Given", "Z AA", (16, 23), WRONG, STEEP),
        *each("Own", "X Y Z AA", (21, 28), WRONG, "brackets are missing"),
    },
    "sliding_rate": {
        found
        for rate in RATES
        for found in (
            *each(f"LR_{rate:g}", "E F G H I J K L", (34, 39), WRONG, SLIDES),
            *each(f"LR_{rate:g}", "X Y Z AA", (32, 39), WRONG, PRODUCT),
        )
    },
    "unfinished": {
        *each("Sheet1", " ".join([*"MNOPQRSTUVWXYZ", "AA AB AC AD AE"]), (33, 33), EMPTY,
              "nothing stands here; a formula is missing"),
    },
    "excel_table": {
        *each("Simulation", "X Y", (16, 23), WRONG, BRACKET),
        *each("Simulation", "Z AA", (16, 23), WRONG, f"h2 stands where a_h2 belongs, and {BRACKET}"),
    },
    "slips": {
        *each("Sheet1", "F", (17, 23), WRONG, "∂E/∂w1 of the row above stands where ∂E/∂w2 of the row above belongs"),
        *each("Sheet1", "G", (17, 23), WRONG, "w1, frozen at row 16, stands where the learning rate belongs"),
        *each("Sheet1", "Q", (16, 23), WRONG, "w6 stands where a_h2 belongs"),
        *each("Sheet1", "U", (16, 23), WRONG, "this is not the formula of E1: t1 missing"),
        *each("Sheet1", "AD", (16, 23), WRONG, "a_o1 stands where a_o2 belongs"),
    },
}  # fmt: skip
# Learning rates, and rows of the tables.
TABLES = {
    "first_neurons_slope": [(33, 40, 0.5), (19, 26, 0.5)],
    "clean_ten_digits": [(14, 21, 0.5), (19, 26, 2.0)],
    "clean_x_and_y": [(25, 32, 2.0)],
    "frozen_reference": [(41, 48, 0.5)],
    "self_made_gradient": [(16, 23, 0.5), (21, 28, 0.5)],
    "sliding_rate": [(32, 39, rate) for rate in RATES],
    "pasted_values": [(29, 34, 0.5), (29, 36, 0.5)],
    "unfinished": [(33, 33, 0.5)],
    "excel_table": [(16, 23, 0.5)],
    "slips": [(16, 23, 0.5)],
}


@pytest.fixture(scope="module")
def reports(mistaken_books: dict[str, Path]) -> dict[str, FileReport]:
    """What is said of each workbook."""
    return {name: verify_file(path) for name, path in mistaken_books.items()}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_mistake_is_told_at_exactly_its_cells(name: str, reports: dict[str, FileReport]):
    assert reports[name].error is None
    found = [(each.sheet, each.range, str(each.kind), each.message) for each in reports[name].findings]
    assert len(found) == len(set(found))
    assert set(found) == EXPECTED[name]


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_found_with_their_learning_rate(name: str, reports: dict[str, FileReport]):
    tables = reports[name].tables
    assert [(table.first_row, table.last_row, table.learning_rate) for table in tables] == TABLES[name]
    assert all(table.layers == (2, 2, 2) for table in tables)


def test_every_workbook_is_expected_to_be_something():
    assert set(WORKBOOKS) == set(EXPECTED) | {"pasted_values"} == set(TABLES)


def test_pasted_values_and_rows_that_stop_half_way(reports: dict[str, FileReport]):
    findings = reports["pasted_values"].findings
    live = {(each.range, str(each.kind)) for each in findings if each.sheet == "Live"}
    assert live == {("Z29:Z34", WRONG), ("AA29:AA34", WRONG), ("H35:AE36", EMPTY)}
    assert [(each.count, each.message) for each in findings if each.kind == EMPTY] == [
        (48, "rows 35 to 36 stop half way; nothing stands in 48 of the cells")
    ]
    typed = {each.range: each for each in findings if each.sheet == "Pasted"}
    weights = {f"{column}30:{column}36" for column in "EFGHIJKL"}
    assert set(typed) == weights | {f"{LETTERS[name]}29:{LETTERS[name]}36" for name in COLUMNS[12:]}
    assert {str(each.kind) for each in typed.values()} == {TYPED}
    assert all(each.message.startswith("typed numbers stand in ") for each in typed.values())


def test_the_class_mistake_comes_with_the_right_formula_and_value(reports: dict[str, FileReport]):
    finding = reports["first_neurons_slope"].findings[0]
    assert finding.expected_formula == "=((R33-A33)*R33*(1-R33)*J33+(T33-B33)*T33*(1-T33)*L33)*P33*(1-P33)*C33"
    # By hand: a_h1 = σ(0.0275), a_h2 = σ(0.0425); the slopes are in the proportion of the two values.
    a_h1, a_h2 = 0.506874566764534, 0.510623401004964
    proportion = a_h1 * (1 - a_h1) / (a_h2 * (1 - a_h2))
    assert finding.found_value == pytest.approx(finding.expected_value * proportion, rel=1e-12)
    assert finding.affected > 0
