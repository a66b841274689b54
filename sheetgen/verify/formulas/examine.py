"""A table read and all its formulas probed."""

from dataclasses import dataclass

from sheetgen.verify.formulas.activations import read_fixed_rate, read_functions
from sheetgen.verify.formulas.equivalence import Probe, Verdict, group_cells
from sheetgen.verify.read.interpretation import Model, read_model
from sheetgen.verify.read.sheet_cache import Source
from sheetgen.verify.read.tables import Table


@dataclass(frozen=True)
class Examined:
    """A table, what it is read as, and the verdict on each of its formulas."""

    model: Model
    verdicts: tuple[Verdict, ...]


def examine(table: Table, source: Source) -> Examined | None:
    """Read a table and probe its formulas; None where its network cannot be told from its labels."""
    model = read_model(table, source)
    if model is None:
        return None
    groups = list(group_cells(model, source))
    model = read_fixed_rate(read_functions(model, source, groups), source, groups)
    return Examined(model, tuple(Probe(model, source).judge(groups)))
