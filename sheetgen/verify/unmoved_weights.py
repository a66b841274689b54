"""Tables that train nothing: every weight of every row repeats the one above, as in one batch without its update."""

from sheetgen.verify.findings import Finding, FindingKind
from sheetgen.verify.formulas.verdicts import FormulaVerdicts, Verdict


def are_unmoved(formulas: FormulaVerdicts) -> bool:
    """Tell whether all weights that formulas compute only repeat the ones of the row above."""
    trained = [each for each in formulas.verdicts if each.group.name in formulas.reading.network.trained]
    later = [each for each in trained if each.group.rows[-1] > formulas.reading.table.first_row]
    names = {each.group.name for each in later}
    return names == set(formulas.reading.network.trained) and all(_repeats(formulas, each) for each in later)


def without_updates(formulas: FormulaVerdicts, findings: list[Finding]) -> tuple[list[Finding], str]:
    """Leave out what was found in weights that are never updated; also say that this was not judged."""
    trained, table = formulas.reading.network.trained, formulas.reading.table
    kept = [each for each in findings if each.kind is not FindingKind.WRONG_FORMULA or each.quantity not in trained]
    return kept, f"sheet {table.sheet.name}, row {table.first_row}: no weight is updated here, so no update was judged"


def _repeats(formulas: FormulaVerdicts, verdict: Verdict) -> bool:
    pieces, table = verdict.pieces, formulas.reading.table
    above = (table.sheet.name, verdict.group.row - 1, table.columns[verdict.group.name])
    return len(pieces) == 1 and pieces[0].area is not None and pieces[0].area.corner == above
