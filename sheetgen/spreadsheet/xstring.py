"""Texts as OOXML writes them: `_x000D_` stands for a character that XML cannot hold, or would change (ST_Xstring)."""

import re

BLANKS = " \t\r\n"
"""What counts as blank in XML."""

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_TAKEN_FOR_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def decoded(text: str) -> str:
    """Return what a text of the file stands for; half a surrogate pair becomes a replacement character."""
    if "_x" not in text:
        return text
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if _SURROGATES.search(text) else text


def decoded_formula(text: str) -> str:
    """Return a formula of the file as it stands after its `=`."""
    return without_equals(decoded(text))


def without_equals(text: str) -> str:
    """Return a formula without the `=` that some programs put before it; a blank that was typed stays."""
    bare = text.lstrip(BLANKS)
    return bare[1:] if bare.startswith("=") else text


def encoded(text: str) -> str:
    """Return a text as the file holds it, not yet escaped for XML."""
    text = _TAKEN_FOR_ESCAPE.sub("_x005F_", text)
    return _FORBIDDEN.sub(lambda match: f"_x{ord(match[0]):04X}_", text)
