"""Numbers as text: formulas that write them alike in every application and language, and what these give."""

import math
from decimal import ROUND_HALF_UP, Context, Decimal

from sheetgen.network.cached_values import Value

_PLACES = (0, 1, 2, 4)  # fewer than six, where that writes the same number
_LONG = Context(prec=400)  # as many digits as the largest number has before the point, and six after it
# Numbers below the one are written with a power of ten; below the other they are too small for the formula.
_SMALL, _SMALLEST = 0.001, 1e-98
_SMALL_PLACES = 3
# The logarithm of 10/9.9995: from there on, the mantissa would be rounded to 10.
_CARRY = 0.0000218
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"


def words_formula(cell: str, *, small: bool = False) -> str:
    """The formula that writes a cell's number as text, as a factor of a product: a negative number in brackets.

    How many digits `&` writes of a number differs between applications; FIXED writes as many as it is told to.

    Args:
        cell: a reference to it.
        small: whether to write a number near zero with a power of ten, `(3.544·10⁻⁸)`, in brackets as well.
    """
    places = "6"
    for fewer in reversed(_places(small=small)):
        places = f"IF(ROUND({cell},6)=ROUND({cell},{fewer}),{fewer},{places})"
    written = f"FIXED({cell},{places},TRUE)"
    text = f'IF({cell}<0,"("&{written}&")",{written})'
    if small:
        text = f"IF(AND(ABS({cell})<{_SMALL},ABS({cell})>{_SMALLEST:.0E}),{_power_formula(cell)},{text})"
    return f'IF(ISNUMBER({cell}),{text},"?")'


def _power_formula(cell: str) -> str:
    exponent = f"-INT(LOG10(ABS({cell}))+{_CARRY:.7f})"
    mantissa = f"{cell}*10^({exponent})"
    places = f"IF(ROUND({mantissa},{_SMALL_PLACES})=ROUND({mantissa},0),0,{_SMALL_PLACES})"
    tens, units = f"INT(({exponent})/10)", f"MOD({exponent},10)"
    digits = f'IF({tens}>0,MID("{_RAISED}",{tens}+1,1),"")&MID("{_RAISED}",{units}+1,1)'
    return f'"("&FIXED({mantissa},{places},TRUE)&"·10⁻"&{digits}&")"'


def in_words(value: Value, *, small: bool = False) -> str:
    """What `words_formula` gives: a number with up to six decimal places, rounded as spreadsheets do."""
    if isinstance(value, str):
        return "?"
    if small and _SMALLEST < abs(value) < _SMALL:
        return _in_powers(value)
    rounded = _rounded(value, 6)
    places = next((fewer for fewer in _places(small=small) if _rounded(value, fewer) == rounded), 6)
    # Spreadsheets have no minus sign before a zero.
    text = f"{_rounded(value, places) or Decimal(0):.{places}f}"
    return f"({text})" if value < 0 else text


def _in_powers(value: float) -> str:
    exponent = -math.floor(math.log10(abs(value)) + _CARRY)
    mantissa = value * 10.0**exponent
    rounded = _rounded(mantissa, _SMALL_PLACES)
    places = 0 if rounded == _rounded(mantissa, 0) else _SMALL_PLACES
    return f"({rounded:.{places}f}·10⁻{''.join(_RAISED[int(digit)] for digit in str(exponent))})"


def _places(*, small: bool) -> tuple[int, ...]:
    return (*_PLACES[:3], 3, *_PLACES[3:]) if small else _PLACES


def rounded_words(cell: str, places: int) -> str:
    """The formula that writes a cell's number as text with so many decimal places."""
    return f'IF(ISNUMBER({cell}),FIXED(ROUND({cell},{places}),{places},TRUE),"?")'


def in_rounded_words(value: Value, places: int) -> str:
    """What `rounded_words` gives."""
    return "?" if isinstance(value, str) else f"{_rounded(value, places) or Decimal(0):.{places}f}"


def _rounded(value: float, places: int) -> Decimal:
    """Round as spreadsheets do: the number as written with 15 digits, half away from zero."""
    return Decimal(f"{value:.15g}").quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _LONG)
