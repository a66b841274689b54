"""What is kept of a judged file beside its findings, for reports that show the file itself; plain data."""

from dataclasses import dataclass
from typing import NamedTuple

from sheetgen.spreadsheet.relative_formula import Template
from sheetgen.types import Value


class Wanted(NamedTuple):
    """What a report needs of each file: its details, with at most so many cells of its sheets."""

    cells: int = 0


@dataclass(frozen=True)
class Fingerprint:
    """Digests by which copies are recognised, apart from the names of sheets.

    Attributes:
        cells: of all formulas, numbers and texts, and of where they stand.
        formulas: of the formulas alone; empty if there are none.
        values: of the numbers alone, typed or cached; empty if there are none.
    """

    cells: str
    formulas: str
    values: str


class GradientError(NamedTuple):
    """How far a gradient is from what its row implies, relative to the larger of the two.

    Attributes:
        weight: the weight or bias.
        first: in the first row.
        largest: the largest of all rows.
    """

    weight: str
    first: float
    largest: float


@dataclass(frozen=True)
class Course:
    """How the error of one table's network goes down.

    Attributes:
        sheet: the sheet's name.
        header_row: the row of the table's labels.
        rows: some of the table's rows, the first and the last among them.
        found: E_total in these rows, as the file has it; None where there is no number.
        expected: what a training from the table's own first row gives; empty if that is not known.
        gradients: of each weight whose gradient has a column.
    """

    sheet: str
    header_row: int
    rows: tuple[int, ...]
    found: tuple[float | None, ...]
    expected: tuple[float | None, ...]
    gradients: tuple[GradientError, ...]


class ShownRow(NamedTuple):
    """One row of a sheet.

    Attributes:
        number: counted from 1.
        folded: whether it shows nothing that the rows around it do not show.
        formulas: for each column, the position of its formula in the sheet's templates; -1 for none.
        values: for each column, the cached or typed value.
    """

    number: int
    folded: bool
    formulas: tuple[int, ...]
    values: tuple[Value, ...]


@dataclass(frozen=True)
class ShownSheet:
    """The part of a sheet that is worth showing.

    Attributes:
        name: the sheet's name.
        columns: the numbers of its columns, ascending.
        templates: the formulas of its cells.
        rows: its rows, ascending.
        left_out: how many rows are left out, because they were too many.
    """

    name: str
    columns: tuple[int, ...]
    templates: tuple[Template, ...]
    rows: tuple[ShownRow, ...]
    left_out: int


@dataclass(frozen=True)
class Details:
    """What a report shows of a file beside its findings.

    Attributes:
        seconds: how long judging it took.
        fingerprint: by which copies are recognised.
        courses: one for each table that has a column of E_total.
        sheets: the sheets with tables or findings, as far as asked for.
    """

    seconds: float
    fingerprint: Fingerprint
    courses: tuple[Course, ...] = ()
    sheets: tuple[ShownSheet, ...] = ()
