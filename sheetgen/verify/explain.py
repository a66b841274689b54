"""What is different in a wrong formula, said in words, and the formula that belongs there."""

from dataclasses import dataclass

from openpyxl.utils.cell import get_column_letter

from sheetgen.notation import REFERENCE
from sheetgen.verify.bench import Formula
from sheetgen.verify.edits import Edit, edits, text_of
from sheetgen.verify.model import Model
from sheetgen.verify.network import write_formulas
from sheetgen.verify.probe import Probe, Verdict, agrees
from sheetgen.verify.references import areas
from sheetgen.verify.source import Source

_FILTER, _CONFIRM = (1,), (1, 2, 3)


@dataclass(frozen=True)
class Explanation:
    """Why a formula is wrong.

    Attributes:
        message: one line for the reader.
        expected: the formula that belongs there, with its `=`, or None.
    """

    message: str
    expected: str | None


class Explainer:
    """Explains the wrong formulas of a table.

    Args:
        model: the table.
        source: the workbook.
    """

    def __init__(self, model: Model, source: Source) -> None:
        self._model = model
        self._source = source
        self._probe = Probe(model, source)
        self._formulas = write_formulas(model.network, model.samples)
        self._known: dict[tuple[str, int], str] = {}

    def explain(self, verdict: Verdict) -> Explanation:
        """Say what is different. Copies of one formula are explained alike."""
        group = verdict.group
        key = (group.name, group.template)
        fix = None
        if key not in self._known:
            fix = None if verdict.problem else self._fix(verdict)
            self._known[key] = verdict.problem or (fix.message if fix else self._in_general(verdict))
        expected = text_of(fix.pieces) if fix else self.expected(group.name, group.row)
        return Explanation(self._known[key], expected)

    def expected(self, name: str, row: int) -> str | None:
        """Write the class's formula of a quantity with the table's own addresses; None where a cell has no place."""
        quantity = self._formulas.get(name)
        table = self._model.table
        if quantity is None:
            return None
        step = row - table.first_row
        return self._placed(quantity.formula(step), row)

    def _placed(self, formula: str, row: int) -> str | None:
        text = "="
        end = 0
        for match in REFERENCE.finditer(formula):
            address = self._address(match[1], match[2], row)
            if address is None:
                return None
            text += formula[end : match.start()] + address
            end = match.end()
        return text + formula[end:]

    def _address(self, name: str, source: str | None, row: int) -> str | None:
        table = self._model.table
        if name == "eta":
            return self._eta()
        column = table.columns.get(name)
        if source == "start" or column is None:
            sample = self._model.sample(row) if name[0] in "it" else 0
            places = [place for place, feed in self._model.feeds.items() if (feed.name, feed.sample) == (name, sample)]
            return self._anchored(places[0]) if places else None
        return f"{get_column_letter(column)}{row - int(source or 0)}"

    def _eta(self) -> str | None:
        if self._model.eta is not None:
            return self._anchored(self._model.eta)
        return None if self._model.fixed_eta is None else repr(self._model.fixed_eta)

    def _anchored(self, place: tuple[str, int, int]) -> str:
        sheet, row, column = place
        prefix = "" if sheet == self._model.table.sheet.name else "'" + sheet.replace("'", "''") + "'!"
        return f"{prefix}${get_column_letter(column)}${row}"

    def _fix(self, verdict: Verdict) -> Edit | None:
        """Find the one change that makes a formula right."""
        group = verdict.group
        column = self._model.table.columns[group.name]
        for stage in edits(verdict.pieces, self._model, group.name, group.row):
            choices = list(stage)
            for seeds in (_FILTER, _CONFIRM):
                formulas = [Formula(choice.pieces, group.row, column) for choice in choices]
                tried = self._probe.run(formulas, [(group.name, group.row)] * len(formulas), seeds)
                choices = [
                    choice
                    for choice, (results, expected) in zip(choices, tried, strict=True)
                    if all(map(agrees, results, expected))
                ]
                if not choices:
                    break
            if choices:
                return choices[0]
        return None

    def _in_general(self, verdict: Verdict) -> str:
        """Say which quantities are missing from a formula, or stand in it without need."""
        expected = self._formulas.get(verdict.group.name)
        if expected is None:
            return f"this is not the formula of {verdict.group.name}"
        row = verdict.group.row
        formula = expected.formula(row - self._model.table.first_row)
        needed = {match[1] for match in REFERENCE.finditer(formula)}
        used = {self._role(area.sheet, area.first_row, area.first_column) for area in areas(list(verdict.pieces))}
        missing = [_said(name) for name in sorted(needed - used)]
        extra = [_said(name) for name in sorted(used - needed)]
        parts = [f"{', '.join(missing)} missing" if missing else "", f"{', '.join(extra)} too much" if extra else ""]
        said = " and ".join(part for part in parts if part)
        return f"this is not the formula of {verdict.group.name}" + (
            f": {said}" if said else "; it is put together wrongly"
        )

    def _role(self, sheet: str, row: int, column: int) -> str:
        if (sheet, row, column) == self._model.eta:
            return "eta"
        name = self._model.table.holds(row, column) if sheet == self._model.table.sheet.name else None
        feed = self._model.feeds.get((sheet, row, column))
        return name or (feed.name if feed else f"{get_column_letter(column)}{row}")


def _said(name: str) -> str:
    return "the learning rate" if name == "eta" else name
