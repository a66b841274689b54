"""What is wrong with a cell of a training sheet."""

from typing import NamedTuple

from sheetgen.types import Place


class Fault(NamedTuple):
    """A cell that contradicts another one.

    Attributes:
        place: the cell.
        kind: what is wrong: `gradient`, `factor`, `forward`, `copied`, `wrapped`, `rule`, `ascent`, `base`,
            `empty`, `typed`, `text` or `odd`; the sentence of each is in `wording`.
        parameters: whose updates it spoils.
        stands: the cell that its formula refers to by mistake, if that is what is wrong.
        belongs: the one that belongs there.
        factor: by how much it is too large, if that is all.
        occurrence: which of several references to the same cell is wrong; None for all.
        beside: a cell that does the same right.
    """

    place: Place
    kind: str
    parameters: tuple[Place, ...]
    stands: Place | None = None
    belongs: Place | None = None
    factor: float | None = None
    occurrence: int | None = None
    beside: Place | None = None

    @property
    def places(self) -> tuple[Place, ...]:
        """All cells that it names."""
        named = (self.place, *self.parameters, self.stands, self.belongs, self.beside)
        return tuple(place for place in named if place is not None)
