"""A workbook that nobody has saved since it was built is not compared with its recipe once more."""

from pathlib import Path

import pytest

from sheetgen import build_workbook, load_experiment
from sheetgen.recipe import verify_file
from sheetgen.spreadsheet.opened_workbook import open_workbook
from sheetgen.spreadsheet.properties import custom_properties
from sheetgen.spreadsheet.seal import SEAL, seal_of
from tests.sheetgen.support.recipe_faults import Parts, text


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seal") / "small.xlsx"
    build_workbook(load_experiment().with_run((0.5,), 3), path, lessons=False)
    return path


def is_sealed(path: Path) -> bool:
    with open_workbook(path) as workbook:
        return custom_properties(workbook.package)[SEAL] == seal_of(workbook.package.checksums())


def test_a_workbook_is_sealed_until_something_in_it_changes(built: Path, tmp_path: Path):
    parts = Parts(built)
    assert is_sealed(built)
    assert is_sealed(parts.save(tmp_path / "packed again.xlsx"))
    text("Start", "B1", "Something else")(parts)
    assert not is_sealed(parts.save(tmp_path / "changed.xlsx"))


def test_a_part_more_or_less_breaks_the_seal():
    checksums = {"xl/workbook.xml": 1, "xl/styles.xml": 2, "docProps/custom.xml": 3}
    assert seal_of(checksums) == seal_of({**checksums, "docProps/custom.xml": 4})
    assert len({seal_of(checksums), seal_of({**checksums, "xl/x.xml": 1}), seal_of({"xl/workbook.xml": 1})}) == 3


def test_only_a_workbook_with_a_broken_seal_is_compared_with_its_recipe(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    compared = []
    monkeypatch.setattr("sheetgen.recipe.judge.judge", lambda *_: compared.append(True) or ([], []))
    verify_file(built)
    assert not compared
    parts = Parts(built)
    text("Start", "B1", "Something else")(parts)
    verify_file(parts.save(tmp_path / "changed.xlsx"))
    assert compared
