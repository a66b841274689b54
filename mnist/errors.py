"""The one exception that a user of this package meets."""


class MnistError(Exception):
    """Something in the user's hands is not as it must be.

    Attributes:
        where: the file, option or model that the complaint is about.
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
