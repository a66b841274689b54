"""What was found: plain data. Every report is a view of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sheetgen.spreadsheet.addresses import range_boundaries
from sheetgen.types import Place
from sheetgen.verify.file_details import Details
from sheetgen.verify.kinds import FindingKind as FindingKind


@dataclass(frozen=True)
class Finding:
    """Cells that are wrong for one reason: neighbours in a column, or all that rows which stop half way lack.

    Attributes:
        sheet: the sheet's name.
        range: the cells, `J33` or `J33:J100`.
        count: the number of cells that are wrong.
        quantity: what their label says they hold, such as `∂E/∂w3`.
        kind: what is wrong.
        message: the same in words a student understands; one line of text.
        found_formula: the first cell's formula, with its `=`; None if there is none.
        expected_formula: the formula that belongs there; None if it is not known.
        found_value: the first cell's value: a number, a text, or None if there is none.
        expected_value: the number that belongs there; None if it is not known.
        affected: the number of other cells that are off only because of these.
    """

    sheet: str
    range: str
    count: int
    quantity: str
    kind: FindingKind
    message: str
    found_formula: str | None = None
    expected_formula: str | None = None
    found_value: float | str | None = None
    expected_value: float | None = None
    affected: int = 0

    def places(self) -> Iterator[Place]:
        """Yield its cells."""
        left, top, right, bottom = range_boundaries(self.range)
        return ((self.sheet, row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))

    @property
    def first_cell(self) -> str:
        """The address of the first cell."""
        return self.range.partition(":")[0]


@dataclass(frozen=True)
class TableSummary:
    """A training table, as the file has it.

    Attributes:
        sheet: the sheet's name.
        header_row: the row of the labels, counted from 1.
        first_row: the row of the first iteration.
        last_row: the row of the last one.
        learning_rate: η as the file holds it; None if there is none.
        layers: neurons per layer, inputs first.
        initial: the first row's inputs, targets, weights and biases by name; None for one that is missing.
    """

    sheet: str
    header_row: int
    first_row: int
    last_row: int
    learning_rate: float | None
    layers: tuple[int, ...]
    initial: dict[str, float | None]


@dataclass(frozen=True)
class FileReport:
    """The verdict on one file.

    Attributes:
        file: its path as it was given.
        error: why it, or a part of it, could not be judged; None if all of it could.
        cells_checked: the number of cells that were judged.
        tables: the tables that were found.
        findings: what is wrong, in the order of sheets, rows and columns.
        notes: what is worth knowing and no fault, a line each: columns left unjudged, branches that no number reached.
        details: what a report may show of the file beside these; None unless it was asked for.
    """

    file: str
    error: str | None = None
    cells_checked: int = 0
    tables: tuple[TableSummary, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    details: Details | None = None

    @property
    def ok(self) -> bool:
        """Whether all of the file could be judged and nothing in it is wrong."""
        return self.error is None and not self.findings

    @property
    def exit_code(self) -> int:
        """1 if there are findings, or else 2 if something could not be judged, or else 0."""
        if self.findings:
            return 1
        return 0 if self.error is None else 2


def exit_code(reports: Sequence[FileReport]) -> int:
    """Return 1 if anything is wrong in any file, or else 2 if anything could not be judged, or else 0."""
    codes = {report.exit_code for report in reports}
    return next((code for code in (1, 2) if code in codes), 0)
