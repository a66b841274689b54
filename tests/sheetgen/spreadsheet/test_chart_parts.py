"""The charts of a workbook as they are read: where they stand and what they refer to."""

from pathlib import Path

import pytest

from sheetgen import SheetgenError
from sheetgen.spreadsheet.chart_parts import Chart, Words, read_charts
from sheetgen.spreadsheet.opened_workbook import open_workbook
from tests.sheetgen.support.charted_workbooks import Drawing, change, line, write, write_by_openpyxl


def charts_of(path: Path) -> list[Chart]:
    with open_workbook(path) as workbook:
        return list(read_charts(workbook))


def two_charts(folder: Path) -> Path:
    named = line("E_total", name="a < b & c")
    on_sheet = Drawing("C3", "Losses & more", {"type": "line"}, [line("w1"), named])
    return write(folder / "two.xlsx", [("Picture", Drawing("", None, {"type": "bar"}, [named])), ("Summary", on_sheet)])


def test_a_chart_has_its_place_its_title_and_its_series(tmp_path: Path):
    first, second = charts_of(two_charts(tmp_path))
    assert (first.sheet, first.anchor, first.title) == ("Summary", "C3", Words("Losses & more"))
    assert first.series[0].name == Words("", "'LR 0.5'!$D$10")
    assert (first.series[0].x, first.series[0].y) == ("'LR 0.5'!$A$11:$A$50", "'LR 0.5'!$D$11:$D$50")
    assert [(series.number, series.name.text) for series in first.series] == [(1, ""), (2, "a < b & c")]
    assert (second.sheet, second.anchor, second.title) == ("Picture", None, Words())


def test_series_on_another_axis_or_of_another_kind_are_told_apart(tmp_path: Path):
    combined, path = charts_of(write_by_openpyxl(tmp_path / "combined.xlsx"))
    assert (combined.anchor, path.anchor) == ("H2", "H20")
    assert len({series.axes for series in combined.series}) == 2
    assert path.series[0].axes[0] == "scatterChart"


def test_a_series_that_a_filter_hides_is_none(tmp_path: Path):
    hidden = "<c:extLst><c:ext><c15:filteredLineSeries><c15:ser/></c15:filteredLineSeries></c:ext></c:extLst></c:ser>"
    path = change(
        two_charts(tmp_path), tmp_path / "hidden.xlsx", 1, lambda each: each.replace("</c:ser>", hidden), chart=2
    )
    assert sum(len(chart.series) for chart in charts_of(path)) == 3


@pytest.mark.parametrize("old", ["</c:numCache>", "<c:numCache>", "</c:tx>", "<c:spPr>"])
def test_damaged_xml_is_refused_even_where_nothing_is_read(old: str, tmp_path: Path):
    path = two_charts(tmp_path)
    with pytest.raises(SheetgenError, match=r"its part xl/charts/chart\d.xml is not well-formed XML"):
        charts_of(
            change(
                path,
                tmp_path / "cut.xlsx",
                1,
                lambda each: each.replace("<c:val>", "<c:spPr></c:spPr><c:val>").replace(old, "", 1),
            )
        )
