"""Sheets of a neuron with two parameters, in which one broken formula is outvoted by a single right one."""

from collections.abc import Callable, Mapping

from sheetgen.types import Value

FIRST_ROW, LAST_ROW = 3, 10
_SAMPLES = ((0.5, 0.3, 0.8), (0.2, 0.9, 0.1), (0.7, 0.4, 0.6), (0.1, 0.6, 0.3))
_SLOPES = {"=1/(1+EXP(-G{row}))": "H{row}*(1-H{row})", "=G{row}": "1"}
_FORMULAS = {
    "E": "=E{above}-$B$1*{step}{above}",
    "F": "=F{above}-$B$1*{other_step}{above}",
    "I": "=0.5*(D{row}-H{row})^2",
    "J": "=(H{row}-D{row})*{slope}*B{row}",
    "K": "=(H{row}-D{row})*{slope}*{second}",
    "L": "=0.9*L{above}+J{row}",
    "M": "=0.9*M{above}+K{row}",
}

Change = Callable[[str], Value]


def two_parameters(
    activation: str, *, bias: bool, momentum: bool, changes: Mapping[tuple[str, int | None], Change]
) -> dict[str, Value]:
    """Write a training, a row an iteration: inputs in B, C; target D; parameters E, F; sum G, output H, loss I.

    Args:
        activation: the formula of H.
        bias: whether the second parameter is a bias; else it is another input's weight.
        momentum: whether the updates step by L and M, which sum up the gradients in J and K, or by these themselves.
        changes: by column and row (None for all that have a formula), what stands there instead of the right formula.

    Returns:
        The contents by address.
    """
    first, second = ("w", "b") if bias else ("w1", "w2")
    heads = ["step", "x1", "" if bias else "x2", "t", first, second, "s", "y", "E", f"dE/d{first}", f"dE/d{second}"]
    heads += [f"v_{first}", f"v_{second}"] if momentum else []
    found: dict[str, Value] = {"A1": "η", "B1": 0.5}
    found |= {f"{column}2": head for column, head in zip("ABCDEFGHIJKLM", heads, strict=False) if head}
    places = {"slope": _SLOPES[activation], "second": "1" if bias else "C{row}"}
    places |= {"step": "L", "other_step": "M"} if momentum else {"step": "J", "other_step": "K"}
    written = _FORMULAS | {"G": f"=E{{row}}*B{{row}}+F{{row}}{'' if bias else '*C{row}'}", "H": activation}
    for row in range(FIRST_ROW, LAST_ROW + 1):
        one, two, target = _SAMPLES[(row - FIRST_ROW) % len(_SAMPLES)]
        own: dict[str, Value] = {"A": row, "B": one, "D": target, **({} if bias else {"C": two})}
        for column, formula in written.items():
            if momentum or column not in "LM":
                own[column] = _formula(column, row, formula)
                change = changes.get((column, row)) or changes.get((column, None))
                if change is not None and isinstance(own[column], str):
                    own[column] = change(str(own[column]))
        for column, content in own.items():
            text = content
            while isinstance(text, str) and "{" in text:
                text = text.format(row=row, above=row - 1, **places)
            found[f"{column}{row}"] = text
    return found


def _formula(column: str, row: int, usual: str) -> Value:
    """Return what stands in a column: in the first row numbers for parameters, and gradients for their sums."""
    if row > FIRST_ROW:
        return usual
    return {"E": 0.4, "F": -0.3, "L": "=J{row}", "M": "=K{row}"}.get(column, usual)
