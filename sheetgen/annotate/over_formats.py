"""Conditional formats that keep the marks visible where a sheet has conditional formats of its own."""

from collections.abc import Iterator, Sequence

from sheetgen.annotate.marks import LOOKS, looks_worst_first
from sheetgen.annotate.styles import Styles
from sheetgen.verify.findings import Finding

_RULE = (
    '<{{p}}conditionalFormatting sqref="{cells}"><{{p}}cfRule type="expression" dxfId="{format}" priority="{rank}"'
    ' stopIfTrue="1"><{{p}}formula>TRUE</{{p}}formula></{{p}}cfRule></{{p}}conditionalFormatting>'
)
_MOST_RANGES = 500  # in one rule


def over_formats(findings: Sequence[Finding], styles: Styles) -> str:
    """Write the conditional formats that come before a sheet's own and end their evaluation.

    Args:
        findings: the findings on one sheet.
        styles: the workbook's formats.

    Returns:
        The elements, with `{p}` in place of each prefix, numbered from priority 1.
    """
    return "".join(
        _RULE.format(cells=cells, format=number, rank=rank)
        for rank, (cells, number) in enumerate(_rules(findings, styles), start=1)
    )


def _rules(findings: Sequence[Finding], styles: Styles) -> Iterator[tuple[str, int]]:
    for look in looks_worst_first():
        ranges = [finding.range for finding in findings if LOOKS[finding.kind] is look]
        for start in range(0, len(ranges), _MOST_RANGES):
            yield " ".join(ranges[start : start + _MOST_RANGES]), styles.conditional(look)
