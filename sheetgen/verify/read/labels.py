"""Which quantity a label means, in the many spellings that people use.

`out_h1`, `ah1`, `act_h1` and `σ(h1)` are all `a_h1`; `𝟃E/𝟃w1`, `δE_total/δW1`, `dw1` and `E∂w1` are all `∂E/∂w1`. The
names returned are those of `sheetgen.network.names`, and a few that only hand-made sheets have:
`eta`, `iteration`, and a bias `b1` whose owner depends on how many there are.
"""

import re
import unicodedata
from functools import lru_cache

from sheetgen.network import names

_MOST_LETTERS = 40
_DIGITS = r"(?:\d{1,3}|[1-9]\d{3,4})"  # a sheet has 16,384 columns
_NUMBER = rf"_?\[?(?P<number>{_DIGITS})\]?"
_NEURON = rf"(?P<layer>h|hidden|o|0)_?(?P<first>{_DIGITS})(?:_(?P<second>{_DIGITS}))?"
_TOTAL = r"(?:error|err|e|loss|cost|l|j|c)(?:_?t(?:ot(?:al)?)?)?|(?:tot|total)_?(?:error|err|e|loss)"
_D = r"(?:\(?[∂δd]\)?)"

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("i", rf"(?:i|x|in|inp|input){_NUMBER}"),
        ("t", rf"(?:t|y|tgt|target)_?(?:o_?)?{_NUMBER}"),
        ("w", rf"(?:w|weight){_NUMBER}"),
        ("b", rf"(?:b|bias){_NUMBER}"),
        ("b_", rf"(?:b|bias)_?{_NEURON}"),
        ("b1", r"(?:b|bias)_?\(?h(?:idden)?\)?"),
        ("b2", r"(?:b|bias)_?\(?o(?:ut(?:put)?)?\)?"),
        ("", rf"(?:net|z|in|sum|s)?_?{_NEURON}"),
        ("a_", rf"(?:a|act|out|output|activation|σ|sig|sigma|sigmoid)_?\(?(?:net_?)?{_NEURON}\)?"),
        ("E", rf"(?:e|err|error)_?(?:o_?)?{_NUMBER}"),
        ("E_total", _TOTAL),
        ("E_mean", r"e_?mean|mean_?(?:e|error)"),
        ("eta", r"η|ͷ|eta|l\.?r\.?|α|alpha|learning_?rate|step_?size"),
        ("iteration", r"iter(?:ation)?s?|epochs?|steps?|#|no\.?"),
    )
)
_GRADIENT = re.compile(
    rf"(?:(?P<above>{_D}|∇|grad(?:ient)?(?:of)?_?|delta_?)?_?(?:{_TOTAL})?)_?/?(?P<below>{_D})?_?/?(?P<of>[wbaohs0][^/∂]*)"
)


@lru_cache(maxsize=1 << 16)
def quantity_of(label: str) -> str | None:
    """Return the quantity that a label means, or None if it means none.

    >>> quantity_of("𝜕ETotal/ 𝜕w1"), quantity_of("out_h1"), quantity_of("y2"), quantity_of("E Total")
    ('∂E/∂w1', 'a_h1', 't2', 'E_total')
    """
    if len(label) > _MOST_LETTERS:
        return None
    text = re.sub(r"[\s{}$*]", "", unicodedata.normalize("NFKC", label)).casefold().rstrip(":=")
    bare = re.sub(r"\((\w+)\)", r"\1", text)  # d(E)/d(w1)
    short = re.sub(r"\([^()]*\)$", "", text)  # w1 (new)
    return _plain(text) or _gradient(text) or _gradient(bare) or _plain(short) or _gradient(short)


def _plain(text: str) -> str | None:
    for kind, pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match:
            return _name(kind, match)
    return None


def _gradient(text: str) -> str | None:
    match = _GRADIENT.fullmatch(text)
    if not match or not (match["above"] or match["below"]):
        return None
    of = _plain(match["of"])
    if of is None or of[0] not in "wbaho" or ((match["above"] or "").startswith("delta") and of[0] not in "ho"):
        return None  # Δw, spelt out, is usually the step η·∂E/∂w
    return names.gradient(of)


def _name(kind: str, match: re.Match[str]) -> str:
    parts = match.groupdict()
    if "number" in parts:
        return f"{kind}{int(parts['number'])}"
    if "layer" not in parts:
        return kind
    letter = "h" if parts["layer"][0] == "h" else "o"
    second = "" if parts["second"] is None else f"_{int(parts['second'])}"
    return f"{kind}{letter}{int(parts['first'])}{second}"
