"""The kinds of finding: the one list from which reports, schema, help and docs take their wording."""

from enum import StrEnum
from typing import Self


class FindingKind(StrEnum):
    """What is wrong with a cell, from a mistake in the mathematics down to what is merely missing.

    A new kind is one more member; `python docs/make_kinds.py` adds it to the docs and the JSON schema.

    Attributes:
        meaning: what such a finding says of its cells.
        evidence: how it is found.
        example: an example of such a cell, as Markdown.
    """

    meaning: str
    evidence: str
    example: str

    def __new__(cls, name: str, meaning: str, evidence: str, example: str) -> Self:
        """Make a member whose value is its name; the rest become attributes."""
        kind = str.__new__(cls, name)
        kind._value_ = name
        kind.meaning, kind.evidence, kind.example = meaning, evidence, example
        return kind

    WRONG_FORMULA = (
        "wrong-formula",
        "the formula contradicts its label or the rest of the sheet",
        "on random numbers it does not give what its label says, nor what follows from the sheet's own loss",
        "`=K33*(1-K33)*D33` in a column ∂E/∂w3, where `M33` belongs",
    )
    ERROR_VALUE = (
        "error-value",
        "an error that does not follow from another cell's",
        "an error is typed, or cached for a formula that gives a number",
        "`#DIV/0!` cached for `=1/(1+EXP(-J33))`",
    )
    HARD_CODED = (
        "hard-coded",
        "a typed number where a formula belongs",
        "the cell holds a number and no formula, and its label is no input's; the message counts its right digits",
        "`0.3775` typed under h1",
    )
    ALTERED = (
        "altered",
        "not what sheetgen wrote there when it built the workbook",
        "the workbook names the template that it was built from; what it gives is compared, however it is spelt",
        "a line of a chart on *Learning rates* that draws another learning rate",
    )
    WRONG_CHART = (
        "wrong-chart",
        "a chart's series does not show what it is said to show",
        "its name, the chart's title, its x-values or its siblings contradict the cells that it refers to",
        "a series “E_total” of `$F$33:$F$132`, where w1 stands and E_total is column W",
    )
    WRONG_NAME = (
        "wrong-name",
        "a defined name that points elsewhere than labels say",
        "the cell that it points to has another label, and the one that it names stands beside another cell",
        "`w_1` points to D24, labelled w2, and D23 is labelled w1",
    )
    STALE_VALUE = (
        "stale-value",
        "the cached value is not what the formula gives",
        "it is not what the cached values of the formula's precedents imply, by more than rounding allows",
        "`=F40*D40` cached as 2, where F40 and D40 hold 2 and 3",
    )
    NO_VALUE = (
        "no-value",
        "a formula without a cached value",
        "the file holds the formula alone",
        "a formula written by a program that does not calculate",
    )
    BAD_INPUT = (
        "bad-input",
        "an input, weight, learning rate or label that cannot be right",
        "a text stands there, or a number that the rest of the table contradicts",
        "`0,01` stored as text; an i1 that differs in one row",
    )
    EMPTY = (
        "empty",
        "nothing where something belongs",
        "the cell is empty, and its row and its column are part of the table",
        "a column of ∂E/∂w8 that stops before the last row",
    )
