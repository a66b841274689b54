"""What most simply explains the differences of each sheet: which lines or cells have moved, and how."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from sheetgen.diff.align import Assumptions, align_sheets, keep_places
from sheetgen.diff.cell_changes import SheetComparison
from sheetgen.diff.changes import ChangeKind, DiffOptions
from sheetgen.diff.grid import Grid
from sheetgen.diff.line_changes import find_line_changes
from sheetgen.diff.line_map import SheetMove
from sheetgen.diff.moved_block import find_block
from sheetgen.diff.shifts import Moves
from sheetgen.diff.statements import state

# What is said in so few lines needs no better explanation.
_FEW = 2
# Whoever moves more runs of lines than this sorts them.
_MOST_FOLLOWED = 100

Pairs = dict[str, tuple[Grid, Grid]]


class _Cost(NamedTuple):
    """What it takes to say the differences of a sheet: lines, and these together with the contents to be given."""

    lines: int
    total: int

    def beats(self, other: "_Cost") -> bool:
        """Tell whether it is less in one respect and not more in the other."""
        return self != other and self.lines <= other.lines and self.total <= other.total


def explain_moves(pairs: Pairs, removed: frozenset[str], options: DiffOptions) -> Moves:
    """Find for each sheet the moves after which least remains to be said.

    Args:
        pairs: the sheets in both workbooks, by old name.
        removed: the old names of the sheets that are gone.
        options: what counts as a difference.
    """
    renamed = {name: new.name for name, (_, new) in pairs.items() if new.name != name}
    moves = Moves({name: align_sheets(*pair) for name, pair in pairs.items()}, renamed, removed)
    for name, pair in pairs.items():
        best = _follow_or_copy(name, pairs, moves, options)
        least = _cost(name, pair, best, options)
        for move in _others(*pair) if least.lines > _FEW else ():
            found = _follow_or_copy(name, pairs, moves.with_move(name, move), options)
            cost = _cost(name, pair, found, options)
            # A block is less likely than inserted lines, which move the rest of the sheet along.
            if 2 * cost.lines < least.lines if move.block else cost.beats(least):
                best, least = found, cost
        moves = best
    return moves


def _others(old: Grid, new: Grid) -> Iterator[SheetMove]:
    """Yield other ways to see a sheet's differences."""
    still = keep_places(old, new)
    yield align_sheets(old, new, Assumptions(moved=False))
    yield align_sheets(old, new, Assumptions(unlike=False))
    yield align_sheets(old, new, Assumptions(moved=False, unlike=False))
    yield still
    if block := find_block(old, new):
        yield still._replace(block=block)


def _follow_or_copy(name: str, pairs: Pairs, moves: Moves, options: DiffOptions) -> Moves:
    """Decide whether references follow a sheet's moved lines or treat them as copies, as most formulas have it."""
    move = moves.sheets[name]
    ways = [moves, *(moves.with_move(name, other) for other in move.copies())]
    if move.rows.orders or move.columns.orders:
        ways = ways[::-1]  # sorting is more likely than moving each line
    if max(move.rows.runs.max(), move.columns.runs.max()) > _MOST_FOLLOWED:
        ways = ways[:1]
    if len(ways) == 1:
        return ways[0]
    return min(ways, key=lambda way: sum(SheetComparison(*pair, way, options).mismatches() for pair in pairs.values()))


def _cost(name: str, pair: tuple[Grid, Grid], moves: Moves, options: DiffOptions) -> _Cost:
    """Measure a description of a sheet's differences, without the values of formulas, which follow."""
    comparison = SheetComparison(*pair, moves, options)
    found = [each for each in comparison.differences().found if not each.is_recalculated]
    changes = [change for change in comparison.changes(found) if not change.follows]
    entries = find_line_changes(*pair, moves.sheets[name], replace(options, contents=True))
    statements = state(changes)
    given = sum(len(entry.contents) for entry in entries if entry.kind.endswith("added"))
    given += sum(1 if each.alike else len(each.changes) for each in statements if each.kind is not ChangeKind.REMOVED)
    lines = len(entries) + len(statements)
    return _Cost(lines, lines + given)
