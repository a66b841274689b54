"""What a label says about its quantity, for a judge that decides by the dependency graph.

`quantity_of` names the class's quantities and nothing else; `meaning_of` reads any training sheet's labels, says what
part the quantity plays, and lists what else the label may mean.
"""

import re
from functools import lru_cache

from sheetgen.verify.read.composed_labels import Meaning, When, meanings_of
from sheetgen.verify.read.label_grammar import words_of
from sheetgen.verify.read.label_text import in_english, plain_text

__all__ = ["Meaning", "When", "meaning_of"]

_MOST_LETTERS = 40
_MOST_CHARACTERS = 200  # of LaTeX
_ASIDE = re.compile(r"\s*[\[(]([^()\[\]]+)[\])]")
_UNIT = re.compile(r"(?<=.)\s*[\[(]\s*-?\s*[\])]$|(?<=\d)\s+\[1\]$")
_EXAMPLE = re.compile(r"\s*(?:[,;(]?\s*\be\.? ?g\b.*|[:=]\s*(?:-?\d[\d.,]*)?)$")
_AFTER = re.compile(r"[\^_]?[(\[]?(?<![a-z])[tnk] ?\+ ?1[)\]]?$|\^?\+$|(?<=\d)\^?'$")
_BEFORE = re.compile(r"\^?\( ?[tnk] ?\)$")


@lru_cache(maxsize=1 << 16)
def meaning_of(label: str) -> Meaning | None:
    r"""Return what a label means, with its alternatives, or None for prose, formulas and unknown words.

    >>> meaning_of("old w1").when, meaning_of(r"\frac{\partial E}{\partial w_{1}}").name, meaning_of("E (%)").percent
    ('old', '∂E/∂w1', True)
    """
    if len(label) > _MOST_CHARACTERS:
        return None
    text = plain_text(label).replace("with respect to", "wrt")
    if len(text) > _MOST_LETTERS:
        return None
    text = _EXAMPLE.sub("", in_english(text)).strip()
    if text == "#":
        return Meaning("iteration", "iteration")
    left, equals, right = text.partition("=")
    if not equals:
        return _with_aside(text)
    return None if "(" in right else _same(_with_aside(left), _with_aside(right))  # a_h1 = σ(h1) is a formula


def _same(left: Meaning | None, right: Meaning | None) -> Meaning | None:
    """Read `E = total error`, which names one quantity twice."""
    return left if left and right and (left.role, left.subject) == (right.role, right.subject) else None


def _with_aside(text: str) -> Meaning | None:
    """Read a label with or without what stands in parentheses: `w1 (new)`, `σ(h1)`, `w1 (i1 → h1)`."""
    text = _UNIT.sub("", text).strip()
    whole, aside = _timed(text), _ASIDE.search(text)
    if whole or not aside:
        return whole
    rest, other = _timed(_ASIDE.sub(" ", text).strip()), _timed(aside[1])
    if rest is None:
        return None
    if other is None:
        other = Meaning("other_measure", rest.subject)  # `E_total (python)`
    elif other.role != rest.role:
        return rest
    return rest._replace(alternatives=(*rest.alternatives, other._replace(alternatives=())))


def _timed(text: str) -> Meaning | None:
    """Read a label that may say `new`, `(t+1)`, `old`, or percent."""
    words = words_of(_BEFORE.sub("", _AFTER.sub("", text)))
    if words is None:
        return None
    when: When | None = None
    if "N" in words.classes or _AFTER.search(text):
        when = "new"
    elif "L" in words.classes or _BEFORE.search(text):
        when = "old"
    meanings = meanings_of(words.without("NL%^"))
    marked = [each._replace(when=when, percent="%" in words.classes) for each in dict.fromkeys(meanings)]
    return marked[0]._replace(alternatives=tuple(marked[1:])) if marked else None
