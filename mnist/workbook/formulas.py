"""The formulas, each written once: as data, with named parts.

Filled with addresses a formula is live; the same text in symbols, and with the numbers of these addresses, explains it.
"""

from collections.abc import Mapping

from sheetgen.network.quantities import REFERENCE, pretty
from sheetgen.workbook.formula_cell import joined, pieces_of
from sheetgen.workbook.number_words import words_formula

PIXEL = "({p}/255-{m})/{s}"
"""A pixel as the network was trained on it: m and s are the mean and the deviation of the training set's pixels."""

FIRST_SUM = "({Σ}/255-{m}*{Σw})/{s}+{b}"
"""The same for a whole window: Σ is its pixels times the kernel, Σw the sum of the kernel."""

SUM = "{Σ}+{b}"
NORM = "{γ}*({z}-{μ})/{σ}+{β}"
RELU = "MAX(0,{y})"

SCALE = "{γ}/{σ}"
SHIFT = "{β}+({b}-{μ})*{γ}/{σ}"
FIRST_SCALE = "{γ}/{σ}/255/{s}"
FIRST_SHIFT = "{β}+({b}-{μ}-{m}*{Σw}/{s})*{γ}/{σ}"
"""The four above, solved for Σ: `MAX(0,{Σ}*{scale}+{shift})` is convolution, batch normalisation and ReLU in one."""

FOLDED = "{Σ}*{scale}+{shift}"

SCORE = "{b}+{Σ}"
POWER = "EXP({score}-{largest})"
PROBABILITY = "{power}/{total}"
LOSS = "LN({total})-({score}-{largest})"
"""Minus the logarithm of the label's probability, written so that no probability is too small for it."""

ERROR = "{p}-{t}"
GRADIENT = "{δ}*{a}"
STEP = "{w}-{η}*{g}"


def filled(formula: str, cells: Mapping[str, str]) -> str:
    """Put addresses, or formulas in brackets, in the place of names."""
    return REFERENCE.sub(lambda match: cells[match[1]], formula)


def in_symbols(formula: str) -> str:
    """Write a formula as on a blackboard."""
    return pretty(formula).replace("EXP(", "exp(").replace("LN(", "ln(").replace("/", " / ")


def in_numbers(formula: str, cells: Mapping[str, str]) -> str:
    """Return a formula for the text that has the numbers in it."""
    pieces = [(named, text if named else text.replace("/", " / ")) for named, text in pieces_of(formula)]
    return joined(pieces, {name: words_formula(cell) for name, cell in cells.items()})
