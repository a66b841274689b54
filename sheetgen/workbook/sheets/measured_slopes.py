"""A list on the sheet Checks: every table’s gradients against slopes that are measured with the present numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.network.cached_values import Value
from sheetgen.workbook.formula_cell import Live, computed
from sheetgen.workbook.layout import column_cells
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.moved_networks import Measurement, MovedNetworks
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import NOISY_FORMAT, SLOPE_FORMAT
from sheetgen.workbook.training_summary import Table

AGREES, WRONG, NOTHING = "✓ agrees", "✗ wrong", "–"
_HEADERS = ("sheet", "", "moved", "measured slope", "by the gradients", "difference", "")
_SHEET, _ITERATION, _MOVED, _MEASURED, _EXPECTED, _DIFFERENCE, _VERDICT = range(1, 8)
_ABOVE = 4  # rows of text above the list
_TOLERANCE = 1e-6  # the curvature adds a relative error of about ε²
_TEXT = (
    "All weights of a layer are moved by small steps, up and down, each time in a whole network of their own, on the",
    "right. How E_total changes is the slope, measured without any calculus; the table’s gradients must give the same.",
)


@dataclass(frozen=True)
class SlopeList:
    """Where the list stands, and what it says as shipped.

    Attributes:
        first_row: its first row.
        measurements: what is measured, one line each.
        verdicts: the verdict of each.
        counter: what the tables count their rows by.
    """

    first_row: int
    measurements: Sequence[Measurement]
    verdicts: Sequence[str]
    counter: str

    @property
    def last_row(self) -> int:
        """Its last row."""
        return self.first_row + len(self.measurements) - 1

    def summary(self, table: Table) -> Live:
        """The verdict on all the gradients of a table."""
        own = [number for number, each in enumerate(self.measurements) if each.table is table]
        cells = column_cells(_VERDICT, self.first_row + own[0], self.first_row + own[-1])
        verdicts = {self.verdicts[number] for number in own}
        shown = next((verdict for verdict in (WRONG, AGREES) if verdict in verdicts), NOTHING)
        agree = f'IF(COUNTIF({cells},"{AGREES}")>0,"{AGREES}","{NOTHING}")'
        return Live(f'IF(COUNTIF({cells},"{WRONG}")>0,"{WRONG}",{agree})', shown)

    def fault(self, otherwise: str) -> str:
        """A formula that names the first gradients that are wrong, or gives what another formula gives."""
        verdicts = column_cells(_VERDICT, self.first_row, self.last_row)
        places = (column_cells(column, self.first_row, self.last_row) for column in (_SHEET, _ITERATION, _MOVED))
        sheet, iteration, moved = (f'INDEX({cells},MATCH("{WRONG}",{verdicts},0))' for cells in places)
        shown = f'{sheet}&", {self.counter} "&{iteration}&", "&{moved}'
        words = f'"✗ gradients that are not the measured slopes: "&{shown}'
        return f'IF(COUNTIF({verdicts},"{WRONG}")>0,{words},{otherwise})'


def write_slopes(pen: Pen, sheet: Sheet, row: int, networks: tuple[int, int]) -> SlopeList:
    """Write the list from a row on, and at another place the networks that it needs."""
    theme, first = pen.theme, row + _ABOVE
    sheet.write_string(row, _SHEET, "The gradients against measured slopes", theme.heading)
    sheet.write_lines(row + 1, _SHEET, _TEXT, theme.text)
    headers = (_HEADERS[0], pen.plan.notation.counter, *_HEADERS[2:])
    sheet.write_texts(first - 1, _SHEET, headers, theme.table_header)
    measurements = list(MovedNetworks(pen, sheet, networks).write())
    verdicts = [_write_line(pen, sheet, number, each) for number, each in enumerate(measurements, start=first)]
    return SlopeList(first, measurements, verdicts, pen.plan.notation.counter)


def _write_line(pen: Pen, sheet: Sheet, row: int, each: Measurement) -> str:
    """Write one measurement, and return its verdict as shipped."""
    theme = pen.theme
    sheet.write_string(row, _SHEET, each.table.sheet, theme.table_text)
    sheet.write_number(row, _ITERATION, each.iteration, theme.table_number("0"))
    sheet.write_string(row, _MOVED, each.moved, theme.table_remark)
    slope = _slope(each)
    slope.write(sheet, row, _MEASURED, theme.table_number(SLOPE_FORMAT))
    each.expected.write(sheet, row, _EXPECTED, theme.table_number(SLOPE_FORMAT))
    measured, expected = (xl_rowcol_to_cell(row, column) for column in (_MEASURED, _EXPECTED))
    size, off = each.size, f"ABS({measured}-{expected})"
    error = Live(f"IF({size.formula}=0,0,{off}/{size.formula})", _error(slope.value, each))
    error.write(sheet, row, _DIFFERENCE, theme.table_number(NOISY_FORMAT))
    agrees = f"{off}<={_TOLERANCE:.0E}*{size.formula}+{each.rounding.formula}{each.kink.formula}"
    judged = f'IF(ISNUMBER({expected}),IF({agrees},"{AGREES}","{WRONG}"),"{WRONG}")'
    verdict = Live(f'IF(ISNUMBER({measured}),{judged},"{NOTHING}")', _verdict(slope.value, each))
    verdict.write(sheet, row, _VERDICT, theme.table_remark)
    return str(verdict.value)


def _slope(each: Measurement) -> Live:
    up, down, step = each.up, each.down, each.epsilon
    value = computed(lambda u, d, e: (u - d) / (2 * e), up.value, down.value, step.value)
    return Live(f"({up.formula}-{down.formula})/(2*{step.formula})", value)


def _error(slope: Value, each: Measurement) -> Value:
    def relative(measured: float, expected: float, size: float) -> Value:
        return abs(measured - expected) / size if size else 0.0

    return computed(relative, slope, each.expected.value, each.size.value)


def _verdict(slope: Value, each: Measurement) -> str:
    if isinstance(slope, str):
        return NOTHING

    def agree(expected: float, size: float, rounding: float, kink: float) -> Value:
        return AGREES if abs(slope - expected) <= _TOLERANCE * size + rounding + kink else WRONG

    values = (live.value for live in (each.expected, each.size, each.rounding, each.kink))
    verdict = computed(agree, *values)
    return verdict if verdict == AGREES else WRONG
