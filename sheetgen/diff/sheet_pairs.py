"""Which old sheet is which new one: by name, and where names have changed, by content."""

from typing import NamedTuple

import numpy as np

from sheetgen.diff.grid import Grid, Integers, Tokens

# From this share of common cells on, two sheets may be the same.
_ALIKE = 0.5


class _Content(NamedTuple):
    """The contents of a sheet's cells, each once, and how many cells have it; one of the two kinds of tokens each."""

    shown: tuple[Tokens, Integers]
    typed: tuple[Tokens, Integers]
    cells: int


def pair_sheets(old: dict[str, Grid], new: dict[str, Grid]) -> dict[str, str]:
    """Find for each old sheet the new one that it became.

    Sheets of the same name belong together, unless they have little in common and another sheet fits better.
    """
    left, right = ({name: _content(grid) for name, grid in grids.items()} for grids in (old, new))
    pairs = {name: name for name in old if name in new and _likeness(left[name], right[name]) >= _ALIKE}
    free_old, free_new = [name for name in old if name not in pairs], [name for name in new if name not in pairs]
    scores = {(mine, theirs): _likeness(left[mine], right[theirs]) for mine in free_old for theirs in free_new}
    for (mine, theirs), score in sorted(scores.items(), key=lambda item: (-item[1], item[0][0] != item[0][1])):
        if score >= _ALIKE and mine not in pairs and theirs not in pairs.values():
            pairs[mine] = theirs
    taken = set(pairs.values())
    return pairs | {name: name for name in free_old if name in new and name not in pairs and name not in taken}


def _content(grid: Grid) -> _Content:
    tokens = [cells.tokens() for cells in grid.columns.values()]
    shown, typed = (np.concatenate([np.empty(0, np.uint64), *(pair[kind] for pair in tokens)]) for kind in (0, 1))
    return _Content(np.unique(shown, return_counts=True), np.unique(typed, return_counts=True), len(shown))


def _likeness(old: _Content, new: _Content) -> float:
    """Return the share of cells that two sheets have in common, from 0 to 1."""
    most = max(old.cells, new.cells)
    if not most:
        return 1
    common = 0
    for mine, theirs in ((old.shown, new.shown), (old.typed, new.typed)):
        _, at_mine, at_theirs = np.intersect1d(mine[0], theirs[0], assume_unique=True, return_indices=True)
        common += int(np.minimum(mine[1][at_mine], theirs[1][at_theirs]).sum())
    return common / (2 * most)
