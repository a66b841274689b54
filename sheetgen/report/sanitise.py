"""Makes the text of untrusted files harmless, before it reaches a terminal, a log or a page."""

import re

# GitHub's runner takes `::command::` at the start of a line, and `##[command]` anywhere in it, as its own.
_COMMANDS = re.compile(r":(?=:)|##(?=\[)")


def clean(text: str) -> str:
    r"""Return a text as one line of printable characters.

    White space of any kind becomes a space. Whatever else cannot be seen (terminal escapes, C1 controls, bidirectional
    overrides, zero-width characters, halves of surrogate pairs) is written out, as `\x1b` or `\u202e`. What a
    continuous-integration service could take as a command is broken with a backslash, which stays where spaces go.
    """
    if not text.isprintable():
        text = "".join(map(_visible, text))
    return _COMMANDS.sub(r"\g<0>\\", text)


def shorten(text: str, most: int) -> str:
    """Return a text with at most so many characters, its end replaced by `…` where it has more."""
    return text if len(text) <= most else text[: max(most - 1, 0)] + "…"


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else character.encode("unicode_escape").decode("ascii")
