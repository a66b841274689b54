"""The nine public workbooks are judged as their README says, with no false alarm."""

from collections import defaultdict

import pytest
from openpyxl.utils.cell import range_boundaries

from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FileReport
from tests.shared_files import PUBLIC_WORKBOOKS, shared_file

pytestmark = pytest.mark.slow

WRONG, TYPED, EMPTY = "wrong-formula", "hard-coded", "empty"

EXPECTED = {
    "01-class-sheet.xlsx": {
        ("Sheet1", "Z33:Z100", WRONG, "a_h1 stands where a_h2 belongs"),
        ("Sheet1", "AA33:AA100", WRONG, "a_h1 stands where a_h2 belongs"),
        ("Experiment", "Z19:Z100", WRONG, "a_h1 stands where a_h2 belongs"),
        ("Experiment", "AA19:AA100", WRONG, "a_h1 stands where a_h2 belongs"),
    },
    "02-clean-out-labels.xlsx": set(),
    "03-clean-x-y-labels.xlsx": set(),
    "04-frozen-reference.xlsx": {
        ("Sheet1", "AC41:AC300", WRONG, "h2 stands where a_h2 belongs"),
        (
            "Sheet1",
            "H42:H300",
            WRONG,
            "∂E/∂w3 of the row above, frozen at row 41, stands where ∂E/∂w4 of the row above belongs",
        ),
    },
    "05-self-made-gradient.xlsx": {
        ("Rohan", "Z33:Z100", WRONG, "a_h1 stands where a_h2 belongs"),
        ("Rohan", "AA33:AA100", WRONG, "a_h1 stands where a_h2 belongs"),
        *(("Self", f"{column}33:{column}103", WRONG, "brackets are missing") for column in ("X", "Y", "Z", "AA")),
    },
    "09-excel-table.xlsx": {
        ("Simulation", "X16:X100", WRONG, "a bracket closes in the wrong place"),
        *(
            (
                "Simulation",
                f"{column}16:{column}100",
                WRONG,
                "h2 stands where a_h2 belongs, and a bracket closes in the wrong place",
            )
            for column in ("Z", "AA")
        ),
    },
}
# Learning rates, and rows of the tables.
TABLES = {
    "01-class-sheet.xlsx": [(33, 100, 1.0), (19, 100, 1.0)],
    "02-clean-out-labels.xlsx": [(14, 83, 0.5), (19, 88, 2.0)],
    "03-clean-x-y-labels.xlsx": [(25, 124, 2.0)],
    "04-frozen-reference.xlsx": [(41, 300, 5.0)],
    "05-self-made-gradient.xlsx": [(33, 100, 1.0), (33, 103, 1.0)],
    "06-six-sheets.xlsx": [(32, 65, rate) for rate in (0.1, 0.2, 0.5, 0.8, 1.0, 2.0)],
    "08-unfinished.xlsx": [(33, 33, None)],
    "09-excel-table.xlsx": [(16, 100, 0.1)],
}


def judged(name: str) -> FileReport:
    report = verify_file(shared_file(PUBLIC_WORKBOOKS / name))
    assert report.error is None
    return report


def cells(report: FileReport, sheet: str, kind: str) -> dict[str, set[int]]:
    """The rows of each column that have a finding of a kind."""
    found = defaultdict(set)
    for finding in report.findings:
        if (finding.sheet, finding.kind) == (sheet, kind):
            _, first, _, last = range_boundaries(finding.range)
            found[finding.range.rstrip("0123456789:").split(":")[0].rstrip("0123456789")] |= set(range(first, last + 1))
    return dict(found)


@pytest.mark.parametrize("name", EXPECTED)
def test_findings(name: str):
    found = {(each.sheet, each.range, str(each.kind), each.message) for each in judged(name).findings}
    assert found == EXPECTED[name]


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_found_with_their_learning_rate(name: str):
    tables = judged(name).tables
    assert [(table.first_row, table.last_row, table.learning_rate) for table in tables] == TABLES[name]
    assert all(table.layers == (2, 2, 2) for table in tables)


def test_six_sheets_with_a_learning_rate_that_slides():
    report = judged("06-six-sheets.xlsx")
    for table in report.tables:
        wrong = cells(report, table.sheet, WRONG)
        for column in ("X", "Y", "Z", "AA"):
            assert wrong.pop(column) == set(range(32, 66))
        # The first updates still hit the learning rate's cell; from row 36 on none of them does.
        for column in "EFGHMNOP":
            assert set(range(36, 66)) <= wrong[column]
            assert min(wrong.pop(column)) >= 35
        assert min(min(rows) for rows in wrong.values()) >= 34  # the further slips
        assert set(wrong) == {"I", "V", "AD"}
    messages = {finding.message for finding in report.findings if finding.sheet == "LR_0.1"}
    assert "the reference to the learning rate is not anchored, so it slides down; $B$29 belongs there" in messages
    assert "times stands between a_o1 and t1 where minus belongs, and t1 stands where t2 belongs" in messages
    assert {str(finding.kind) for finding in report.findings} == {WRONG}


def test_pasted_values():
    report = judged("07-pasted-values.xlsx")
    assert cells(report, "L.R. 0.1", WRONG) == {column: set(range(29, 76)) for column in ("Z", "AA")}
    half_way = [(each.range, each.count) for each in report.findings if each.kind == EMPTY]
    assert half_way == [("H77:AE117", 24 * 41)]
    for table in report.tables[1:]:
        typed = cells(report, table.sheet, TYPED)
        given = {*"ABCD"}
        assert {*"IJKLQRSTUVWXYZ", "AA", "AB", "AC", "AD", "AE", *"EFGHMNOP"} == set(typed)
        assert given.isdisjoint(typed)
        assert all(rows == set(range(table.first_row, table.last_row + 1)) for rows in map(typed.get, "IJKL"))
        assert all(typed[column] == set(range(table.first_row + 1, table.last_row + 1)) for column in "EFGHMNOP")
    assert {str(finding.kind) for finding in report.findings if finding.sheet != "L.R. 0.1"} == {TYPED}


def test_unfinished():
    report = judged("08-unfinished.xlsx")
    empty = cells(report, "Sheet1", EMPTY)
    filled = {*"BCDEFGHI", *"NOPQ"}
    assert set(empty) == {*"JKLMRSTUVWXYZ", "AA", "AB", "AC", "AD", "AE", "AF"} - filled
    assert all(rows == {33} for rows in empty.values())
    assert len(report.findings) == len(empty)
    first = report.findings[0]
    assert (first.expected_formula, round(first.expected_value or 0, 12)) == ("=F33*D33+G33*E33", 0.0275)


def test_expected_formula_and_values_of_the_class_mistake():
    finding = judged("01-class-sheet.xlsx").findings[0]
    assert finding.expected_formula == ("=((R33-A33)*R33*(1-R33)*N33+(T33-B33)*T33*(1-T33)*P33)*L33*(1-L33)*C33")
    # The gradient by hand: δ_h2·i1 with a_h2 = σ(0.0425).
    assert finding.found_value == pytest.approx(0.0003518686651353938, rel=1e-12)
    assert finding.expected_value == pytest.approx(0.0003517763215907322, rel=1e-12)
    assert finding.affected > 0
