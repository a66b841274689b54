"""Bare training tables of any experiment, as others lay them out: typed data, constants above, no origin named."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen import Experiment
from sheetgen.network.cached_values import Value, evaluate, start_values
from sheetgen.network.notation import write_notation
from sheetgen.network.quantities import REFERENCE, Notation
from sheetgen.types import Place

_HEADER_ROW = 12
SAMPLES = [
    {"inputs": (0.2, 0.34), "targets": (1, 0)},
    {"inputs": (0.52, 0.63), "targets": (0, 1)},
    {"inputs": (0.8, 0.1), "targets": (0, 1)},
    {"inputs": (0.3, 0.9), "targets": (1, 0)},
]
WEIGHTS = (0.15, -0.2, 0.25, 0.3, 0.4, 0.45, -0.5, 0.55)
SOFTMAX = {"activation": ("sigmoid", "softmax"), "loss": "cross-entropy"}


def experiment(*, samples: int = 1, **training: object) -> Experiment:
    """A small network trained for a few iterations, with so many of the samples and other keys of a template."""
    data = {"inputs": (0.05, 0.1), "targets": (0.01, 0.99)} if samples == 1 else {"samples": SAMPLES[:samples]}
    fewest = 7 if training.get("schedule") == "one-cycle" else 5
    return Experiment.model_validate(
        {"title": "t", "layers": (2, 2, 2), "weights": WEIGHTS, "iterations": fewest, **data, **training}
    )


def shown(places: Set[Place]) -> set[Place]:
    """Return the cells of a fault in a whole column but for its last rows, where no update shows what is wrong."""
    last = max(row for _, row, _ in places) - 2
    return {place for place in places if place[1] < last}


@dataclass(frozen=True)
class TrainedTable:
    """A table of an experiment.

    Attributes:
        experiment: what is trained.
        rate: η.
        label: what is written above a quantity, or beside a constant.
        changed: formulas of the notation that stand instead of the right ones, by quantity and row.
        everywhere: by quantity, a change of its formula in all rows.
    """

    experiment: Experiment
    rate: float = 0.1
    label: Callable[[str], str] = str
    changed: Mapping[tuple[str, int], str] = field(default_factory=dict)
    everywhere: Mapping[str, Callable[[str], str]] = field(default_factory=dict)

    @cached_property
    def notation(self) -> Notation:
        """The quantities of its columns."""
        return write_notation(self.experiment)

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.experiment.last_row + 1

    def formula(self, name: str, row: int) -> str:
        """Return the formula of a quantity in a row, counted from 0, in the notation."""
        written = self.changed.get((name, row)) or self.notation.by_name[name].formula(row)
        return self.everywhere.get(name, str)(written)

    def address(self, name: str, row: int) -> str:
        """Return the address of a cell."""
        return str(xl_rowcol_to_cell(_HEADER_ROW + row, self.notation.names.index(name)))

    def values(self) -> list[dict[str, Value]]:
        """Work out all rows, as a spreadsheet would."""
        starts, found = start_values(self.experiment), list[dict[str, Value]]()
        for row in range(self.rows):
            own: dict[str, Value] = {"eta": self.rate}
            found.append(own)
            for name in self.notation.names:
                text = self.formula(name, row)
                plain, given = text, dict[str, Value]()
                for match in REFERENCE.finditer(text):
                    key = f"{match[1]}_{match[2]}"
                    above = int(match[2]) if (match[2] or "").isdecimal() else 0
                    from_start = match[2] == "start"
                    given[key] = starts[row % len(starts)][match[1]] if from_start else found[row - above][match[1]]
                    plain = plain.replace(match[0], f"{{{key}}}")
                own[name] = evaluate(plain, given)
        return found

    def write(self, path: Path) -> Path:
        """Write a workbook with the table and return its path."""
        book = xlsxwriter.Workbook(str(path))
        sheet = book.add_worksheet("Training")
        constants = {"eta": self.rate, **self.experiment.settings}
        for place, (name, value) in enumerate(constants.items()):
            sheet.write_row(place, 0, [self.label(name), value])
        for column, name in enumerate(self.notation.names):
            sheet.write(_HEADER_ROW - 1, column, self.label(name))
        for row, values in enumerate(self.values()):
            for column, name in enumerate(self.notation.names):
                text, value = self.formula(name, row), values[name]
                if self._is_typed(text):
                    sheet.write(_HEADER_ROW + row, column, value)
                else:
                    sheet.write_formula(_HEADER_ROW + row, column, "=" + self._filled(text, row), None, value)
        book.close()
        return path

    def _is_typed(self, text: str) -> bool:
        match = REFERENCE.fullmatch(text)
        return not REFERENCE.search(text) or (match is not None and match[2] == "start")

    def _filled(self, text: str, row: int) -> str:
        def place(name: str, source: str | None) -> str:
            if name == "eta" or source == "start":
                return f"$B${1 + ['eta', *self.experiment.settings].index(name)}"
            return self.address(name, row - int(source or 0))

        return REFERENCE.sub(lambda match: place(match[1], match[2]), text)
