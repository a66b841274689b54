"""Settings of the recalculation that change what a workbook's formulas give, or when."""

from collections.abc import Iterator, Mapping

from sheetgen.spreadsheet.properties import calculation


def read_settings(attributes: Mapping[str, str]) -> Iterator[str]:
    """Yield a note for each unusual setting, given the attributes of the file's `calcPr`."""
    settings = calculation(attributes)
    if not settings.full_precision:
        yield "“precision as displayed” is set: every result is rounded to the digits that its cell shows"
    if settings.iterative:
        yield "iterative calculation is on: a circular reference is not reported, and results can depend on history"
    if settings.mode == "manual":
        yield "calculation is manual: changed numbers have no effect until the workbook is recalculated (F9)"
