"""The row that the reader has chosen: which learning rate, which iteration, and every quantity of that row.

The list stands on the sheet Network, below the picture. Network, Steps and Gradient check all take their numbers from
it, so that they always show the same row.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar

from sheetgen.lesson.diagram import Diagram
from sheetgen.network.notation import Group
from sheetgen.workbook.formula_cell import Live, Scope, in_words, words_formula
from sheetgen.workbook.layout import CURVES, NETWORK, CurvesLayout, TableLayout, reference
from sheetgen.workbook.theme import LOOKS, Theme
from sheetgen.workbook.training_summary import Table
from sheetgen.workbook.xlsxwriter_classes import Worksheet

_MOST_TABLES = 250  # CHOOSE takes no more
_USUAL_RATE = 0.5
_LETTER = "ǁ"  # stands for a row's number while a formula is split


class Chosen:
    """Where the chosen row's numbers stand, and their values as shipped: the first row of one of the tables.

    Attributes:
        tables: the tables to choose from.
        table: the one that is chosen as shipped.
        sheet_cell, iteration_cell, switch_cell: row and column of the cells that the reader changes.
    """

    sheet_cell: ClassVar[tuple[int, int]] = (3, 4)
    iteration_cell: ClassVar[tuple[int, int]] = (4, 4)
    switch_cell: ClassVar[tuple[int, int]] = (5, 4)
    _name_column, _value_column, _words_column = 1, 2, 3

    def __init__(self, layout: TableLayout, curves: CurvesLayout, diagram: Diagram, tables: Sequence[Table]) -> None:
        self._layout, self._curves = layout, curves
        self.heading_row: int = diagram.end_row + 3
        self.tables: Sequence[Table] = tables[:_MOST_TABLES]
        usual = [table for table in self.tables if table.learning_rate == _USUAL_RATE]
        self.table: Table = usual[0] if usual else self.tables[len(self.tables) // 2]

    @cached_property
    def scope(self) -> Scope:
        """The chosen row's quantities, and its η, for the formulas of other cells."""
        values = dict(zip(self._layout.columns, self.table.first_rows[0], strict=True))
        values["eta"] = self.table.learning_rate
        rows = {name: self._first_row + position for position, name in enumerate(self._entries)}
        return Scope(
            {name: reference(NETWORK, row, self._value_column) for name, row in rows.items()},
            values,
            {name: reference(NETWORK, row, self._words_column) for name, row in rows.items()},
        )

    @property
    def sheet_choice(self) -> str:
        """The cell that names the chosen sheet."""
        return reference(NETWORK, *self.sheet_cell)

    @property
    def iteration_choice(self) -> str:
        """The cell that holds the chosen iteration."""
        return reference(NETWORK, *self.iteration_cell)

    @property
    def shows_gradients(self) -> str:
        """A condition: whether the reader wants to see the gradients."""
        return f'{reference(NETWORK, *self.switch_cell)}="yes"'

    @property
    def names_of_sheets(self) -> str:
        """The cells that list the sheets to choose from."""
        first = self._curves.summary_row
        return f"'{CURVES}'!$A${first + 1}:$A${first + len(self.tables)}"

    def announced(self, ending: str) -> Live:
        """The sentence that says which row is shown, with the given ending."""
        formula = f'"You see the sheet "&{self.sheet_choice}&", iteration "&{self.iteration_choice}&"{ending}"'
        return Live(formula, f"You see the sheet {self.table.sheet}, iteration 0{ending}")

    def next_value(self, name: str) -> Live:
        """A quantity in the row below the chosen one; an empty text if that is the last row."""
        column, last = self._layout.columns[name], self._layout.experiment.iterations + 1
        picked = self._pick(name, f"{self._table_row}+1")
        return Live(f'IF({self._table_row}>={last},"",{picked})', self.table.first_rows[1][column])

    def curve_at(self, name: str, iteration: int) -> Live:
        """The error curve of the chosen table at a fixed iteration."""
        return Live(self._pick(name, str(iteration + 1)), self.table.curve[iteration])

    def table_formula(self, formula: str, *, below: bool = False) -> Live:
        """The text of a formula as it stands in the chosen row of the table, or in the row below that."""
        row = self._layout.first_row + int(below)
        marks = [f"{_LETTER}{row - lag}{_LETTER}" for lag in range(2)]
        pieces = self._layout.formula(formula, 1, marks).split(_LETTER)
        parts = [f"({self._table_row}+{piece})" if n % 2 else f'"{piece}"' for n, piece in enumerate(pieces) if piece]
        shown = "".join(str(int(piece) + 1) if n % 2 else piece for n, piece in enumerate(pieces))
        return Live('"="&' + "&".join(parts), f"={shown}")

    def write(self, sheet: Worksheet, theme: Theme) -> None:
        """Write the list."""
        sheet.write_string(self.heading_row, self._name_column, "The chosen row, number by number", theme.heading)
        helpers = (("table number", self._number), ("row in the table", self._row))
        for row, (text, live) in enumerate(helpers, start=self.heading_row + 1):
            sheet.write_string(row, self._name_column, text, theme.muted)
            live.write(sheet, row, self._words_column, theme.make(align="left"))
        for column, text in enumerate(("name", "value", "factor"), start=self._name_column):
            sheet.write_string(self._first_row - 1, column, text, theme.table_header)
        for row, (name, group) in enumerate(self._entries.items(), start=self._first_row):
            picked = Live(self._pick(name, self._table_row), self.scope.values[name])
            words = Live(words_formula(self.scope.addresses[name]), in_words(picked.value))
            sheet.write_string(row, self._name_column, "η" if name == "eta" else name, theme.table_text)
            picked.write(
                sheet,
                row,
                self._value_column,
                theme.table_number("General" if name == "eta" else LOOKS[group].number_format),
            )
            words.write(sheet, row, self._words_column, theme.table_text)

    @cached_property
    def _entries(self) -> dict[str, Group]:
        """The list's names, η first, and the part of the table that each belongs to."""
        return {"eta": Group.DATA} | {quantity.name: quantity.group for quantity in self._layout.notation.quantities}

    @property
    def _first_row(self) -> int:
        return self.heading_row + 4

    @property
    def end_row(self) -> int:
        """The first row below the list."""
        return self._first_row + len(self._entries)

    @property
    def _number(self) -> Live:
        return Live(f"MATCH({self.sheet_choice},{self.names_of_sheets},0)", float(self.tables.index(self.table) + 1))

    @property
    def _row(self) -> Live:
        """The row of the table, from 1; an iteration out of range gives the nearest row."""
        last = self._layout.experiment.iterations + 1
        return Live(f"MAX(1,MIN({last},INT({self.iteration_choice})+1))", 1.0)

    @property
    def _table_row(self) -> str:
        return reference(NETWORK, self.heading_row + 2, self._words_column)

    def _pick(self, name: str, row: str) -> str:
        choices = ",".join(self._cells(name, row))
        return f"CHOOSE({reference(NETWORK, self.heading_row + 1, self._words_column)},{choices})"

    def _cells(self, name: str, row: str) -> Iterator[str]:
        for table in self.tables:
            if name == "eta":
                yield f"'{table.sheet}'!{self._layout.eta}"
            else:
                yield f"INDEX({self._layout.column_range(table.sheet, name)},{row})"
