"""One spelling for each formula: programs write the same formula with other blanks, cases, quotes and digits."""

import re
from functools import lru_cache

from sheetgen.spreadsheet.relative_formula import MARKS

_MARK = f"[{MARKS[0]}-{MARKS[-1]}]"
_NEWER = re.compile(r"(?:_xlfn\.|_xlws\.|_xlpm\.)+")
_LOGICAL = ("TRUE", "FALSE")
_LEXEMES = re.compile(
    rf"""
      (?P<string>"(?:[^"]|"")*")
    | (?P<quoted>'(?:[^']|'')*')
    | (?P<bracket>\[(?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])*\])
    | (?P<blank>[\x20\t\r\n]+)
    | (?P<number>(?<![$:.])(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w:.]))
    | (?P<sheet>[^\W\d][\w.]*(?=!))
    | (?P<name>(?:\$|[^\W\d]|\\)(?:[\w.\\$]|{_MARK})*)
    | (?P<rows>\$?[0-9]+(?::\$?[0-9]+)?|{_MARK})
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ENDS_OPERAND = re.compile(rf"[\w\])}}\"'$]|{_MARK}")
_STARTS_OPERAND = re.compile(rf"[\w\[({{\"'$\\]|{_MARK}")


@lru_cache(maxsize=1 << 14)
def one_spelling(formula: str) -> str:
    """Return a formula in the one spelling that all spellings of it have in common.

    Blanks, the case of names, quotes around sheet names, `TRUE` or `TRUE()`, the digits of a number, prefixes of newer
    functions and `--` or `-(-(…))` make no difference; everything else does.

    Args:
        formula: with or without its `=`, or the text of a template.
    """
    tokens: list[str] = []
    matches = list(_LEXEMES.finditer(formula))
    for at, match in enumerate(matches):
        if match.lastgroup != "blank":
            tokens.append(_spelt(match))
        elif tokens and at + 1 < len(matches) and _between_operands(tokens[-1], matches[at + 1][0]):
            tokens.append(" ")  # the operator that intersects two ranges
    return "".join(_without_doubled_signs(_without_logical_calls(tokens)))


def _spelt(match: re.Match[str]) -> str:
    text = match[0]
    if match.lastgroup == "string":
        return text
    if match.lastgroup == "number":
        return repr(float(text))
    if match.lastgroup == "sheet":
        return f"'{text.casefold()}'"
    if match.lastgroup == "name":
        return _NEWER.sub("", text).casefold()
    if match.lastgroup == "bracket":
        return re.sub(r"\s*(,)\s*", r"\1", text).casefold()
    return text.casefold()


def _between_operands(before: str, after: str) -> bool:
    return bool(_ENDS_OPERAND.fullmatch(before[-1]) and _STARTS_OPERAND.match(after))


def _without_logical_calls(tokens: list[str]) -> list[str]:
    """Write `true()` as `true`."""
    kept: list[str] = []
    for token in tokens:
        if token == ")" and kept[-1:] == ["("] and "".join(kept[-2:-1]).upper() in _LOGICAL:
            kept.pop()
        else:
            kept.append(token)
    return kept


def _without_doubled_signs(tokens: list[str]) -> list[str]:
    """Write `-(-(…))` as `--(…)`."""
    dropped = set[int]()
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if token == "(":
            opened.append(at)
        elif token == ")" and opened:
            start = opened.pop()
            inner = tokens[start - 1 : start] == ["-"] and tokens[start + 1 : start + 3] == ["-", "("]
            if inner and _closes(tokens, start + 2) == at - 1:
                dropped |= {start, at}
    return [token for at, token in enumerate(tokens) if at not in dropped]


def _closes(tokens: list[str], start: int) -> int:
    """Return where the bracket closes that opens at a position; the end if it does not."""
    depth = 0
    for at in range(start, len(tokens)):
        depth += (tokens[at] == "(") - (tokens[at] == ")")
        if depth == 0:
            return at
    return len(tokens)
