"""Small workbooks of the exercise as people lay them out, every cell live and every cached value right."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from tests.sheetgen.support.equivalent_formulas import DATA, START, WEIGHTS, Node, Pen, formulas, ref, update, value

NEURONS = ("h1", "a_h1", "h2", "a_h2", "o1", "a_o1", "o2", "a_o2")
ERRORS = ("E1", "E2", "E_total")
GRADIENTS = tuple(f"∂E/∂{weight}" for weight in WEIGHTS)
COLUMNS = (*DATA, *WEIGHTS, *NEURONS, *ERRORS, *GRADIENTS)

OTHER_SHEET = "Given"

Label = Callable[[str], str]  # what is written above a quantity


@dataclass(frozen=True)
class Layout:
    """How a table is laid out. Rows and columns count from 1.

    Attributes:
        columns: its quantities from left to right; an empty text is an empty column, one that starts with `?` a remark.
        label: what is written above a quantity.
        sheet: its sheet.
        header_row: the row of the labels.
        first_column: the column of the first quantity.
        rows: how many iterations it has.
        gap: empty rows below the labels.
        eta: where the learning rate stands: in a cell, one with a name, on another sheet, in a column, in the formulas.
        eta_place: the row and column of its cell; its label stands to the left.
        eta_label: its label.
        data: how inputs and targets are given: typed in every row, once and referred to as a fixed cell, as the row
            above, as formulas of constants, or taken from a labelled cell above the table or on another sheet.
        weights: where the first weights are: typed, or in labelled cells above the table or on another sheet.
        iteration: how rows are counted.
        excel_table: the name of the Excel table around it.
        anchored: whether references say their column as fixed.
        with_sheet: whether references say the sheet.
    """

    columns: tuple[str, ...] = COLUMNS
    label: Label = str
    sheet: str = "Sheet1"
    header_row: int = 15
    first_column: int = 1
    rows: int = 8
    gap: int = 0
    eta: Literal["cell", "name", "other sheet", "column", "formulas"] = "cell"
    eta_place: tuple[int, int] = (2, 3)
    eta_label: str = "η"
    data: Literal["typed", "fixed", "above", "constants", "cells", "other sheet"] = "typed"
    weights: Literal["typed", "cells", "other sheet"] = "typed"
    iteration: Literal["typed", "above", "ROW", "ROW of the first", "COUNT"] = "above"
    excel_table: str = ""
    anchored: bool = False
    with_sheet: bool = False


@dataclass(frozen=True)
class Example:
    """A table and how its formulas are written.

    Attributes:
        layout: how it is laid out.
        ways: the ways of `ALL_WAYS` that may be taken.
        inlined: quantities whose formula is written instead of a reference to them.
        seed: of the choices.
        trees: the formulas.
        helpers: columns without a known label, by their label, and what they hold.
        written: formulas as they stand, by quantity; `{w1}` is a reference, `{w1:-1}` one to the row above.
        start: what everything starts from.
        samples: inputs and targets of the rows, in turn, where they change.
        digits: how many digits of the results are saved.
    """

    layout: Layout = field(default_factory=Layout)
    ways: frozenset[str] = frozenset()
    inlined: frozenset[str] = frozenset()
    seed: int = 1
    trees: Mapping[str, Node] = field(default_factory=formulas)
    helpers: Mapping[str, Node] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)
    start: Mapping[str, float] = field(default_factory=lambda: START)
    samples: tuple[Mapping[str, float], ...] = ({},)
    digits: int = 17

    @property
    def all_trees(self) -> dict[str, Node]:
        """The formulas, those of the helping columns among them."""
        return {**self.helpers, **self.trees}

    def course(self) -> list[dict[str, float]]:
        """Work out all quantities of every row, as Excel would."""
        rows: list[dict[str, float]] = []
        for step in range(self.layout.rows):
            own = {**self.start, **self.samples[step % len(self.samples)]}
            if rows:
                own.update({weight: value(update(weight), own, rows[-1]) for weight in WEIGHTS})
            waiting = self.all_trees
            while waiting:
                ready = [name for name, tree in waiting.items() if _needed(tree) <= own.keys()]
                own.update({name: value(waiting.pop(name), own, rows[-1] if rows else {}) for name in ready})
            rows.append(own)
        return rows


def _needed(tree: Node) -> set[str]:
    own = {tree.name} if tree.kind == "ref" else set()
    return own.union(*map(_needed, tree.parts))


class Writer:
    """Writes one table into a workbook.

    Args:
        book: the workbook.
        example: the table.
    """

    def __init__(self, book: xlsxwriter.Workbook, example: Example) -> None:
        self._book = book
        self._example = example
        self._layout = example.layout
        self._sheet = _sheet(book, example.layout.sheet)
        self._first = self._layout.header_row + 1 + self._layout.gap
        self._columns = {
            name: self._layout.first_column + position
            for position, name in enumerate(self._layout.columns)
            if name and not name.startswith("?")
        }
        self._given: dict[str, str] = {}

    def write(self) -> None:
        """Write everything."""
        self._write_eta()
        self._write_given()
        self._write_labels()
        for step, own in enumerate(self._example.course()):
            for name, column in self._columns.items():
                self._write_cell(name, self._first + step, column, own)

    def _put(self, row: int, column: int, content: str | float, held: float | None = None) -> None:
        if isinstance(content, str) and content.startswith("="):
            saved = held if held is None else float(f"{held:.{self._example.digits}g}")
            self._sheet.write_formula(row - 1, column - 1, content, None, saved)
        else:
            self._sheet.write(row - 1, column - 1, content)

    def _write_eta(self) -> None:
        layout, number = self._layout, self._example.start["eta"]
        if layout.eta == "column":
            return
        if layout.eta == "formulas":
            self._given["eta"] = f"{number:.15g}"
            return
        row, column = layout.eta_place
        on = _sheet(self._book, OTHER_SHEET) if layout.eta == "other sheet" else self._sheet
        on.write(row - 1, column - 2, layout.eta_label)
        on.write(row - 1, column - 1, number)
        place = xl_rowcol_to_cell(row - 1, column - 1, row_abs=True, col_abs=True)
        self._given["eta"] = place
        if layout.eta == "other sheet":
            self._given["eta"] = f"{OTHER_SHEET}!{place}"
        if layout.eta == "name":
            self._book.define_name("rate", f"='{layout.sheet}'!{place}")
            self._given["eta"] = "rate"

    def _write_given(self) -> None:
        """Write the labelled cells that inputs, targets, biases and first weights are taken from."""
        layout = self._layout
        here: list[str] = [name for name in ("b1", "b2") if name not in self._columns and name in _used(self._example)]
        there: list[str] = []
        for names, where in ((DATA, layout.data), (WEIGHTS, layout.weights)):
            (here if where == "cells" else there).extend(names if where in ("cells", "other sheet") else ())
        for position, name in enumerate(here):
            row, column = 4 + position % 8, 2 + 3 * (position // 8) + layout.first_column
            self._put(row, column - 1, layout.label(name))
            self._put(row, column, self._example.start[name])
            self._given[name] = xl_rowcol_to_cell(row - 1, column - 1, row_abs=True, col_abs=True)
        other = _sheet(self._book, OTHER_SHEET) if there else None
        for position, name in enumerate(there):
            assert other
            other.write(10 + position, 1, layout.label(name))
            other.write(10 + position, 2, self._example.start[name])
            self._given[name] = f"{OTHER_SHEET}!$C${11 + position}"

    def _write_labels(self) -> None:
        layout = self._layout
        texts = {}
        for position, name in enumerate(layout.columns):
            if name:
                texts[layout.first_column + position] = name[1:] if name.startswith("?") else layout.label(name)
        if layout.excel_table:
            left, right = layout.first_column - 1, layout.first_column + len(layout.columns) - 2
            headers = [{"header": text} for _, text in sorted(texts.items())]
            last = self._first + layout.rows - 2
            options = {"name": layout.excel_table, "columns": headers}
            self._sheet.add_table(layout.header_row - 1, left, last, right, options)
        for column, text in texts.items():
            self._put(layout.header_row, column, text)

    def _write_cell(self, name: str, row: int, column: int, own: Mapping[str, float]) -> None:
        step = row - self._first
        if name == "iteration":
            self._put(row, column, self._count(row, column), step + 1)
        elif name in self._example.written and (step or name not in WEIGHTS):
            self._put(row, column, self._filled(self._example.written[name], row), own[name])
        elif name in self._example.all_trees:
            self._put(row, column, self._formula(self._example.all_trees[name], name, row), own[name])
        elif name in WEIGHTS:
            first = f"={self._given[name]}" if name in self._given else own[name]
            self._put(row, column, self._formula(update(name), name, row) if step else first, own[name])
        else:
            self._put(row, column, self._datum(name, row, column, own), own[name])

    def _datum(self, name: str, row: int, column: int, own: Mapping[str, float]) -> str | float:
        if name in self._given:
            return f"={self._given[name]}"
        kind, step = self._layout.data, row - self._first
        if kind == "constants":
            return f"={own[name] * 100:.12g}/100"
        if step and kind in ("fixed", "above"):
            higher = xl_rowcol_to_cell(self._first - 1, column - 1, row_abs=True, col_abs=True)
            return f"={higher}" if kind == "fixed" else f"={xl_rowcol_to_cell(row - 2, column - 1)}"
        return own[name]

    def _count(self, row: int, column: int) -> str | float:
        kind, step = self._layout.iteration, row - self._first
        above = xl_rowcol_to_cell(row - 2, column - 1)
        first = xl_rowcol_to_cell(self._first - 1, column - 1, row_abs=True, col_abs=True)
        if kind == "typed" or (kind in ("above", "COUNT") and not step):
            return step + 1
        return {
            "above": f"={above}+1",
            "ROW": f"=ROW()-{self._first - 1}",
            "ROW of the first": f"=ROW()-ROW({first})+1",
            "COUNT": f"=COUNT({first}:{above})+1",
        }[kind]

    def _formula(self, tree: Node, name: str, row: int) -> str:
        rng = random.Random(f"{self._example.seed} {name}")  # the same choices in every row
        own = frozenset({name})
        pen = Pen(self._example.ways, self._example.inlined - own, self._example.all_trees, rng)
        return pen.write(tree, lambda other, above: self.place(other, row - above, own=not above))

    def place(self, name: str, row: int, *, own: bool) -> str:
        """Write a reference to a quantity in a row."""
        if name not in self._columns:
            return self._given[name]
        layout = self._layout
        if layout.excel_table and own:
            return f"{layout.excel_table}[[#This Row],[{layout.label(name)}]]"
        at = xl_rowcol_to_cell(row - 1, self._columns[name] - 1, col_abs=layout.anchored)
        return f"'{layout.sheet}'!{at}" if layout.with_sheet else at

    def _filled(self, text: str, row: int) -> str:
        places = _Places(lambda name, back: self.place(name, row + back, own=False))
        return text.format_map(places)


class _Places(dict[str, "_Place"]):
    def __init__(self, place: Callable[[str, int], str]) -> None:
        super().__init__()
        self._place = place

    def __missing__(self, name: str) -> "_Place":
        return _Place(name, self._place)


@dataclass(frozen=True)
class _Place:
    name: str
    place: Callable[[str, int], str]

    def __format__(self, spec: str) -> str:
        return self.place(self.name, int(spec or 0))


def _used(example: Example) -> set[str]:
    return set[str]().union(*map(_needed, example.trees.values()))


def _sheet(book: xlsxwriter.Workbook, name: str) -> xlsxwriter.worksheet.Worksheet:
    return book.get_worksheet_by_name(name) or book.add_worksheet(name)


def write_examples(path: Path, *examples: Example) -> Path:
    """Write a workbook with some tables and return its path."""
    book = xlsxwriter.Workbook(str(path))
    for example in examples:
        Writer(book, example).write()
    book.close()
    return path


def with_fault(example: Example) -> Example:
    """Return the same with h2 where a_h2 belongs in ∂E/∂w6, so everything below is off as it would really be."""
    tree = example.trees["∂E/∂w6"]
    wrong = Node(tree.kind, (tree.parts[0], ref("h2")))
    return replace(example, trees={**example.trees, "∂E/∂w6": wrong})


def judged_columns(example: Example) -> int:
    """Count the columns that have a quantity's label, or a helping formula."""
    known = {*COLUMNS, "iteration", "b1", "b2", "∂E/∂o1", "∂E/∂o2"}
    return sum(name in known or name in example.helpers for name in example.layout.columns)
