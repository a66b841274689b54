"""What labels alone seem to say is no fault where the sheet's own loss agrees; what contradicts it is one."""

import pytest

from tests.sheetgen.support.layouts.judging import judge
from tests.sheetgen.support.layouts.mathematics import Mathematics
from tests.sheetgen.support.layouts.network_program import Way
from tests.sheetgen.support.layouts.sheets import Sheet, Spec, make_sheet
from tests.sheetgen.support.own_loss_books import sheet_of

# Each differs from the class's network, as which its labels read.
UNLIKE_THE_CLASS = {
    "numbered by source": Mathematics(numbering="source"),
    "squares without the half": Mathematics(loss="squares"),
    "leaky ReLU": Mathematics(hidden="leaky relu"),
    "a linear output": Mathematics(output="linear"),
    "softmax": Mathematics(loss="softmax", output="softmax"),
    "cross-entropy": Mathematics(loss="cross-entropy"),
    "momentum": Mathematics(optimiser="momentum"),
    "weight decay": Mathematics(optimiser="weight decay"),
    "a rate for each layer": Mathematics(rate="per layer"),
}
WAY = Way(steps=4)


@pytest.mark.parametrize("name", UNLIKE_THE_CLASS)
def test_what_only_differs_from_the_class_is_not_accused(name, tmp_path):
    judged = judge(make_sheet(Spec(UNLIKE_THE_CLASS[name], WAY)), tmp_path / "x.xlsx")
    assert judged.outcome == "right", str(judged)


def with_factor(spec: Spec) -> Sheet:
    return sheet_of(spec, lambda program: program.changed("g_w3", formula=f"1.5*({program['g_w3'].formula})"))


@pytest.mark.parametrize("name", UNLIKE_THE_CLASS)
def test_a_fault_in_what_differs_from_the_class_is_found_at_its_cells(name, tmp_path):
    judged = judge(with_factor(Spec(UNLIKE_THE_CLASS[name], WAY)), tmp_path / "x.xlsx")
    assert judged.outcome == "exact", str(judged)


def test_a_fault_in_the_class_network_is_found_once(tmp_path):
    judged = judge(with_factor(Spec(way=WAY)), tmp_path / "x.xlsx")
    assert (judged.outcome, judged.beyond) == ("exact", 0), str(judged)


def test_a_network_that_climbs_its_loss_in_every_update_is_wrong_in_all_of_them(tmp_path):
    def climb(program):
        for name in program.names("weight"):
            program = program.changed(name, formula=program[name].formula.replace("-", "+"))
        return program

    judged = judge(sheet_of(Spec(way=WAY), climb), tmp_path / "x.xlsx")
    assert judged.outcome == "exact", str(judged)
