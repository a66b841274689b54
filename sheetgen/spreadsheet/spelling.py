"""One spelling for formulas that programs write differently: blanks, case, `TRUE()`, `1E-9`, quotes around sheets."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import formualizer

_LEXEMES = re.compile(
    r"""
      (?P<string>"(?:[^"]|"")*")
    | '(?P<quoted>(?:[^']|'')*)'!
    | (?P<plain>[^\W\d][\w.]*)!
    | (?P<truth>TRUE|FALSE)\s*\(\s*\)
    | (?:_xlfn\.|_xlws\.)*(?P<word>\$?[^\W\d][\w.\\$]*)
    | (?<![\w.$])(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:E[-+]?[0-9]+)?)
    | (?P<blank>\s+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SHEET_OR_ROW = re.compile(r"(?:'(?:[^']|'')*'!)?\$?[A-Z]{1,3}\$?[1-9][0-9]*(?::\$?[A-Z]{1,3}\$?[1-9][0-9]*)?")
_STRING = re.compile(r'"(?:[^"]|"")*"')
_NONE: Mapping[str, str] = MappingProxyType({})


def respelt(formula: str, sheet: str, renamed: Mapping[str, str] = _NONE) -> str:
    """Write a formula in a spelling of its own, equal for formulas that differ only in how they are spelt.

    Args:
        formula: with or without its `=`.
        sheet: where it stands; a reference to its own sheet by name is one without.
        renamed: by case-folded name, what sheets shall be called instead.
    """

    def place(name: str) -> str:
        plain = name.replace("''", "'")
        plain = renamed.get(plain.casefold(), plain)
        return "" if plain.casefold() == sheet.casefold() else "'" + plain.replace("'", "''").upper() + "'!"

    def written(match: re.Match[str]) -> str:
        kind, text = match.lastgroup, match[0]
        if kind in ("quoted", "plain"):
            return place(match[kind])
        if kind == "number":
            return repr(float(text))
        if kind == "blank":
            return ""
        return text if kind == "string" else match[kind or 0].upper()

    return _LEXEMES.sub(written, formula.removeprefix("="))


def same_structure(one: str, other: str) -> bool:
    """Tell whether two formulas in the one spelling differ only in brackets that change nothing."""
    if one == other:
        return True
    try:
        trees = [formualizer.parse(f"={spelling}").to_dict() for spelling in (one, other)]
    except Exception:  # the library raises a different exception at every stage
        return False
    return bool(trees[0] == trees[1])


@lru_cache(maxsize=4096)
def references(spelling: str) -> frozenset[str]:
    """Return the references in a spelling as `respelt` gives it, without dollar signs."""
    return frozenset(each.replace("$", "") for each in _SHEET_OR_ROW.findall(_STRING.sub("", spelling)))
