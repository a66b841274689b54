"""Our own workbooks with optimisers, batches and softmax: all right as built, and each fault is found at its cell."""

from pathlib import Path

import pytest

from sheetgen import build_workbook, load_experiment
from sheetgen.recipe import verify_file, written_tables
from sheetgen.verify.findings import FindingKind
from sheetgen.workbook.layout import StartLayout
from tests.sheetgen.support.recipe_faults import Edit, Parts, emptied, pasted, text, typed, within

TEMPLATES = ("momentum", "adam", "softmax", "minibatch")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("written")
    for name in TEMPLATES:
        build_workbook(load_experiment(name).with_run((0.5,), 8), folder / f"{name}.xlsx", lessons=False)
    return {name: folder / f"{name}.xlsx" for name in TEMPLATES}


def edited(path: Path, folder: Path, *edits: Edit) -> Path:
    parts = Parts(path)
    for edit in edits:
        edit(parts)
    return parts.save(folder / "edited.xlsx")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_built_workbook_is_all_right_and_each_of_its_formulas_counts(name, built):
    report = verify_file(built[name])
    assert (report.ok, report.notes) == (True, ())
    assert [table.sheet for table in report.tables] == ["LR 0.5", "Your η"]
    assert report.tables[0].layers == load_experiment(name).layers
    columns = len(report.tables[0].initial)
    assert report.cells_checked > columns * (report.tables[0].last_row - report.tables[0].first_row)


WRONG, TYPED = FindingKind.WRONG_FORMULA, FindingKind.HARD_CODED
FAULTS = {
    "another weight's velocity": ("momentum", within("LR 0.5", "F20", "AG19", "AH19"), "F20", WRONG),
    "the gradient where the velocity belongs": ("momentum", within("LR 0.5", "F20", "AG19", "Y19"), "F20", WRONG),
    "another constant": ("adam", within("LR 0.5", "AG20", "1-", "2-"), "AG20", WRONG),
    "no bias correction": ("adam", within("LR 0.5", "AI20", "AG20/", "AG20*"), "AI20", WRONG),
    "the sign of a mean gradient": ("minibatch", within("LR 0.5", "BO21", "+", "-"), "BO21", WRONG),
    "a typed value": ("momentum", pasted("LR 0.5", "AG20"), "AG20", TYPED),
    "nothing": ("momentum", emptied("LR 0.5", "AG20"), "AG20", FindingKind.EMPTY),
    "a text": ("momentum", text("LR 0.5", "AG20", "x"), "AG20", FindingKind.BAD_INPUT),
    "a factor": ("softmax", within("LR 0.5", "AK20", "EXP", "2*EXP"), "AK20", WRONG),
}


@pytest.mark.parametrize(("name", "edit", "cell", "kind"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found_at_its_cell(name, edit, cell, kind, built, tmp_path):
    report = verify_file(edited(built[name], tmp_path, edit))
    found = [(finding.sheet, finding.range, finding.kind) for finding in report.findings]
    assert ("LR 0.5", cell, kind) in found
    others = [each for each in report.findings if each.range != cell]
    assert {each.kind for each in others} <= {FindingKind.STALE_VALUE, FindingKind.ERROR_VALUE}
    assert kind is not WRONG or not others


@pytest.mark.parametrize("new", ["F19-AG19*$C$2", "-$C$2*AG19+F19", "F19-AG19/(1/$C$2)"])
def test_a_formula_may_be_written_in_another_way(new, built, tmp_path):
    same = within("LR 0.5", "F20", "F19-$C$2*AG19", new)
    assert verify_file(edited(built["momentum"], tmp_path, same)).ok


def test_a_constant_may_be_changed_but_values_must_follow(built, tmp_path):
    row = StartLayout(load_experiment("adam")).rows["beta_1", 0] + 1
    path = edited(built["adam"], tmp_path, typed("Start", f"D{row}", 0.8))
    assert {finding.kind for finding in verify_file(path).findings} == {FindingKind.STALE_VALUE}


def test_the_reference_has_the_last_word_about_what_was_written(built, monkeypatch):
    trace = written_tables.trace

    class Wrong:
        def __init__(self, *given: object) -> None:
            self.run = trace(*given)

        def named(self) -> dict[str, object]:
            return {name: numbers * 1.001 if name == "w5" else numbers for name, numbers in self.run.named().items()}

    monkeypatch.setattr(written_tables, "trace", Wrong)
    report = verify_file(built["momentum"])
    assert report.findings == ()
    assert report.error is not None
    assert report.error.startswith("sheet LR 0.5, row 16: the reference gives another w5")


def test_optimisers_that_are_only_compared_leave_the_workbook_right(tmp_path: Path):
    compared = {"optimizers": {"sgd": 0.5, "momentum": 0.2, "adam": 0.1}, "iterations": 5, "learning_rates": (0.5,)}
    build_workbook(load_experiment().model_copy(update=compared), tmp_path / "compared.xlsx")
    assert verify_file(tmp_path / "compared.xlsx").ok
