"""Where people put the quantities of a training: a row each iteration, columns, lists, blocks, several sheets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tests.sheetgen.support.layouts.plan import Area, Plan
from tests.sheetgen.support.layouts.program import NAME, Program, Quantity

Label = Callable[[Quantity], str]
ConstantLabel = Callable[[str], str]
SHEET, OTHER = "Sheet1", "Parameters"

DECORATIONS = (
    "blank rows",
    "labels repeated",
    "units row",
    "average below",
    "list at the left",
    "two-row header",
    "merged header",
    "hidden rows",
    "title above",
    "legend above",
    "defined name",
    "rate on another sheet",
    "unnamed helpers",
    "note beside",
)
ROWS = ("rows", "three tables", "three sheets", "forward above backward", "tables beside", "tables below")
LISTS = ("transposed", "blocks", "blocks with formula text", "a sheet each", "lists side by side")
ARRANGEMENTS = (*ROWS, *LISTS)

_BACKWARD = ("delta", "slope", "helper", "gradient")
_UPDATE = ("state", "new", "step")


@dataclass(frozen=True)
class Arrangement:
    """A kind of arrangement and what it is decorated with."""

    kind: str = "rows"
    decorations: frozenset[str] = frozenset()

    def has(self, decoration: str) -> bool:
        """Whether it is decorated so."""
        return decoration in self.decorations


@dataclass
class Placer:
    """Places one program.

    Attributes:
        row: the row of the labels, further down for a second table.
        column: the column of the first label, further right for a second table.
        second: whether it is the second table.
    """

    program: Program
    arrangement: Arrangement
    label: Label
    constant: ConstantLabel
    row: int = 8
    column: int = 1
    second: bool = False

    def place(self) -> Plan:
        """Place everything."""
        self.plan = Plan(self.program)
        self._constants()
        kind = self.arrangement.kind
        if kind == "transposed":
            self._transposed()
        elif kind.startswith("blocks") or kind == "a sheet each":
            self._blocks()
        elif kind == "lists side by side":
            self._lists()
        else:
            self._tables()
        return self.plan

    def _text(self, sheet: str, row: int, column: int, text: str) -> None:
        if text:
            self.plan.texts[Area(sheet, row, column)] = text

    def _name(self, quantity: Quantity) -> str:
        if self.arrangement.has("unnamed helpers") and quantity.role == "helper":
            return ""
        return self.label(quantity)

    def _constants(self) -> None:
        left = 0
        for at, name in enumerate(self.program.constants):
            elsewhere = self.arrangement.has("rate on another sheet") and name.startswith("eta")
            sheet = OTHER if elsewhere else SHEET
            row, column = self.row - 6 + at % 4, self.column + 3 * (at // 4)
            if elsewhere:
                row, column = 3 + left, 2 + 3 * self.second
                left += 1
            if name not in self.program.unlabelled:
                self._text(sheet, row, column, self.constant(name))
            self.plan.constants[name] = Area(sheet, row, column + 1)
            if self.arrangement.has("defined name") and name == "eta" and not self.second:
                self.plan.names[name] = "rate"

    def _parts(self) -> list[tuple[str, list[Quantity]]]:
        """The tables that the columns are spread over, each with its sheet."""
        every = list(self.program.quantities)
        kind = self.arrangement.kind
        if kind not in ("three tables", "three sheets", "forward above backward"):
            return [(SHEET, every)]
        backward = [each for each in every if each.role in _BACKWARD]
        update = [each for each in every if each.role in _UPDATE]
        forward = [each for each in every if each.role not in (*_BACKWARD, *_UPDATE)]
        parts = [part for part in (forward, backward, update) if part]
        names = ("Forward", "Backward", "Update") if kind == "three sheets" else (SHEET,) * 3
        return list(zip(names, parts, strict=False))

    def _tables(self) -> None:
        row, column = self.row, self.column
        for sheet, quantities in self._parts():
            below = self._table(sheet, row, column, quantities)
            if self.arrangement.kind == "three tables":
                column += len(quantities) + 1
            elif self.arrangement.kind == "forward above backward":
                row = below + 3
        if self.arrangement.has("list at the left") and self.column > 3:
            self._list_at_left()

    def _table(self, sheet: str, row: int, column: int, quantities: Sequence[Quantity]) -> int:
        """Place a table; return the row below it."""
        has = self.arrangement.has
        first = self._header(sheet, row, column, quantities)
        stride = 2 if has("blank rows") else 1
        wanted = {(each.name, step) for each, step in self.program.cells()}
        at = first
        for step in range(self.program.steps):
            if step and step % 4 == 0 and has("labels repeated"):
                self._labels(sheet, at, column, quantities)
                at += 1
            for offset, each in enumerate(quantities):
                if (each.name, step) in wanted:
                    self.plan.where[each.name, step] = Area(sheet, at, column + offset)
            if has("hidden rows") and 2 <= step <= 4:
                self.plan.hidden.append((sheet, at))
            at += stride
        if has("average below"):
            self._averages(sheet, at, column, quantities)
            at += 1
        if has("note beside"):
            self._text(
                sheet, first + 1, column + len(quantities) + 1, "w1 goes from i1 to h1; see the notes on E_total"
            )
        return at

    def _labels(self, sheet: str, row: int, column: int, quantities: Sequence[Quantity]) -> None:
        for offset, each in enumerate(quantities):
            self._text(sheet, row, column + offset, self._name(each))

    def _header(self, sheet: str, row: int, column: int, quantities: Sequence[Quantity]) -> int:
        """Write labels and what belongs to them; return the row of the first iteration."""
        has = self.arrangement.has
        if has("title above"):
            self._text(sheet, row - 1, column, "Backpropagation step by step")
        if has("legend above"):
            for offset, name in enumerate(self.program.names("sum")[:2]):
                each = self.program[name]
                text = f"{self.label(each)} = {self._in_words(each, self.program.steps - 1)}"
                self._text(sheet, row - 2, column + 1 + 3 * offset, text)
        if has("merged header"):
            self._group_headers(sheet, row, column, quantities)
            row += 1
        self._labels(sheet, row, column, quantities)
        if has("two-row header"):
            for offset in range(len(quantities)):
                if self.plan.texts.get(Area(sheet, row, column + offset)):
                    self.plan.merged.append(Area(sheet, row, column + offset, 2, 1))
            row += 1
        if has("units row"):
            row += 1
            for offset, _ in enumerate(quantities):
                self._text(sheet, row, column + offset, "[-]")
        return row + 1

    def _group_headers(self, sheet: str, row: int, column: int, quantities: Sequence[Quantity]) -> None:
        start = 0
        for offset, each in enumerate(quantities):
            last = offset + 1 == len(quantities) or _group(quantities[offset + 1]) != _group(each)
            if last:
                self._text(sheet, row, column + start, _group(each))
                if offset > start:
                    self.plan.merged.append(Area(sheet, row, column + start, 1, offset - start + 1))
                start = offset + 1

    def _averages(self, sheet: str, row: int, column: int, quantities: Sequence[Quantity]) -> None:
        self._text(sheet, row, column, "average")
        for offset, each in enumerate(quantities):
            if each.role in ("error", "loss"):
                self.plan.means[Area(sheet, row, column + offset)] = each.name

    def _list_at_left(self) -> None:
        for at, name in enumerate(self.program.names("input", "target", "weight")):
            quantity = self.program[name]
            first = quantity.content(1 if self.program.starts_empty and quantity.first is None else 0)
            self._text(SHEET, self.row + at, self.column - 3, self.label(quantity))
            if not isinstance(first, str):
                self.plan.remarks[Area(SHEET, self.row + at, self.column - 2)] = first

    def _transposed(self) -> None:
        wanted = {(each.name, step) for each, step in self.program.cells()}
        for offset, each in enumerate(self.program.quantities):
            self._text(SHEET, self.row + offset, self.column, self._name(each))
            for step in range(self.program.steps):
                if (each.name, step) in wanted:
                    self.plan.where[each.name, step] = Area(SHEET, self.row + offset, self.column + 1 + step)

    def _blocks(self) -> None:
        kind = self.arrangement.kind
        wanted = {(each.name, step) for each, step in self.program.cells()}
        wide = 2 if kind == "blocks with formula text" else 1
        for step in range(self.program.steps):
            sheet = f"Iteration {step + 1}" if kind == "a sheet each" else SHEET
            top = 4 if kind == "a sheet each" else self.row + step * (len(self.program.quantities) + 2)
            for offset, each in enumerate(self.program.quantities):
                if (each.name, step) not in wanted:
                    continue
                row = top + offset
                self._text(sheet, row, self.column, self._name(each))
                self.plan.where[each.name, step] = Area(sheet, row, self.column + wide)
                if wide == 2 and isinstance(each.content(step), str):
                    self._text(sheet, row, self.column + 1, self._in_words(each, step))

    def _in_words(self, quantity: Quantity, step: int) -> str:
        """Write a formula with labels for names, as people do beside it."""
        labels = {each.name: self.label(each) for each in self.program.quantities}
        labels |= {name: self.constant(name) for name in self.program.constants}
        return NAME.sub(lambda match: labels[match[1]], str(quantity.content(step)))

    def _lists(self) -> None:
        """One worked pass, in lists of label and value: given, forward, backward, update."""
        column = self.column
        given = ("count", "input", "target", "weight", "rate")
        rest = [each for each in self.program.quantities if each.role not in given]
        parts = [
            [each for each in self.program.quantities if each.role in given],
            [each for each in rest if each.role not in (*_BACKWARD, *_UPDATE)],
            [each for each in rest if each.role in _BACKWARD],
            [each for each in rest if each.role in _UPDATE],
        ]
        for part in filter(None, parts):
            for offset, each in enumerate(part):
                self._text(SHEET, self.row + offset, column, self._name(each))
                self.plan.where[each.name, 0] = Area(SHEET, self.row + offset, column + 1)
            column += 3


def _group(quantity: Quantity) -> str:
    groups = {"count": "", "input": "data", "target": "data", "weight": "weights", "rate": ""}
    later = "backward pass" if quantity.role in _BACKWARD else "update" if quantity.role in _UPDATE else "forward pass"
    return groups.get(quantity.role, later)


def second_corner(arrangement: Arrangement, first: Plan, placer: Placer) -> Placer:
    """Where a second table goes: beside the first, or below, its rate in the row after the last."""
    last_row = max(area.row for area in first.where.values())
    last_column = max(area.column for area in first.where.values())
    if arrangement.kind == "tables beside":
        return replace(placer, column=last_column + 3, second=True)
    return replace(placer, row=last_row + 7, second=True)
