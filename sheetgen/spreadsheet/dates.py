"""Dates as spreadsheets count them."""

from datetime import UTC, date, datetime, time

_DAY = 86_400.0
# Excel's 29 February 1900, which never was, shifts all dates after it.
_EPOCH, _EPOCH_BEFORE_MARCH = datetime(1899, 12, 30, tzinfo=UTC), datetime(1899, 12, 31, tzinfo=UTC)
_EPOCH_1904 = datetime(1904, 1, 1, tzinfo=UTC)
_FIRST_OF_MARCH = datetime(1900, 3, 1, tzinfo=UTC)


def serial_number(text: str, *, date1904: bool = False) -> float | None:
    """Return the number that stands for a date, a time or both, written as in ISO 8601.

    Args:
        text: such as `2023-03-15`, `2023-03-15T12:00:00Z` or `12:00:00`; another time zone than UTC is not converted.
        date1904: whether the workbook counts from 1904.

    Returns:
        Days since the workbook's epoch; None if it is no such text.
    """
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return _fraction(text)
    epoch = _EPOCH if moment >= _FIRST_OF_MARCH else _EPOCH_BEFORE_MARCH
    return (moment - (_EPOCH_1904 if date1904 else epoch)).total_seconds() / _DAY


def _fraction(text: str) -> float | None:
    """Return a time of day as a fraction of a day."""
    try:
        clock = datetime.combine(date.min, time.fromisoformat(text), UTC)
    except ValueError:
        return None
    return (clock - datetime.min.replace(tzinfo=UTC)).total_seconds() / _DAY
