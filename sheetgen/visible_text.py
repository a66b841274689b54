"""Text for people: untrusted content is made visible and harmless before it reaches a terminal, log or page."""

import re

# GitHub's runner obeys `##[command]` anywhere in a line, Azure's obeys `##vso[command]`.
_BUILD_COMMAND = re.compile(r"##(?=\w*\[)")
# And `::command::` at the start of one.
_WORKFLOW_COMMAND = re.compile(r":(?=:)")
# What is special to Markdown, HTML or GitHub in the middle of a line; a full stop only if no digit precedes it.
_MARKUP = re.compile(r"""(?<![0-9])\.|[!"#$%&'*:;<>?@\[\\\]^_`{|}~]""")


def visible(text: str) -> str:
    r"""Return a text as one line in which everything that does not print is escaped: `\n`, `\x1b`, `\u202e`.

    That includes terminal escapes, C1 controls, bidirectional overrides, zero-width characters and lone surrogates.
    What a build log would take as a command is broken with a backslash.
    """
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
    return _BUILD_COMMAND.sub(r"##\\", text)


def clean(text: str) -> str:
    """Return a text as one line of prose: `visible`, but with any white space as a space.

    What a workflow would take as a command at the start of a line is broken too, because prose may start a line.
    """
    if not text.isprintable():
        text = "".join(" " if sign.isspace() else sign for sign in text)
    return _WORKFLOW_COMMAND.sub(r":\\", visible(text))


def shorten(text: str, most: int) -> str:
    """Return a text of at most `most` characters, its end replaced by `…` if it is longer."""
    return text if len(text) <= most else text[: max(most - 1, 0)] + "…"


def counted(number: int, what: str) -> str:
    """Write a number with its noun: `1 cell`, `1,204 cells`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def code_element(text: str) -> str:
    """Write a one-line text as code that Markdown leaves alone, whatever it holds; nothing for an empty one."""
    encoded = _MARKUP.sub(lambda match: f"&#{ord(match[0])};", text)
    return f"<code>{encoded}</code>" if encoded else ""
