"""The exceptions that users meet: one form for all, and the one that this package raises."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Something in the user's hands is not as it must be; its text is one line.

    Attributes:
        where: the file, option, key, cell or model that the complaint is about.
        what: what is wrong there.
        remedy: what was expected, or what to do instead.
    """

    def __init__(self, where: str, what: str, remedy: str) -> None:
        super().__init__(where, what, remedy)
        self.where = where
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return " ".join(f"{self.where}: {self.what}; {self.remedy}".split())


class SheetgenError(UserError):
    """A user's mistake, or a file that cannot be read or written, met by `sheetgen`."""


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return a question that names the known word nearest to a given one, with a blank after it; empty if none is near.

    Case makes no difference.
    """
    words = {word.lower(): word for word in known}
    match = difflib.get_close_matches(given.lower(), words, n=1)
    return f"did you mean '{words[match[0]]}'? " if match else ""


def reason_of(error: BaseException) -> str:
    """Return why something could not be read or written, in the system's words and on one line."""
    return getattr(error, "strerror", None) or next(iter(str(error).splitlines()), type(error).__name__)
