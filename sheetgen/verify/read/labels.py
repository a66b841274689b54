"""Which of the class's quantities a label means, in the many spellings that people use.

`out_h1`, `ah1`, `act_h1` and `σ(h1)` are all `a_h1`; `𝟃E/𝟃w1`, `δE_total/δW1`, `dw1` and `E∂w1` are all `∂E/∂w1`. The
names returned are those of `sheetgen.network.names`, and a few that only hand-made sheets have:
`eta`, `iteration`, and a bias `b1` whose owner depends on how many there are.
"""

import re
from functools import lru_cache

from sheetgen.verify.read.meanings import Meaning, meaning_of

_NUMBERED = re.compile(r"(?:[itwbE]|(?:[ab]_)?[ho]|∂E/∂(?:[wb]|(?:[ab]_)?[ho]))\d+(?:_\d+)?")
_OTHERS = {"eta": "eta", "iteration": "iteration", "epoch": "iteration", "b_h": "b1", "b_o": "b2"}
_NEVER = ("step", "state", "local_derivative", "other_measure")


@lru_cache(maxsize=1 << 16)
def quantity_of(label: str) -> str | None:
    """Return the quantity that a label means, or None if it means none.

    >>> quantity_of("𝜕ETotal/ 𝜕w1"), quantity_of("out_h1"), quantity_of("y2"), quantity_of("E Total")
    ('∂E/∂w1', 'a_h1', 't2', 'E_total')
    """
    meaning = meaning_of(label)
    if meaning is None or meaning.percent or meaning.role in _NEVER or _may_be_the_sum(meaning):
        return None
    if meaning.when == "new" and not label.rstrip().endswith(")"):  # `w1 (new)` heads the weights of a table's rows
        return None
    if meaning.role == "loss":
        return {("", False): "E_total", ("mean", True): "E_mean"}.get((meaning.kind, meaning.total))
    if meaning.total or meaning.kind:
        return None
    return meaning.name if _NUMBERED.fullmatch(meaning.name) else _OTHERS.get(meaning.name)


def _may_be_the_sum(meaning: Meaning) -> bool:
    """Tell whether the label of an activation may as well be the weighted sum's: `output1`."""
    return meaning.role == "activation" and any(each.role == "pre_activation" for each in meaning.alternatives)
