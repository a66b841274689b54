"""A table whose weights all repeat the row above trains nothing: it cannot be judged, but nothing in it is wrong."""

from pathlib import Path

from sheetgen import verify_file
from tests.sheetgen.support.layouts.mathematics import Mathematics
from tests.sheetgen.support.layouts.network_program import Way
from tests.sheetgen.support.layouts.sheets import Spec, make_sheet


def test_one_batch_without_its_update_is_not_accused(tmp_path: Path):
    spec = Spec(Mathematics(bias="layer", seed=961), Way(update="new", steps=1), special="epoch blocks", seed=961)
    report = verify_file(make_sheet(spec).write(tmp_path / "x.xlsx"))
    assert report.findings == ()
    assert report.error is not None
    assert report.error.endswith("no weight is updated here, so no update was judged")
