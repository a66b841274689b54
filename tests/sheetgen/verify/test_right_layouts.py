"""Right sheets that were once accused, each for a reason of its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.sheetgen.support.layouts.arrangements import Arrangement
from tests.sheetgen.support.layouts.judging import judge
from tests.sheetgen.support.layouts.mathematics import Mathematics
from tests.sheetgen.support.layouts.network_program import Way
from tests.sheetgen.support.layouts.sheets import Spec, make_sheet

_SOFTMAX = Mathematics(output="softmax", loss="softmax")
_TWO_HEADERS = frozenset({"two-row header"})
RIGHT = {
    "targets that have to add up to 1, and saturate": Spec(replace(_SOFTMAX, seed=510), Way(steps=12)),
    "labels in the middle, after which updates step on from above them": Spec(
        way=Way(steps=7), arrangement=Arrangement(decorations=frozenset({"labels repeated"}))
    ),
    "a rate that only a column of steps refers to, beside another table's": Spec(
        Mathematics(bias="neuron"),
        Way(update="negative step", steps=5),
        "Hindi",
        Arrangement("tables beside", _TWO_HEADERS),
    ),
    "two tables with an optimiser each, one row of which lacks an update": Spec(
        Mathematics(optimiser="momentum"), Way(update="step", steps=5), arrangement=Arrangement("tables below")
    ),
    "biases b1 to b3 of whole layers, in a table whose labels are tried in other orders": Spec(
        Mathematics(layers=(2, 2, 2, 2), loss="mean of halves", bias="layer"),
        Way(working="delta", steps=4),
        arrangement=Arrangement(decorations=frozenset({"list at the left"})),
    ),
    "an optimiser whose first state stands as far below the rate as a block is high": Spec(
        Mathematics(optimiser="adam"), Way(steps=7), arrangement=Arrangement("blocks")
    ),
}


@pytest.mark.parametrize("reason", RIGHT)
def test_a_right_sheet_is_not_accused(reason, tmp_path: Path):
    judged = judge(make_sheet(RIGHT[reason]), tmp_path / "x.xlsx")
    assert judged.outcome == "right", str(judged)
