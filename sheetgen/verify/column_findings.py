"""What is wrong with which rows of a column, before neighbouring rows become one finding."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from sheetgen.types import Mask, Rows
from sheetgen.verify.findings import FindingKind


@dataclass(frozen=True)
class ColumnFinding:
    """One thing that is wrong in rows of one column.

    Attributes:
        name: the quantity of the column.
        kind: what is wrong.
        mask: (rows,), the table's rows in which it is.
        message: what to say of a run of rows, given as positions from the table's first row.
        expected_formula: what belongs into a row (a position), or None where that cannot be said.
    """

    name: str
    kind: FindingKind
    mask: Mask
    message: Callable[[Rows], str]
    expected_formula: Callable[[int], str | None] = lambda _: None


def runs(mask: Mask) -> Iterator[Rows]:
    """Yield the runs of neighbouring rows in which something is so."""
    places = np.flatnonzero(mask)
    if len(places):
        yield from np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)


def always(message: str) -> Callable[[Rows], str]:
    """Say the same of every run."""
    return lambda _: message
