"""Settings of the recalculation that change what a workbook's formulas give, or when."""

from collections.abc import Iterator, Mapping

_ON = ("1", "true", "on")
_OFF = ("0", "false", "off")


def read_settings(calculation: Mapping[str, str]) -> Iterator[str]:
    """Yield a note for each unusual setting, given the attributes of the file's `calcPr`."""
    if calculation.get("fullPrecision", "1").lower() in _OFF:
        yield "“precision as displayed” is set: every result is rounded to the digits that its cell shows"
    if calculation.get("iterate", "0").lower() in _ON:
        yield "iterative calculation is on: a circular reference is not reported, and results can depend on history"
    if calculation.get("calcMode", "auto") == "manual":
        yield "calculation is manual: changed numbers have no effect until the workbook is recalculated (F9)"
