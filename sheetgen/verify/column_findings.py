"""What is wrong in which rows of a column, before neighbouring rows are merged into findings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from sheetgen.types import Mask, Rows
from sheetgen.verify.findings import FindingKind


@dataclass(frozen=True)
class ColumnFinding:
    """One fault in some rows of a column.

    Attributes:
        name: the quantity of the column.
        kind: what is wrong.
        mask: (rows,), the table's rows that have the fault.
        message: returns the message for a run of rows, given as positions from the table's first row.
        expected_formula: returns the formula that belongs in a row (a position), or None if it is not known.
    """

    name: str
    kind: FindingKind
    mask: Mask
    message: Callable[[Rows], str]
    expected_formula: Callable[[int], str | None] = lambda _: None


def runs(mask: Mask) -> Iterator[Rows]:
    """Yield the runs of neighbouring rows for which a mask is true."""
    places = np.flatnonzero(mask)
    if len(places):
        yield from np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)


def always(message: str) -> Callable[[Rows], str]:
    """Return a function that gives every run of rows the same message."""
    return lambda _: message
