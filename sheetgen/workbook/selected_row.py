"""The row that the reader has chosen: which learning rate, which iteration, and every quantity of that row.

The list stands on the sheet Network, below the picture. Network, Steps and Gradient check all take their numbers from
it, so that they always show the same row. What it is picked by, and its numbers as text, stand on the hidden sheet
Workings.
"""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import ClassVar

from sheetgen.lesson.derivation import gradients_in_batch
from sheetgen.lesson.diagram import Diagram
from sheetgen.network import names
from sheetgen.network.cached_values import Value
from sheetgen.network.quantities import Group, Quantity, shown_name
from sheetgen.workbook.formula_cell import Live, Scope, quoted
from sheetgen.workbook.layout import (  # fmt: skip
    CHECKS,
    CURVES,
    MISSING_CELL,
    NETWORK,
    ROW_PIXELS,
    WORKINGS,
    Cells,
    CurvesLayout,
    TableLayout,
    fixed_column_cells,
    reference,
)
from sheetgen.workbook.number_words import in_words, words_formula
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import LOOKS, Theme
from sheetgen.workbook.training_summary import Table

_MOST_TABLES = 250  # CHOOSE takes no more
_USUAL_RATE = 0.5
_WORKED_OUT = (Group.FORWARD, Group.ERROR, Group.GRADIENTS, Group.OPTIMIZER)
_LETTER = "ǁ"  # stands for a row's number while a formula is split


class Chosen:
    """Where the chosen row's numbers stand, and their values as shipped: the first row of one of the tables.

    Attributes:
        sheet_cell, iteration_cell, switch_cell: row and column of the cells that the reader changes.
        sheet_choice, iteration_choice: references to the cells that hold the chosen sheet and iteration.
        shows_gradients: a condition: whether the reader wants to see the gradients.
        picture_row, below_row: the first row of the picture, and the first row below it.
        heading_row, end_row: the heading of the list, and the first row below it.
        tables: the tables to choose from.
        table: the one that is chosen as shipped.
        names_of_sheets: a reference to the cells that list the sheets to choose from.
        scope: the chosen row's quantities, and its η, for the formulas of other cells.
    """

    sheet_cell: ClassVar[tuple[int, int]] = (3, 4)
    iteration_cell: ClassVar[tuple[int, int]] = (4, 4)
    switch_cell: ClassVar[tuple[int, int]] = (5, 4)
    sheet_choice: ClassVar[str] = reference(NETWORK, *sheet_cell)
    iteration_choice: ClassVar[str] = reference(NETWORK, *iteration_cell)
    shows_gradients: ClassVar[str] = f'{reference(NETWORK, *switch_cell)}="yes"'
    picture_row: ClassVar[int] = 7
    _name_column, _value_column, _line_column = 1, 2, 3
    _table_cell, _row_cell, _words_row, _words_column = (3, 2), (4, 2), 7, 2

    def __init__(self, layout: TableLayout, curves: CurvesLayout, diagram: Diagram, tables: Sequence[Table]) -> None:
        self._layout = layout
        self.below_row: int = self.picture_row + ceil(diagram.height / ROW_PIXELS)
        self.heading_row: int = self.below_row + 5
        self._first_row = self.heading_row + 2
        # The list's names, η first, and the part of the table that each belongs to.
        self._entries = {"eta": Group.DATA} | {q.name: q.group for q in layout.notation.quantities}
        self.end_row: int = self._first_row + len(self._entries)
        self.tables: Sequence[Table] = tables[:_MOST_TABLES]
        usual = [table for table in self.tables if table.learning_rate == _USUAL_RATE]
        self.table: Table = usual[0] if usual else self.tables[len(self.tables) // 2]
        listed = fixed_column_cells(0, curves.summary_row, curves.summary_row + len(self.tables) - 1)
        self.names_of_sheets: str = f"'{CURVES}'!{listed}"
        self._batch = layout.experiment.batch_size
        self._table_number = reference(WORKINGS, *self._table_cell)
        self._table_row = reference(WORKINGS, *self._row_cell)
        self.scope: Scope = self._scope()

    def _scope(self) -> Scope:
        values = dict(zip(self._layout.columns, self.table.picked[0], strict=True))
        rows = {name: position for position, name in enumerate(self._entries)}
        scope = Scope(
            {name: reference(NETWORK, self._first_row + row, self._value_column) for name, row in rows.items()},
            values | {"eta": self.table.learning_rate},
            {name: reference(WORKINGS, self._words_row + row, self._words_column) for name, row in rows.items()},
            small=bool(self._layout.notation.of(Group.OPTIMIZER)),
        )
        for row, (name, live) in enumerate(self._of_the_update(), start=self._words_row + len(rows)):
            cell = reference(WORKINGS, row, self._words_column)
            scope.add(name, cell, live.value, reference(WORKINGS, row, self._words_column + 1))
        return scope

    def _of_the_update(self) -> Iterator[tuple[str, Live]]:
        """What the next update is made from besides the chosen row: constants, and what is kept of other rows."""
        for name, value in self._layout.experiment.settings.items():
            yield name, Live(self._layout.start.cell(name, 0), value)
        first = self._layout.notation.trained[0]
        for row, name in enumerate(gradients_in_batch(self._layout.experiment, first), start=1):
            slope, picked = names.gradient(first), f"{self._end_row}-{self._batch - row}"
            yield name, Live(self._pick(slope, picked), self.table.picked[row - 1][self._layout.columns[slope]])
        for quantity in self._layout.notation.of(Group.OPTIMIZER):
            column, name = self._layout.columns[quantity.name], quantity.name
            if self._batch > 1:
                yield name, Live(self._pick(name, self._end_row), self.table.picked[self._batch - 1][column])
            if f"{{old {name}}}" in quantity.from_before:
                before = self._pick(name, f"{self._end_row}-{self._batch}")
                yield f"old {name}", Live(f"IF({self._end_row}<={self._batch},0,{before})", 0.0)

    @property
    def _end_row(self) -> str:
        """The row, counted from 1, in which the chosen row's batch is complete."""
        if self._batch == 1:
            return self._table_row
        return f"(INT(({self._table_row}-1)/{self._batch})+1)*{self._batch}"

    def announced(self, ending: str) -> Live:
        """The sentence that says which row is shown, with the given ending; or what is wrong with the choice."""
        counter = self._layout.notation.counter
        shown = f'"You see the sheet "&{self.sheet_choice}&", {counter} "&({self._table_row}-1)&"{ending}"'
        no_number = quoted(f"✗ The {counter} on the sheet Network is not a number.")
        no_sheet = f'"✗ There is no table “"&{self.sheet_choice}&"”: choose one from the list on the sheet Network."'
        formula = f"IF(ISNUMBER({self._table_number}),IF(ISNUMBER({self._table_row}),{shown},{no_number}),{no_sheet})"
        missing = reference(CHECKS, *MISSING_CELL)
        formula = f'IF({missing}="",{formula},{missing})'
        return Live(formula, f"You see the sheet {self.table.sheet}, {counter} 0{ending}")

    def next_value(self, name: str) -> Live:
        """A quantity in the row after the next update; an empty text if there is none."""
        column, last = self._layout.columns[name], self._layout.experiment.last_row + 1
        picked = self._pick(name, f"{self._end_row}+1")
        return Live(f'IF({self._end_row}>={last},"",{picked})', self.table.picked[self._batch][column])

    def curve_at(self, row: int) -> Live:
        """The error curve of the chosen table in a fixed row."""
        return Live(self._pick(self._layout.notation.curve, str(row + 1)), self.table.curve[row])

    def table_formula(self, quantity: Quantity, *, below: bool = False) -> Live:
        """The text of a quantity's formula as it stands in the chosen row of the table, or in the row below that."""
        later = self._formula_in_row(quantity.formulas[-1], below=below)
        if below or len(quantity.formulas) == 1:
            return later
        first = self._formula_in_row(quantity.formulas[0])
        return Live(f"IF({self._table_row}=1,{first.formula},{later.formula})", first.value)

    def _formula_in_row(self, formula: str, *, below: bool = False) -> Live:
        row = self._layout.first_row + int(below)
        marks = [f"{_LETTER}{row - lag}{_LETTER}" for lag in range(2)]
        pieces = self._layout.formula(formula, 1, marks).split(_LETTER)
        parts = [f"({self._table_row}+{piece})" if n % 2 else f'"{piece}"' for n, piece in enumerate(pieces) if piece]
        shown = "".join(str(int(piece) + 1) if n % 2 else piece for n, piece in enumerate(pieces))
        return Live('"="&' + "&".join(parts), f"={shown}")

    def write_list(self, sheet: Sheet, theme: Theme) -> None:
        """Write the list on the sheet Network: name, value, and how it is worked out."""
        sheet.write_string(self.heading_row, self._name_column, "The chosen row, number by number", theme.heading)
        sheet.write_texts(self._first_row - 1, self._name_column, ("name", "value"), theme.table_header)
        sheet.write_string(self._first_row - 1, self._line_column, "  worked out as", theme.muted)
        for row, (name, group) in enumerate(self._entries.items(), start=self._first_row):
            picked = Live(self._pick(name, self._table_row), self._value_in_row(name))
            style = theme.table_number("General" if name == "eta" else LOOKS[group].number_format)
            sheet.write_string(row, self._name_column, shown_name(name), theme.table_text)
            picked.write(sheet, row, self._value_column, style)
            # In a batch's other rows, what its optimiser keeps only waits for the last.
            if group in _WORKED_OUT and (self._batch == 1 or group is not Group.OPTIMIZER):
                sheet.write_string(row, self._line_column, f"  {self._layout.notation.by_name[name].line}", theme.muted)

    def listed(self, group: Group) -> Cells | None:
        """The cells of a group's values in the list."""
        rows = [row for row, each in enumerate(self._entries.values(), start=self._first_row) if each is group]
        return (rows[0], self._value_column, rows[-1], self._value_column) if rows else None

    def write_workings(self, sheet: Sheet, theme: Theme) -> None:
        """Write the number of the chosen table and its row, counted from 1, and the list's numbers as text."""
        last = self._layout.experiment.last_row + 1
        number = Live(f"MATCH({self.sheet_choice},{self.names_of_sheets},0)", float(self.tables.index(self.table) + 1))
        # An iteration out of range gives the nearest row.
        nearest = Live(f"MAX(1,MIN({last},INT({self.iteration_choice})+1))", 1.0)
        for (row, column), words, live in (
            (self._table_cell, "table number", number),
            (self._row_cell, "row in the table", nearest),
        ):
            sheet.write_string(row, column - 1, words, theme.text)
            live.write(sheet, row, column, theme.make(align="left"))
        sheet.write_texts(self._words_row - 1, self._words_column - 1, ("name", "as a factor"), theme.table_header)
        for row, name in enumerate(self._entries, start=self._words_row):
            sheet.write_string(row, self._words_column - 1, f"{shown_name(name)} in words", theme.table_text)
            self._factor(name).write(sheet, row, self._words_column, theme.table_text)
        for row, (name, live) in enumerate(self._of_the_update(), start=self._words_row + len(self._entries)):
            sheet.write_string(row, self._words_column - 1, shown_name(name), theme.table_text)
            live.write(sheet, row, self._words_column, theme.table_number("General"))
            self._factor(name).write(sheet, row, self._words_column + 1, theme.table_text)

    def _value_in_row(self, name: str) -> Value:
        """What the chosen row has of a quantity; the scope has what the optimiser makes of the whole batch."""
        return self.scope.values[name] if name == "eta" else self.table.picked[0][self._layout.columns[name]]

    def _factor(self, name: str) -> Live:
        """The text of a number in a product."""
        small = self.scope.small
        words = in_words(self.scope.values[name], small=small)
        return Live(words_formula(self.scope.addresses[name], small=small), words)

    def _pick(self, name: str, row: str) -> str:
        """Take a quantity from a row, counted from 1, of the chosen table."""
        if name == "eta":
            cells = [f"'{table.sheet}'!{self._layout.eta}" for table in self.tables]
        else:
            cells = [f"INDEX({self._layout.column_range(table.sheet, name)},{row})" for table in self.tables]
        return f"CHOOSE({self._table_number},{','.join(cells)})"
