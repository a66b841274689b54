"""Volatile functions, and the number that replaces a destroyed cached value."""

import re

WRONG = "7.77e+77"
WRONG_NUMBER = float(WRONG)
"""What a destroyed cached value becomes; an engine that returns it has not recalculated the cell."""

_STRING = re.compile(r'"(?:[^"]|"")*"')
_VOLATILE = re.compile(
    r"""
      \b(?:NOW|TODAY|RAND|RANDBETWEEN|RANDARRAY|CELL|INFO|WEBSERVICE|RTD|STOCKHISTORY|CUBE[A-Z]+)\s*\(
    | \[[^\[\]]+\][\w.]*!                          # a cell of another workbook, [1]Sheet1!A1
    | '[^'\[\]]*\[[^\[\]]+\](?:[^']|'')*'!         # the same, '[1]Sheet 1'!A1
    """,
    re.VERBOSE | re.IGNORECASE,
)
_HINTS = ("NOW", "TODAY", "RAND", "CELL", "INFO", "WEBSERVICE", "RTD", "STOCKHISTORY", "CUBE")


def is_volatile(formula: str) -> bool:
    """Tell whether a formula may give a different value each time, or takes it from outside the workbook.

    Functions such as `RAND` or `WEBSERVICE` do, and so do references to other workbooks. `INDIRECT` and `OFFSET`, which
    Excel also calls volatile, give the same value as long as nothing changes.
    """
    calls = "(" in formula and any(map(formula.upper().__contains__, _HINTS))  # rules most out quickly
    if not calls and "[" not in formula:
        return False
    return bool(_VOLATILE.search(_STRING.sub('""', formula)))
