"""Series whose name, or their chart's title, says that they show something else."""

import math
import re
from collections.abc import Iterator, Sequence

from sheetgen.verify.elsewhere.cell_lines import CellLines, Span
from sheetgen.verify.elsewhere.drawn_series import (
    Claim,
    Drawn,
    Slip,
    contradict,
    labelled,
    line_alike,
    pattern,
    plain,
    short,
)
from sheetgen.verify.findings import TableSummary
from sheetgen.verify.read.labels import quantity_of

_RATE = re.compile(r"(?:η|ͷ|\beta|\bl\.?r\.?|learning[ _]rate|α|\balpha)\s*[=:_]?\s*([0-9]+(?:[.,][0-9]+)?)\b", re.I)
_SHORTEST_NAME = 3
_FEWEST = 2


def misnamed(drawn: Sequence[Drawn], title: Claim, lines: CellLines, tables: Sequence[TableSummary]) -> Iterator[Slip]:
    """Find the series of a chart that their own name, or the chart's title, contradicts."""
    for each in drawn:
        said = [each.name, title] if len(drawn) == 1 else [each.name]
        claims = [claim for claim in said if claim.text and plain(claim.text) != plain(each.label)]
        slips = [_other_column(each, claim, lines) or _other_sheet(each, claim, lines, tables) for claim in claims]
        slip = next(filter(None, slips), None) or _against_title(each, drawn, title, lines)
        if slip is not None:
            yield slip


def _other_column(each: Drawn, claim: Claim, lines: CellLines) -> Slip | None:
    """Find a series that is called as another line of its table is labelled."""
    meant = (span for span, text in labelled(each, lines) if _means(claim, each, span, text))
    fitting = [span for span in meant if _could_be_meant(span, each, lines)]
    if not fitting:
        return None
    belongs = min(fitting, key=lambda span: abs(span.number - each.y.number))
    said = f"its {claim.of} is {short(claim.text)}, the label of {belongs.line}"
    what = f"labelled {short(each.label)}" if each.label else "which is empty"
    return Slip(each, f"{said}; it shows {each.y.line}, {what}", belongs)


def _means(claim: Claim, each: Drawn, span: Span, text: str) -> bool:
    """Tell whether a claim means a labelled line, and cannot mean the one that is shown."""
    own = each.quantity
    steps = each.header.steps if each.header else ()
    if claim.place in [span.place(step) for step in steps]:
        return plain(text) != plain(each.label) and claim.of == "name"
    against = own is not None and contradict(claim, own)
    if plain(text) == plain(claim.text) and claim.of == "name" and own is None:
        return claim.place is not None or pattern(text) == pattern(each.label)
    return against and claim.quantity == quantity_of(text)


def _could_be_meant(span: Span, each: Drawn, lines: CellLines) -> bool:
    """Tell whether a line holds other numbers than the one shown, which does not just pass them on."""
    first = span.first + (each.header is not None and span.first in each.header.steps)
    ends = (span._replace(first=first, last=first), span._replace(first=span.last))
    if not all(map(lines.holds, ends)) or not lines.differ(span, each.y):
        return False
    return each.quantity is not None or not lines.refers(each.y, span)


def _other_sheet(each: Drawn, claim: Claim, lines: CellLines, tables: Sequence[TableSummary]) -> Slip | None:
    """Find a series that is called by another sheet's name, or by the learning rate of another table."""
    sheet, row = _sheet_said(each, claim, lines), None
    if sheet is None:
        table = _table_said(each, claim, tables)
        if table is None:
            return None
        sheet, row = table.sheet, table.header_row
    belongs = line_alike(each, sheet, lines, row)
    if belongs is None or not lines.holds(belongs._replace(last=belongs.first)) or not lines.differ(belongs, each.y):
        return None
    where = f"sheet {each.y.sheet}" if sheet != each.y.sheet else each.y.steps
    return Slip(each, f"its {claim.of} is {short(claim.text)}; it shows {where}", belongs)


def _sheet_said(each: Drawn, claim: Claim, lines: CellLines) -> str | None:
    """Return the one other sheet that a claim names."""
    text = _spaced(claim.text)
    found = [name for name in lines.book.workbook.sheet_names if len(name) >= _SHORTEST_NAME]
    found = [name for name in found if re.search(rf"(?<![\w.,]){re.escape(_spaced(name))}(?!\w|[.,][0-9])", text)]
    longest = [name for name in found if not any(_spaced(name) in _spaced(other) and name != other for other in found)]
    return longest[0] if len(longest) == 1 and longest[0] != each.y.sheet else None


def _spaced(text: str) -> str:
    return text.casefold().replace("_", " ")


def _table_said(each: Drawn, claim: Claim, tables: Sequence[TableSummary]) -> TableSummary | None:
    """Return the one other table that has the learning rate that a claim states."""
    said = _RATE.findall(claim.text)
    own = next((table for table in tables if _is_in(each.y, table)), None)
    if len(said) != 1 or own is None or own.learning_rate is None:
        return None
    rate = float(said[0].replace(",", "."))
    fitting = [table for table in tables if table.learning_rate and math.isclose(table.learning_rate, rate)]
    return fitting[0] if len(fitting) == 1 and own not in fitting else None


def _is_in(span: Span, table: TableSummary) -> bool:
    return span.vertical and span.sheet == table.sheet and table.header_row <= span.first <= table.last_row


def _against_title(each: Drawn, drawn: Sequence[Drawn], title: Claim, lines: CellLines) -> Slip | None:
    """Find the only series of several that does not show what the title says."""
    others = [other.quantity == title.quantity for other in drawn if other is not each]
    if len(others) < _FEWEST or not all(others) or each.quantity is None or not contradict(title, each.quantity):
        return None
    if quantity_of(each.name.text) == each.quantity or each.series.axes != drawn[0].series.axes:
        return None
    belongs = next((span for span, text in labelled(each, lines) if quantity_of(text) == title.quantity), None)
    says = f"the title is {short(title.text)}; it shows {each.y.line}, labelled {short(each.label)}"
    return None if belongs is None else Slip(each, says, belongs)
