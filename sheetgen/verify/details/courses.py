"""The course of a table's error, as found and as it should be, and how far its gradients are off."""

from collections.abc import Iterator

import numpy as np

from sheetgen.network import names
from sheetgen.types import Array
from sheetgen.verify.file_details import Course, GradientError
from sheetgen.verify.values.consistency import ValueVerdicts

_MOST_POINTS = 40
_DIGITS = 5


def course_of(values: ValueVerdicts, *, wrong: bool) -> Course | None:
    """Describe the course of a judged table; None if it has no column of E_total.

    Args:
        values: the verdicts on its numbers.
        wrong: whether anything in it is wrong; if not, its error is what it should be.
    """
    table = values.numbers.reading.table
    if "E_total" not in table.columns:
        return None
    steps = np.unique(np.linspace(0, table.rows - 1, _MOST_POINTS).round().astype(np.int64))
    found = values.numbers.held("E_total")
    expected = values.trajectory.get("E_total") if wrong else found
    return Course(
        sheet=table.sheet.name,
        header_row=table.header_row,
        rows=tuple((steps + table.first_row).tolist()),
        found=_rounded(found[steps]),
        expected=() if expected is None else _rounded(expected[steps]),
        gradients=tuple(_errors(values)),
    )


def _errors(values: ValueVerdicts) -> Iterator[GradientError]:
    numbers = values.numbers
    for weight in numbers.reading.network.trained:
        name = names.gradient(weight)
        if name in values.implied and name in numbers.reading.table.columns:
            found, implied = numbers.held(name), values.implied[name]
            with np.errstate(all="ignore"):
                errors = np.abs(found - implied) / np.maximum(np.abs(found), np.abs(implied))
            errors = np.where(found == implied, 0.0, errors)
            known = errors[np.isfinite(errors)]
            if len(known):
                yield GradientError(weight, float(f"{known[0]:.2g}"), float(f"{known.max():.2g}"))


def _rounded(numbers: Array) -> tuple[float | None, ...]:
    return tuple(float(f"{number:.{_DIGITS}g}") if np.isfinite(number) else None for number in numbers.tolist())
