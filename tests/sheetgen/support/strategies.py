"""What hypothesis draws: networks, worksheets, formulas, layouts, findings and reports."""

from itertools import pairwise

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from openpyxl.utils.cell import get_column_letter

from sheetgen import Experiment, trace
from sheetgen.verify.findings import FileReport, Finding, FindingKind, TableSummary
from tests.sheetgen.support.compared_workbooks import Cells
from tests.sheetgen.support.equivalent_formulas import ALL_WAYS, formulas
from tests.sheetgen.support.equivalent_labels import SPELLINGS, label_by
from tests.sheetgen.support.equivalent_workbooks import COLUMNS, Layout
from tests.sheetgen.support.raw_workbooks import LABELS, worksheet


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Networks of every kind, with a short run."""
    layers = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    numbers = st.floats(-2, 2).map(lambda value: round(value, 3))
    unit = st.floats(0, 1).map(lambda value: round(value, 3))

    def several(strategy: st.SearchStrategy[float], count: int) -> tuple[float, ...]:
        return tuple(draw(st.lists(strategy, min_size=count, max_size=count)))

    kinds = [draw(st.sampled_from(["sigmoid", "tanh", "relu", "linear"])) for _ in layers[1:]]
    loss = draw(st.sampled_from(["half squared error", "binary cross-entropy"]))
    if loss == "binary cross-entropy":
        kinds[-1] = "sigmoid"
    biased = draw(st.booleans())
    return Experiment(
        title="random",
        layers=tuple(layers),
        samples=tuple(
            {"inputs": several(numbers, layers[0]), "targets": several(unit, layers[-1])}
            for _ in range(draw(st.integers(1, 3)))
        ),
        weights=several(numbers, sum(a * b for a, b in pairwise(layers))),
        biases=several(numbers, sum(layers[1:])) if biased else (),
        train_biases=biased and draw(st.booleans()),
        activation=tuple(kinds),
        loss=loss,
        learning_rates=(0.3,),
        iterations=6,
    )


def assume_tame(experiment: Experiment, rate: float, iterations: int) -> None:
    """Leave out saturated neurons: 1 − a has no digits left there, and torch clamps the logarithm."""
    assume(all(np.abs(sums).max() < 12 for sums in trace(experiment, rate, iterations).sums))


def _mostly(usual: st.SearchStrategy[str], odd: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The odd one once in thirty times."""
    return st.integers(0, 29).flatmap(lambda number: odd if number == 7 else usual)


_addresses = _mostly(
    st.builds("{}{}".format, st.sampled_from(["A", "B", "C", "AE", "XFD", "a"]), st.integers(1, 12)),
    st.sampled_from(["A1048576", "A1048577", "", "A", "1", "A01", "A1:B2", " A1", "A 1", "A0", "XFE1", "$A1"]),
)
_kinds = st.sampled_from(["", "", "", "n", "s", "str", "b", "e", "inlineStr", "d", "x"])
_formulas = st.one_of(
    st.sampled_from(
        ["A1", "A2*$B$1", "B3+A2", "SUM(A1:A9)", "", "'x'!A1", "1+", "T[[#This Row],[w1]]", "3:4", "A:B", "é"]
    ),
    st.text("AB12$()[]{}'\"!:+-*/^,.#@ é\ue000", max_size=12),
)
_numbers = _mostly(
    st.one_of(
        st.sampled_from(["1", "0", "2", "-1e-9", "", " 2 "]), st.floats(allow_nan=False, allow_infinity=False).map(repr)
    ),
    st.sampled_from(["1e999", "nan", "abc", "1_0", "٣", "-1", "0x1", "9" * 400]),
)
_texts = st.one_of(st.sampled_from(["", "#N/A", *LABELS]), st.text(max_size=5))
_values = {
    "str": _texts,
    "e": _texts,
    "d": _texts,
    "x": _texts,
    "s": _mostly(st.sampled_from(["0", "1", "2"]), _numbers),
}
_groups = st.sampled_from(
    ["", "", "", 't="shared" si="0"', 't="shared" si="1" ref="A1:B9"', 't="array" ref="A1:B3"', 't="array" ref="x"']
)


def _escaped(text: str) -> str:
    legal = "".join(letter for letter in text if letter.isprintable())
    return legal.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace(">", "&gt;")


@st.composite
def _cells(draw: st.DrawFn) -> str:
    address = draw(st.one_of(st.none(), _addresses))
    kind = draw(_kinds)
    formula = f"<f {draw(_groups)}>{_escaped(draw(_formulas))}</f>" if draw(st.booleans()) else ""
    value = f"<v>{_escaped(draw(_values.get(kind, _numbers)))}</v>" if draw(st.booleans()) else ""
    inline = f"<is><t>{_escaped(draw(_texts))}</t></is>" if kind == "inlineStr" else ""
    attributes = {"r": address, "t": kind or None}
    said = "".join(f' {name}="{held}"' for name, held in attributes.items() if held is not None)
    return f"<c{said}>{formula}{value}{inline}</c>"


odd_rows = st.builds(
    "<row{}>{}</row>".format,
    _mostly(st.sampled_from(["", ' r="1"', ' r="2"', ' r="7"']), st.sampled_from([' r="1048576"', ' r="0"', ' r="x"'])),
    st.lists(_cells(), max_size=6).map("".join),
)
"""Rows of odd cells, mostly well-formed, so that what is deeper than the parser is reached."""


@st.composite
def nearly_repeated_rows(draw: st.DrawFn) -> str:
    """Rows of one kind, and here and there a little difference."""
    formula = draw(
        st.sampled_from(["B{row}*2", "A{above}+$B$2", '1/A{row}&amp;"é"', "IF(A{above}&lt;2,3:3,A{row})", ""])
    )
    gap = draw(st.sampled_from(["", "", "\n  "]))
    first = draw(st.sampled_from([1, 2, 98, 1_048_570]))
    lines = [
        f'<row r="{row}"><c r="A{row}" s="1"><f>{formula.format(row=row, above=row - 1)}</f><v>{row / 3!r}</v></c>'
        f'<c r="B{row}"><v>{row}</v></c><c r="D{row}" s="2"/></row>{gap}'
        for row in range(first, first + 6)
    ]
    for _ in range(draw(st.integers(0, 3))):
        number, old = (
            draw(st.integers(0, 5)),
            draw(st.sampled_from(['"', "<v>", "</v>", "A", "1", "</row>", "<c", ">", "r="])),
        )
        new = draw(
            st.sampled_from(["", "2", "<v>", ' t="s"', "<!-- ", " -->", "</row>", ">", "\n", "0", "e", "_", "&#49;"])
        )
        count = draw(st.integers(1, 3))
        lines[number] = lines[number].replace(old, draw(st.sampled_from([old + new, new + old, new])), count)
    return worksheet("".join(lines))


_columns = st.integers(1, 60).map(get_column_letter)
_corners = st.builds(
    "{}{}{}{}".format, st.sampled_from(["", "$"]), _columns, st.sampled_from(["", "$"]), st.integers(40, 90)
)
_references = st.one_of(
    _corners,
    _corners,
    st.builds("{}:{}".format, _corners, _corners),
    st.builds("{}!{}".format, st.sampled_from(["Sheet2", "'A1 b'", "'it''s'", "[1]Sheet1", "a.b"]), _corners),
    st.sampled_from(
        ["$A:C", "B:$B", "50:60", "$50:60", "Table1[[#This Row],[w1]]", "A1.b", "rate", "_x1", "LOG10(2)", "TRUE"]
    ),
)
_literals = st.sampled_from(["1", "0.5", "1E5", '"A1"', '"a""B2"', "#REF!", "{1,2;3,4}", "2^3"])
expressions = st.recursive(
    st.one_of(_references, _references, _literals),
    lambda inner: st.one_of(
        st.builds("{}{}{}".format, inner, st.sampled_from(["+", "-", "*", "/", "^", "&", "<=", " "]), inner),
        st.builds("{}({},{})".format, st.sampled_from(["SUM", "LOG10", "IF", "_xlfn.LET"]), inner, inner),
        st.builds("-({})%".format, inner),
    ),
    max_leaves=12,
)
"""Formulas, without `=`, with references of every kind."""

NASTY = (
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://example.org\x07link\x1b]8;;\x07",
    "\x9b2J",
    "\u202eevil\u2066\u200f\u200b\ufeff",
    "\U000e0041",
    "\ud800",
    "\x00\x07\x08\x7f\x85\xa0",
    "\ufffe\uffff",
    "\n::error file=x::hit\n",
    "::add-mask::hit",
    "##[error]hit",
    "[bold red]hit[/]",
    ":smile:",
    "<script>hit()</script>",
    "<!-- ",
    "]]>",
    "&#60;b&#62; &lt;",
    "|",
    "\\|",
    "`",
    "``` ",
    "**bold** _it_ ~~x~~ [a](javascript:b) ![i](x)",
    "@someone #12 www.example.org https://example.org a@b.org",
    "$x$ $`x`$",
    "%0A%25,:;=\r\n\t\u2028",
    "=1+1",
    "∂E/∂w3",
    " ",
)
nasty_texts = st.lists(st.sampled_from(NASTY) | st.text(max_size=4), max_size=5).map("".join)
_any_numbers = st.none() | st.floats()


@st.composite
def _summaries(draw: st.DrawFn) -> TableSummary:
    first = draw(st.integers(2, 50))
    return TableSummary(
        sheet=draw(nasty_texts),
        header_row=first - 1,
        first_row=first,
        last_row=first + 60,
        learning_rate=draw(_any_numbers),
        layers=draw(st.sampled_from([(), (2, 2, 2), (1,)])),
        initial=draw(st.dictionaries(nasty_texts, _any_numbers, max_size=2)),
    )


@st.composite
def _findings(draw: st.DrawFn) -> Finding:
    return Finding(
        sheet=draw(nasty_texts),
        range=draw(st.sampled_from(["J33", "XFD33:XFD1048576", "B40:B45"])),
        count=draw(st.integers(1, 10**6)),
        quantity=draw(nasty_texts),
        kind=draw(st.sampled_from(FindingKind)),
        message=draw(nasty_texts),
        found_formula=draw(st.none() | nasty_texts),
        expected_formula=draw(st.none() | nasty_texts),
        found_value=draw(_any_numbers | nasty_texts),
        expected_value=draw(_any_numbers),
        affected=draw(st.integers(0, 9)),
    )


reports_of_anything = st.lists(
    st.builds(
        FileReport,
        file=nasty_texts,
        error=st.none() | nasty_texts,
        cells_checked=st.integers(0, 10**7),
        tables=st.lists(_summaries(), max_size=2).map(tuple),
        findings=st.lists(_findings(), max_size=3).map(tuple),
        notes=st.lists(nasty_texts, max_size=2).map(tuple),
    ),
    max_size=3,
)


SUMS = frozenset({"h1", "h2", "o1", "o2"})
OUTPUTS = frozenset({"a_h1", "a_h2"})
all_ways = st.frozensets(st.sampled_from(ALL_WAYS), max_size=14)
inlined_quantities = st.frozensets(st.sampled_from(sorted(SUMS | OUTPUTS)))
layouts = st.builds(
    Layout,
    columns=st.permutations(("iteration", *COLUMNS)).map(tuple),
    label=st.sampled_from(sorted(SPELLINGS)).map(label_by),
    header_row=st.integers(13, 40),
    first_column=st.integers(1, 9),
    rows=st.integers(3, 6),
    gap=st.integers(0, 2),
    eta=st.sampled_from(["cell", "name", "other sheet", "formulas"]),
    data=st.sampled_from(["typed", "cells", "other sheet"]),
    weights=st.sampled_from(["typed", "cells", "other sheet"]),
    iteration=st.sampled_from(["typed", "above", "ROW", "ROW of the first", "COUNT"]),
    anchored=st.booleans(),
    with_sheet=st.booleans(),
)
trees = st.builds(formulas, biases=st.booleans(), hidden=st.sampled_from(["sigmoid", "relu"]))


@st.composite
def named_sheets(draw: st.DrawFn) -> Cells:
    """Sheets whose first row and first column name the columns and rows."""
    height, width = draw(st.integers(3, 9)), draw(st.integers(2, 5))
    cells: Cells = {f"{get_column_letter(column)}1": f"column {column}" for column in range(1, width + 1)}
    cells |= {f"A{row}": f"row {row}" for row in range(2, height + 1)}
    letters = st.sampled_from([get_column_letter(column) for column in range(1, width + 2)])
    dollars = st.sampled_from(["", "$"])
    references = st.builds("{}{}{}{}".format, dollars, letters, dollars, st.integers(1, height + 3))
    formulas = st.one_of(
        st.builds("={}*2".format, references),
        st.builds("=SUM({}:{})".format, references, references),
        st.builds('={}&"A1"+LOG10({})'.format, references, references),
    )
    contents = st.one_of(st.integers(0, 3), st.booleans(), st.tuples(formulas, st.integers(0, 3)))
    places = st.tuples(st.integers(2, width), st.integers(2, height))
    inner = draw(st.dictionaries(places, contents, max_size=12))
    return cells | {f"{get_column_letter(column)}{row}": content for (column, row), content in inner.items()}


findings_in_a_grid = st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(0, 4), st.sampled_from(FindingKind))
grids = st.lists(st.lists(st.booleans(), min_size=5, max_size=5), max_size=12)
