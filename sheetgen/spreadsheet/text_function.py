"""The worksheet functions TEXT and FIXED, where the formula engine writes a number differently from Excel."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal

UNKNOWN_FORMAT = "\ue000"
"""Stands for a result whose number format is not supported here."""

_FORMAT = re.compile(
    r"(?P<whole>0|#,##0|#)(?:\.(?P<fixed>0*)(?P<open>#*))?(?:E(?P<sign>[+-])(?P<power>0+))?(?P<percent>%?)"
)
_DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)  # a spreadsheet shows fifteen digits of a number


def text(value: object, number_format: object) -> str:
    """Write a value in a number format.

    Args:
        value: what to write.
        number_format: such as `0.00`, `#,##0`, `0.0##`, `0.00E+00`, `0%` or `General`.

    Returns:
        The text; `UNKNOWN_FORMAT` for a format that is not supported here.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    match = _FORMAT.fullmatch(str(number_format))
    if match is None or not isinstance(value, int | float | None) or (match["power"] and match["percent"]):
        return UNKNOWN_FORMAT
    number = _DIGITS.create_decimal(repr(float(value or 0)))
    return _scientific(number, match) if match["power"] else _plain(number, match)


def fixed(value: object, decimals: object = 2, no_commas: object = False) -> object:
    """Write a number with a fixed number of decimal places, as the worksheet function FIXED does.

    Excel rounds the fifteen digits that it shows, half away from zero. The engine's own FIXED rounds the binary number
    itself: it turns -0.585·0.5275, within 4e-17 of -0.3085875, into -0.308587 instead of -0.308588.

    Args:
        value: the number.
        decimals: how many places; negative ones round to tens, hundreds, ….
        no_commas: whether to leave out the thousands separators.

    Returns:
        The text; if an argument is an error, that error as the engine represents it; `UNKNOWN_FORMAT` if an argument
        is not a single number.
    """
    for argument in (value, decimals):
        if isinstance(argument, dict):
            return argument
    if not isinstance(value, int | float | None) or not isinstance(decimals, int | float | None):
        return UNKNOWN_FORMAT
    places = int(decimals or 0)
    number = _DIGITS.create_decimal(repr(float(value or 0)))
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, Context(prec=400)) or Decimal(0)
    return f"{rounded:{'' if no_commas else ','}.{max(0, places)}f}"


def _plain(number: Decimal, match: re.Match[str]) -> str:
    fixed, open_ = len(match["fixed"] or ""), len(match["open"] or "")
    if match["percent"]:
        number *= 100
    rounded = number.quantize(Decimal(1).scaleb(-fixed - open_), ROUND_HALF_UP, Context(prec=400))
    written = _trimmed(f"{abs(rounded):{',' if ',' in match['whole'] else ''}f}", open_)
    if match["whole"] == "#" and abs(rounded) < 1:
        written = written.removeprefix("0")
    return f"{'-' if rounded < 0 else ''}{written}{match['percent']}"


def _scientific(number: Decimal, match: re.Match[str]) -> str:
    fixed, open_ = len(match["fixed"] or ""), len(match["open"] or "")
    rounded = Context(prec=1 + fixed + open_, rounding=ROUND_HALF_UP).plus(number)
    power = rounded.adjusted() if rounded else 0
    mantissa = abs(rounded).scaleb(-power)
    sign = "-" if power < 0 else match["sign"].replace("-", "")
    written = _trimmed(f"{mantissa:.{fixed + open_}f}", open_)
    return f"{'-' if rounded < 0 else ''}{written}E{sign}{abs(power):0{len(match['power'])}d}"


def _trimmed(written: str, most: int) -> str:
    """Drop up to `most` zeros at the end."""
    return written[: len(written) - most] + written[len(written) - most :].rstrip("0")
