"""The verdict on one table: what is wrong with which cells, and why."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sheetgen.spreadsheet.relative_formula import Template
from sheetgen.spreadsheet.workbook import Cell, Kind
from sheetgen.verify.causes import Cause, Mask, always, runs
from sheetgen.verify.elsewhere.table_outline import Outline, outline_of
from sheetgen.verify.findings import Finding, FindingKind, TableSummary
from sheetgen.verify.formulas.equivalence import Verdict
from sheetgen.verify.formulas.explain import Explainer
from sheetgen.verify.formulas.relabelling import settle_labels
from sheetgen.verify.read.interpretation import Model, learning_rate
from sheetgen.verify.read.sheet_cache import Source
from sheetgen.verify.read.tables import Table
from sheetgen.verify.values.consistency import Judged, Values
from sheetgen.verify.values.constants import find_unfinished, find_unlive, judged_names, right_cells
from sheetgen.verify.values.givens import badly_fed, find_bad_givens
from sheetgen.verify.values.impact import Affected, direct_neighbours

_NEEDS_FORMULA = (FindingKind.WRONG_FORMULA, FindingKind.HARD_CODED, FindingKind.EMPTY)

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class TableVerdict:
    """What was found in one table.

    Attributes:
        summary: the table.
        findings: what is wrong, by column and row.
        cells_checked: how many cells were judged.
        outline: the table, for the formulas outside of it.
        complaints: what could not be judged.
    """

    summary: TableSummary
    findings: tuple[Finding, ...]
    cells_checked: int
    outline: Outline
    complaints: tuple[str, ...] = ()


def judge_table(table: Table, source: Source) -> TableVerdict | None:
    """Judge every cell of a table; None where its network cannot be told from its labels."""
    reading = settle_labels(table, source)
    examined = reading.examined
    if examined is None:
        return None
    model, verdicts = examined.model, examined.verdicts
    right = right_cells(model, verdicts)
    values = Values(model, source, right)
    judged = values.judge()
    causes = [
        *find_unlive(model, values, judged.implied),
        *_wrong_formulas(model, source, verdicts),
        *_not_as_computed(model, right, judged, badly_fed(model, source)),
    ]
    causes = [cause for cause in causes if cause.mask.any()]
    findings = [
        *find_bad_givens(model, source),
        *reading.findings,
        *_findings(model, values, judged, causes),
        *_unfinished(model),
    ]
    checked = model.table.rows * len(judged_names(model)) + sum(finding.count for finding in _unfinished(model))
    unjudged = (_unjudged(model, verdict) for verdict in verdicts if verdict.unjudged and not verdict.right)
    outline = outline_of(model, source, judged_names(model), values, judged)
    complaints = (*reading.complaints, *unjudged)
    return TableVerdict(_summary(model, source, values), tuple(findings), checked, outline, complaints)


def _unjudged(model: Model, verdict: Verdict) -> str:
    address = model.table.address(verdict.group.name, verdict.group.row)
    return f"sheet {model.table.sheet.name}, {address}: {verdict.unjudged}"


def _wrong_formulas(model: Model, source: Source, verdicts: Sequence[Verdict]) -> Iterator[Cause]:
    """Explain the formulas that the probe found wrong; the commonest group of a formula first, as it says most."""
    wrong = [verdict for verdict in verdicts if not verdict.right and not verdict.unjudged]
    wrong.sort(key=lambda each: -len(each.group.rows))
    explainer = Explainer(model, source)
    known = set(judged_names(model))
    masks: dict[tuple[str, str], Mask] = {}
    fixes: dict[str, dict[int, Template | None]] = {}
    for verdict in wrong:
        name, first = verdict.group.name, model.table.first_row
        if name not in known:
            continue
        explanation = explainer.explain(verdict)
        mask = masks.setdefault((name, explanation.message), np.zeros(model.table.rows, dtype=np.bool_))
        mask[verdict.group.rows - first] = True
        fixes.setdefault(name, {}).update(dict.fromkeys((verdict.group.rows - first).tolist(), explanation.fixed))
    for (name, message), mask in masks.items():
        yield Cause(name, FindingKind.WRONG_FORMULA, mask, always(message), _fixed(model, fixes[name]))


def _fixed(model: Model, fixes: dict[int, Template | None]) -> Callable[[int], str | None]:
    """Write the formula that belongs into a row (a position), where a small change makes the one there right."""

    def formula(step: int) -> str | None:
        template = fixes[step]
        return None if template is None else "=" + template.at(step + model.table.first_row)

    return formula


def _not_as_computed(model: Model, right: dict[str, Mask], judged: Judged, ill_fed: set[str]) -> Iterator[Cause]:
    """Find right formulas whose cached value is missing, an error, no number, or not what the formula gives."""
    upstream = direct_neighbours(model)
    for name in judged_names(model):
        kinds = model.table.column(name).kinds
        missing = right[name] & (kinds == Kind.EMPTY)
        said = "the formula has no cached value; a reader that does not recalculate shows nothing here"
        yield Cause(name, FindingKind.NO_VALUE, missing, always(said))
        follows = _spoilt(model, name, upstream, ill_rated="η" in ill_fed) | (name in ill_fed)
        follows |= judged.undefined.get(name, np.zeros_like(missing))
        said = "the formula is right, but its cached value is an error"
        yield Cause(name, FindingKind.ERROR_VALUE, right[name] & (kinds == Kind.ERROR) & ~follows, always(said))
        texts = right[name] & (kinds == Kind.TEXT) & (name not in ill_fed)
        stale = texts | judged.stale.get(name, np.zeros_like(missing))
        said = "the cached value is not what the formula gives; recalculate the workbook"
        yield Cause(name, FindingKind.STALE_VALUE, stale, always(said))


def _spoilt(model: Model, name: str, upstream: dict[str, frozenset[str]], *, ill_rated: bool) -> Mask:
    """Return the rows in which a neighbour holds an error, a text or nothing, so that an error follows from it."""
    table = model.table
    spoilt = np.zeros(table.rows, dtype=np.bool_)
    for other in upstream.get(name, ()):
        if other in table.columns:
            spoilt |= _unusable(table, other)
    if name in ("iteration", "E_mean"):
        other = "iteration" if name == "iteration" else "E_total"
        for back in range(1, model.samples + 1):
            spoilt[back:] |= _unusable(table, other)[:-back]
    if name in model.network.trained:
        spoilt[1:] |= ill_rated
        for other in (name, f"∂E/∂{name}"):
            if other in table.columns:
                spoilt[1:] |= _unusable(table, other)[:-1]
    return spoilt


def _unusable(table: Table, name: str) -> Mask:
    kinds = table.column(name).kinds
    return np.asarray((kinds == Kind.ERROR) | (kinds == Kind.TEXT))


def _findings(model: Model, values: Values, judged: Judged, causes: list[Cause]) -> Iterator[Finding]:
    """Turn causes into findings, one for each run of neighbouring rows, in the order of columns and rows."""
    wrong = {name: np.zeros(model.table.rows, dtype=np.bool_) for name in model.table.columns}
    for cause in causes:
        wrong[cause.name] |= cause.mask
    affected = Affected(model, values.cached, values.trajectory if causes else None, wrong)
    found = [(cause, run) for cause in causes for run in runs(cause.mask)]
    found.sort(key=lambda each: (model.table.columns[each[0].name], int(each[1][0])))
    explainer = Explainer(model, values.source)
    for cause, run in found:
        expected = cause.expected_formula(int(run[0]))
        if expected is None and cause.kind in _NEEDS_FORMULA:
            expected = explainer.expected(cause.name, int(run[0]) + model.table.first_row)
        yield _finding(model, values, judged, cause, run, expected, affected.count(cause.name, run))


def _finding(
    model: Model, values: Values, judged: Judged, cause: Cause, run: Rows, expected: str | None, affected: int
) -> Finding:
    table, first = model.table, int(run[0])
    cell = table.cell(cause.name, first + table.first_row)
    implied = judged.implied.get(cause.name)
    number = float(implied[first]) if implied is not None else np.nan
    if not np.isfinite(number) and values.trajectory is not None:
        number = float(values.trajectory.get(cause.name, np.full(table.rows, np.nan))[first])
    return Finding(
        sheet=table.sheet.name,
        range=_range(table, cause.name, first + table.first_row, int(run[-1]) + table.first_row),
        count=len(run),
        quantity=cause.name,
        kind=cause.kind,
        message=cause.message(run),
        found_formula=None if cell is None else cell.formula,
        expected_formula=expected,
        found_value=_value(cell),
        expected_value=number if np.isfinite(number) else None,
        affected=affected,
    )


def _unfinished(model: Model) -> list[Finding]:
    """Say of rows below the table that stop half way which cells are missing."""
    if model.table.unfinished is None:
        return []
    first, last = model.table.unfinished
    message = f"rows {first} to {last} stop half way; nothing stands here"
    return [
        Finding(
            model.table.sheet.name,
            _range(model.table, name, top, bottom),
            bottom - top + 1,
            name,
            FindingKind.EMPTY,
            message,
        )
        for name, top, bottom in find_unfinished(model)
    ]


def _range(table: Table, name: str, first: int, last: int) -> str:
    one = table.address(name, first)
    return one if first == last else f"{one}:{table.address(name, last)}"


def _value(cell: Cell | None) -> float | str | None:
    if cell is None or cell.value is None:
        return None
    return cell.value if isinstance(cell.value, str) else float(cell.value)


def _summary(model: Model, source: Source, values: Values) -> TableSummary:
    table, network = model.table, model.network
    names = (*network.data, *network.weights, *(dict.fromkeys(network.bias_names.values())))
    first = {name: values.first(name) for name in dict.fromkeys(names)}
    return TableSummary(
        sheet=table.sheet.name,
        header_row=table.header_row,
        first_row=table.first_row,
        last_row=table.last_row,
        learning_rate=learning_rate(model, source),
        layers=network.layers,
        initial={name: number if np.isfinite(number) else None for name, number in first.items()},
    )
