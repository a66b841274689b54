"""Our own workbook against its own recipe: every fault is found at its place, and nobody else is accused."""

from pathlib import Path

import pytest
from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries

from sheetgen import build_workbook, load_experiment
from sheetgen.recipe import verify_file
from sheetgen.verify.findings import FileReport, Finding, FindingKind
from tests.sheetgen.support.recipe_faults import FAULTS, Fault, Parts


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small.xlsx"
    build_workbook(load_experiment().with_run((0.5, 0.8), 6), path)
    return path


def covers(finding: Finding, sheet: str, cell: str) -> bool:
    left, top, right, bottom = range_boundaries(finding.range)
    row, column = coordinate_to_tuple(cell)
    return finding.sheet == sheet and left <= column <= right and top <= row <= bottom


def told(report: FileReport) -> list[str]:
    return [f"{f.sheet}!{f.range} {f.quantity} {f.kind}: {f.message}" for f in report.findings]


def test_the_right_workbook_is_all_right(small: Path):
    assert verify_file(small).ok


@pytest.mark.sampled(3)
@pytest.mark.alike(12)
@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_is_found_at_its_place_and_nowhere_else(small: Path, tmp_path: Path, fault: Fault):
    parts = Parts(small)
    fault.edit(parts)
    report = verify_file(parts.save(tmp_path / "faulty.xlsx"))
    assert report.error is None
    # What the fault feeds is stale, because nothing has recalculated the workbook since.
    found = [covers(f, fault.sheet, fault.cell) for f in report.findings if f.kind is not FindingKind.STALE_VALUE]
    assert found == [True], told(report)
