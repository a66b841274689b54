"""Where a report leads that a local page shows."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Links:
    """Addresses beside a report.

    Attributes:
        home: where other workbooks can be chosen.
        marked: the marked copies, by the number of the file in the report.
        all_marked: all of them in one archive; empty if there are not several.
    """

    home: str
    marked: Mapping[int, str]
    all_marked: str
