"""Small workbooks with the mistakes and layouts that are met in public ones; every cached value is as computed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter

from tests.sheetgen.support.equivalent_formulas import OUTER, START, WEIGHTS, Node, delta, node, number, ref
from tests.sheetgen.support.equivalent_labels import label_by
from tests.sheetgen.support.equivalent_workbooks import COLUMNS, Example, Layout, write_examples
from tests.sheetgen.support.patched_workbooks import Cell, read_cells

ROWS = 8
RATES = (0.1, 0.2, 0.5, 0.8, 1.0, 2.0)
LETTERS = {name: get_column_letter(at) for at, name in enumerate(COLUMNS, start=1)}
"""The column of each quantity, unless another order is given."""

Edits = dict[tuple[str, str], Cell | None]


def with_trees(example: Example, trees: Mapping[str, Node]) -> Example:
    """Return the same with other formulas for some quantities."""
    return replace(example, trees={**example.trees, **trees})


def with_cells(path: Path, edits: Edits) -> Path:
    """Replace cells of a workbook and recalculate it."""
    read_cells(path).write(path, edits, recalculate=True)
    return path


def filled_down(sheet: str, column: str, first: int, last: int, formula: str) -> Iterator[tuple[tuple[str, str], Cell]]:
    """Write a formula into a cell and drag it down, as a spreadsheet does."""
    for row in range(first, last + 1):
        moved = Translator(f"={formula}", f"{column}{first}").translate_formula(f"{column}{row}")
        yield (sheet, f"{column}{row}"), Cell(moved[1:], None)


def wrong_hidden_gradients(example: Example, slopes: Mapping[int, Node], total: Callable[[int], Node]) -> Example:
    """Return the same with ∂E/∂w1 to ∂E/∂w4 as a product of a sum, a slope and an input.

    Args:
        example: a right one.
        slopes: the slope that is used, by hidden neuron; the others keep their whole formula.
        total: what stands for the sum over the outputs, by hidden neuron.
    """
    weights = {(target, source): f"w{2 * target - 2 + source}" for target in slopes for source in (1, 2)}
    return with_trees(
        example,
        {
            f"∂E/∂{weight}": node("product", total(target), slopes[target], ref(f"i{source}"))
            for (target, source), weight in weights.items()
        },
    )


def _slope(target: int) -> Node:
    return node("slope", ref(f"a_h{target}"))


def _terms(target: int) -> tuple[Node, Node]:
    one, other = (node("product", delta(output), ref(OUTER[2 * output - 3 + target])) for output in (1, 2))
    return one, other


def _sum(target: int) -> Node:
    return node("sum", *_terms(target))


def _class_mistake(layout: Layout) -> Example:
    return wrong_hidden_gradients(Example(layout), {2: _slope(1)}, _sum)


def first_neurons_slope(path: Path) -> Path:
    """∂E/∂w3 and ∂E/∂w4 take a_h1·(1−a_h1), the mistake of the class's own sheet, on two sheets."""
    sheets = (Layout(header_row=32, rows=ROWS), Layout(sheet="Experiment", header_row=18, rows=ROWS))
    return write_examples(path, *map(_class_mistake, sheets))


def clean_ten_digits(path: Path) -> Path:
    """Nothing is wrong; labels as out_h1, saved by a service that keeps ten digits."""
    layout = Layout(label=label_by("out_h1"), header_row=13, rows=ROWS, eta_place=(11, 7))
    other = replace(layout, sheet="Copy of Sheet1", header_row=18, eta_place=(16, 7))
    example = Example(layout, digits=10)
    return write_examples(path, example, Example(other, digits=10, start={**START, "eta": 2.0}))


def clean_x_and_y(path: Path) -> Path:
    """Nothing is wrong; labels as x1 and y1, another order, other first weights, an iteration column in front."""
    start = {**START, "w1": 0.8, "w4": -0.3, "w6": 1.2, "eta": 2.0}
    columns = ("iteration", "i1", "i2", "t1", "t2", *COLUMNS[4:12], "h1", "h2", "a_h1", "a_h2", *COLUMNS[16:])
    layout = Layout(columns, label=label_by("x and y"), header_row=24, rows=ROWS, eta_place=(22, 2))
    return write_examples(path, Example(layout, start=start))


def frozen_reference(path: Path) -> Path:
    """∂E/∂w6 takes h2 for a_h2, and w4 learns by ∂E/∂w3 of the first row for ever."""
    example = Example(Layout(header_row=40, rows=ROWS))
    write_examples(path, with_trees(example, {"∂E/∂w6": node("product", delta(1), ref("h2"))}))
    return with_cells(path, dict(filled_down("Sheet1", "H", 42, 48, "H41-$C$2*Z$41")))


def self_made_gradient(path: Path) -> Path:
    """The instructor's sheet has the class's mistake; on the author's, brackets around a sum are missing."""
    own = {
        f"∂E/∂w{2 * target - 2 + source}": node(
            "sum", _terms(target)[0], node("product", _terms(target)[1], _slope(target), ref(f"i{source}"))
        )
        for target in (1, 2)
        for source in (1, 2)
    }
    example = Example(Layout(sheet="Own", header_row=20, rows=ROWS))
    return write_examples(path, _class_mistake(Layout(sheet="Given", rows=ROWS)), with_trees(example, own))


def sliding_rate(path: Path) -> Path:
    """On six sheets the rate's reference slides down, and ∂E/∂w1 to ∂E/∂w4 take a_o1·t1 for a_o1−t1 and t1 for t2."""
    sheets = {f"LR_{rate:g}": {**START, "eta": rate} for rate in RATES}
    layout = Layout(header_row=31, rows=ROWS, eta_place=(29, 2))
    write_examples(path, *(Example(replace(layout, sheet=name), start=start) for name, start in sheets.items()))
    slips = "((R32*A32)*R32*(1-R32)*{}+(T32-A32)*T32*(1-T32)*{})*{}*(1-{})*{}"
    hidden = {
        "∂E/∂w1": ("I32", "K32", "N32", "N32", "C32"),
        "∂E/∂w2": ("I32", "K32", "N32", "N32", "D32"),
        "∂E/∂w3": ("J32", "L32", "P32", "P32", "C32"),
        "∂E/∂w4": ("J32", "L32", "P32", "P32", "D32"),
    }
    edits: Edits = {}
    for sheet in sheets:
        for weight in WEIGHTS:
            own, gradient = LETTERS[weight], LETTERS[f"∂E/∂{weight}"]
            edits |= dict(filled_down(sheet, own, 33, 39, f"{own}32-B29*{gradient}32"))
        for gradient, cells in hidden.items():
            edits |= dict(filled_down(sheet, LETTERS[gradient], 32, 39, slips.format(*cells)))
    return with_cells(path, edits)


def pasted_values(path: Path) -> Path:
    """A sheet whose last rows stop half way, and one of pasted, rounded numbers."""
    layout = Layout(sheet="Live", header_row=28, rows=ROWS)
    write_examples(path, _class_mistake(layout), Example(replace(layout, sheet="Pasted")))
    book = read_cells(path)
    edits: Edits = {
        ("Pasted", address): replace(cell, formula=None, value=round(float(str(cell.value)), 6))
        for address, cell in book.cells["Pasted"].items()
        if cell.formula
    }
    missing = set(LETTERS.values()) - {*"ABCDEFG"}
    edits |= {("Live", f"{column}{row}"): None for column in missing for row in (35, 36)}
    return with_cells(path, edits)


def unfinished(path: Path) -> Path:
    """Inputs, targets and first weights only; every other cell below the labels is empty."""
    write_examples(path, Example(Layout(header_row=32, rows=1)))
    cells = read_cells(path).cells["Sheet1"]
    return with_cells(path, {("Sheet1", address): None for address, cell in cells.items() if cell.formula})


def excel_table(path: Path) -> Path:
    """An Excel table with a named rate; in ∂E/∂w1 to ∂E/∂w4 a bracket closes too late, and two take h2 for a_h2."""

    def total(target: int) -> Node:
        inner = node("sum", node("product", delta(1), ref(OUTER[target - 1])), delta(2))
        return node("product", inner, ref(OUTER[target + 1]))

    layout = Layout(
        label=label_by("ah1"), sheet="Simulation", header_row=15, rows=ROWS, eta="name", excel_table="Table1"
    )
    slope = node("product", ref("a_h2"), node("less", number(1.0), ref("h2")))
    return write_examples(path, wrong_hidden_gradients(Example(layout), {1: _slope(1), 2: slope}, total))


def slips(path: Path) -> Path:
    """One slip each: a weight for an activation, the other output's slope, another gradient, a rate, a target."""
    other = node("product", node("less", ref("a_o2"), ref("t2")), node("slope", ref("a_o1")))
    trees = {
        "o1": node("sum", node("product", ref("w5"), ref("a_h1")), node("product", ref("w6"), ref("w6"))),
        "∂E/∂w7": node("product", other, ref("a_h1")),
    }
    write_examples(path, with_trees(Example(Layout(rows=ROWS)), trees))
    edits = dict(filled_down("Sheet1", "F", 17, 23, "F16-$C$2*X16"))
    edits |= dict(filled_down("Sheet1", "G", 17, 23, "G16-$E$16*Z16"))
    edits |= dict(filled_down("Sheet1", "U", 16, 23, "0.5*(0.01-R16)^2"))
    return with_cells(path, edits)


WORKBOOKS: dict[str, Callable[[Path], Path]] = {
    each.__name__: each
    for each in (
        *(first_neurons_slope, clean_ten_digits, clean_x_and_y, frozen_reference, self_made_gradient),
        *(sliding_rate, pasted_values, unfinished, excel_table, slips),
    )
}
