"""What a workbook says about its origin: custom document properties that hold all that is needed to write it again.

Excel allows 255 characters in a property, so the text is cut into numbered pieces. It is ASCII without white space,
because some programs trim a property, or change its encoding, when they save a workbook.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from sheetgen.network.experiment import Experiment

_NAME = "sheetgen"
_LONGEST = 255


@dataclass(frozen=True)
class Origin:
    """Where a workbook comes from.

    Attributes:
        experiment: the template that it was built from.
        lessons: whether the sheets that teach were written.
        digest: identifies what the `sheetgen` that built it wrote, see `sheetgen.workbook.blueprint`.
    """

    experiment: Experiment
    lessons: bool
    digest: str

    def properties(self) -> dict[str, str]:
        """Return the properties that say so, by name."""
        template = self.experiment.model_dump(mode="json", exclude_unset=True)
        content = {"digest": self.digest, "lessons": self.lessons, "template": template}
        text = json.dumps(content, separators=(",", ":")).replace(" ", "\\u0020")
        pieces = (text[start : start + _LONGEST] for start in range(0, len(text), _LONGEST))
        return {f"{_NAME} {number}": piece for number, piece in enumerate(pieces, start=1)}


def read_origin(properties: Mapping[str, str]) -> Origin | None:
    """Return the origin that a workbook's custom properties name; None if they name none, or cannot be read."""
    pieces: list[str] = []
    for number in count(1):
        piece = properties.get(f"{_NAME} {number}")
        if piece is None:
            break
        pieces.append(piece.strip())  # Gnumeric indents properties
    try:
        content = json.loads("".join(pieces))
        experiment = Experiment.model_validate(content["template"])
        return Origin(experiment, content["lessons"] is True, str(content["digest"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
