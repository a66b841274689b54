"""The one exception that a user of this package meets."""

from sheetgen.errors import UserError


class MnistError(UserError):
    """A user's mistake, or a file that cannot be read or written, met by `mnist`."""
