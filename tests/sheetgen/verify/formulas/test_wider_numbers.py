"""Formulas that are right on the numbers a table happens to hold, and wrong, or not, on other numbers or in other rows.

Unless a test recalculates, the cached values are those of the right formulas, so only the formula can tell.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from sheetgen.verify.file import verify_file
from sheetgen.verify.findings import FileReport, FindingKind
from tests.sheetgen.support.equivalent_formulas import START, Node, delta, formulas, node, ref
from tests.sheetgen.support.equivalent_workbooks import COLUMNS, Example, Layout, write_examples
from tests.sheetgen.support.mistaken_workbooks import LETTERS, with_cells
from tests.sheetgen.support.patched_workbooks import Cell, read_cells

ROWS = 8
FIRST = 16
PLAIN = Layout(rows=ROWS)
SIGMOID = "1/(1+EXP(-{h1}))"
GRADIENT = "({a_o1}-{t1})*{a_o1}*(1-{a_o1})*{a_h1}"
UPDATE = "{w1:-1}-$C$2*{∂E/∂w1:-1}"
SUM = "{w1}*{i1}+{w2}*{i2}"

Fault = tuple[str, str, str]
"""What a test is called after, the quantity, and its formula in every row."""

WRONG: list[Fault] = [
    ("a sigmoid that stops at 1.5", "a_h1", f"=IF({{h1}}>1.5,0.9,{SIGMOID})"),
    ("a sigmoid that stops below -1", "a_h1", f"=IF({{h1}}<-1,0.25,{SIGMOID})"),
    ("a sigmoid of a sum that stops at 12", "a_h1", "=1/(1+EXP(-MIN({h1},12)))"),
    ("a sigmoid that is 0 below -9", "a_h1", f"=IF({{h1}}<-9,0,{SIGMOID})"),
    ("a sigmoid that jumps at 30", "a_h1", f"=IF({{h1}}>30,2,{SIGMOID})"),
    ("a sigmoid of the absolute sum", "a_o1", "=1/(1+EXP(-ABS({o1})))"),
    ("a window between 1.5 and 1.6", "a_h1", f"=IF(AND({{h1}}>1.5,{{h1}}<1.6),0.5,{SIGMOID})"),
    ("a window as a product", "a_h1", f"={SIGMOID}+({{h1}}>2)*({{h1}}<2.05)"),
    ("a single number", "h2", "=IF({i1}=0.123,0,{w3}*{i1}+{w4}*{i2})"),
    ("a text beyond 3", "a_h1", f'=IF({{h1}}>3,"high",{SIGMOID})'),
    ("a sum that is never negative", "h1", f"=MAX({SUM},-3)"),
    ("a sum of negative inputs", "h1", "={w1}*ABS({i1})+{w2}*{i2}"),
    ("a sum where an input is 0", "h1", f"=IF({{i1}}=0,1,{SUM})"),
    ("a learning rate of at most 1.8", "w1", "={w1:-1}-MIN($C$2,1.8)*{∂E/∂w1:-1}"),
    ("a learning rate of at least 0.1", "w1", "={w1:-1}-MAX($C$2,0.1)*{∂E/∂w1:-1}"),
    ("a clipped gradient", "∂E/∂w5", f"=MAX(-0.5,MIN(0.5,{GRADIENT}))"),
    ("a gradient in the step that is clipped", "w1", "={w1:-1}-$C$2*MEDIAN(-0.5,{∂E/∂w1:-1},0.5)"),
    ("a difference of one sign", "E1", "=0.5*IF({t1}>{a_o1}+2,0,{t1}-{a_o1})^2"),
    ("a Huber loss", "E1", "=IF(ABS({t1}-{a_o1})<=1,0.5*({t1}-{a_o1})^2,ABS({t1}-{a_o1})-0.5)"),
    ("a weight that is bounded", "w1", f"=MIN({UPDATE},4)"),
    ("a number at every recalculation", "a_h1", f"={SIGMOID}+RAND()*0.000000001"),
    ("the time", "h1", f"={SUM}+NOW()*1E-15"),
    ("whole random numbers", "E_total", "={E1}+{E2}+RANDBETWEEN(0,0)"),
]
RIGHT: list[Fault] = [
    ("guards against overflow", "a_h1", f"=IF({{h1}}>700,1,IF({{h1}}<-700,0,{SIGMOID}))"),
    ("guards against small numbers", "a_h1", f"=IF({{h1}}<-20,0,{SIGMOID})"),
    ("a sum kept from overflowing", "a_h1", "=1/(1+EXP(-MAX({h1},-30)))"),
    ("two forms of the sigmoid", "a_h1", f"=IF({{h1}}>=0,{SIGMOID},EXP({{h1}})/(1+EXP({{h1}})))"),
    ("exponentials that overflow, caught", "a_h1", "=IFERROR(EXP({h1})/(1+EXP({h1})),1)"),
    ("a power of e", "a_h1", "=1/(1+EXP(1)^-{h1})"),
    ("a hyperbolic tangent of exponentials", "a_h1", "=((EXP({h1}/2)-EXP(-{h1}/2))/(EXP({h1}/2)+EXP(-{h1}/2))+1)/2"),
    ("a root of a square", "E1", "=SQRT(({t1}-{a_o1})^2)^2/2"),
    ("the absolute difference", "E1", "=ABS({t1}-{a_o1})^2/2"),
    ("a difference with its sign", "E1", "=SIGN({t1}-{a_o1})*ABS({t1}-{a_o1})*({t1}-{a_o1})/2"),
    ("an error that is never negative", "E_total", "=MAX(0,{E1}+{E2})"),
    ("an output between 0 and 1", "a_o1", "=MAX(0,MIN(1,1/(1+EXP(-{o1}))))"),
    ("a slope that cancels", "∂E/∂w5", "=POWER({a_o1}-{t1},1)*({a_o1}-{a_o1}^2)*{a_h1}"),
    ("a slope by the exponential", "∂E/∂w5", "=IF(1,({a_o1}-{t1})*EXP(-{o1})/(1+EXP(-{o1}))^2*{a_h1},0)"),
    ("a gradient by another one", "∂E/∂w6", "=IF({a_h1}=0,0,{∂E/∂w5}/{a_h1}*{a_h2})"),
    ("an error multiplied out", "E1", "=IF({t1}>{a_o1},1,1)*({t1}^2-2*{t1}*{a_o1}+{a_o1}^2)/2"),
    ("a blank that is looked for", "h1", f'=IF({{i1}}="","",{SUM})'),
    ("the larger and the smaller", "E_total", "=MAX({E1},{E2})+MIN({E1},{E2})"),
    ("a step that is guarded", "w1", f"=IF(ISNUMBER({{w1:-1}}),{UPDATE},0)"),
    ("a step by its sign", "w1", "={w1:-1}-$C$2*SIGN({∂E/∂w1:-1})*ABS({∂E/∂w1:-1})"),
    ("a rate rounded to more digits than it has", "w1", "={w1:-1}-ROUND($C$2,12)*{∂E/∂w1:-1}"),
]
NAMES = [each[0] for each in (*WRONG, *RIGHT)]


def judged(folder: Path, example: Example) -> FileReport:
    return verify_file(write_examples(folder / "x.xlsx", example))


def found(report: FileReport) -> list[tuple[str, FindingKind]]:
    return [(finding.range, finding.kind) for finding in report.findings]


def column(name: str, first: int = FIRST) -> str:
    return f"{LETTERS[name]}{first}:{LETTERS[name]}{FIRST + ROWS - 1}"


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("name", "formula"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_a_formula_that_is_wrong_on_other_numbers(name, formula, tmp_path):
    report = judged(tmp_path, Example(PLAIN, written={name: formula}))
    first = FIRST + 1 if name == "w1" else FIRST
    assert found(report) == [(column(name, first), FindingKind.WRONG_FORMULA)]
    assert report.exit_code == 1


@pytest.mark.parametrize(("name", "formula"), [each[1:] for each in RIGHT], ids=[each[0] for each in RIGHT])
def test_a_formula_that_is_right_on_all_numbers(name, formula, tmp_path):
    report = judged(tmp_path, Example(PLAIN, written={name: formula}))
    assert found(report) == []
    assert report.error is None


RELU = formulas(hidden="relu")


@pytest.mark.parametrize("ways", [{"relu: IF(z<=0,0,z)", "step: N(z>0)"}, {"relu: (z+ABS(z))/2", "step: (z>0)*1"}])
def test_rectifiers_are_right_on_either_side_of_0(ways, tmp_path):
    report = judged(tmp_path, Example(PLAIN, frozenset(ways), trees=RELU))
    assert (report.exit_code, report.notes) == (0, ())


@pytest.mark.parametrize("formula", ["=IF({h1}>=0,{h1},0)", "=MAX({h1},0)*({h1}>0)", "=MIN(MAX(0,{h1}),10^9)"])
def test_a_rectifier_in_any_form(formula, tmp_path):
    assert judged(tmp_path, Example(PLAIN, trees=RELU, written={"a_h1": formula})).exit_code == 0


def test_a_rectifier_that_stops_at_6(tmp_path):
    report = judged(tmp_path, Example(PLAIN, trees=RELU, written={"a_h1": "=MIN(6,MAX(0,{h1}))"}))
    assert found(report) == [(column("a_h1"), FindingKind.WRONG_FORMULA)]


@pytest.mark.parametrize("fault", ["{w5}*{a_h1}+{w5}*{a_h2}", "{w6}*{a_h1}+{w6}*{a_h2}", "{w5}*{a_h2}+{w6}*{a_h2}"])
@pytest.mark.parametrize("rows", range(2, 8))
def test_a_rectifier_that_is_0_hides_no_wrong_weight(rows, fault, tmp_path):
    layout = replace(PLAIN, rows=rows, eta="formulas")
    report = judged(tmp_path, Example(layout, trees=RELU, written={"o1": f"={fault}"}))
    assert sum(finding.count for finding in report.findings if finding.quantity == "o1") == rows


def test_the_message_says_where_and_what(tmp_path):
    report = judged(tmp_path, Example(PLAIN, written={"a_h1": WRONG[0][2]}))
    assert "M16>1.5" in report.findings[0].message.replace(LETTERS["h1"], "M")
    assert "gives 0.9" in report.findings[0].message


def test_a_helping_column_that_is_wrong_on_other_numbers(tmp_path):
    example = Example(
        replace(PLAIN, columns=(*COLUMNS, "", "part")),
        trees={**formulas(), "h1": node("sum", ref("part"), node("product", ref("w2"), ref("i2")))},
        helpers={"part": node("product", ref("w1"), ref("i1"))},
        written={"part": "=MIN({w1}*{i1},5)"},
    )
    report = judged(tmp_path, example)
    assert [finding.quantity for finding in report.findings] == ["h1"]


UNREACHED: list[Fault] = [
    ("a number that is too large", "h1", f"=IF({{i1}}>1E+200,0,{SUM})"),
    ("a cell that does not change", "h1", f"=IF($Z$1>0,0,{SUM})"),
]


@pytest.mark.parametrize(("name", "formula"), [each[1:] for each in UNREACHED], ids=[each[0] for each in UNREACHED])
def test_a_branch_that_is_never_reached_is_noted(name, formula, tmp_path):
    report = judged(tmp_path, Example(PLAIN, written={name: formula}))
    assert report.exit_code == 0
    assert len(report.notes) == 1
    assert f"{LETTERS[name]}{FIRST}" in report.notes[0]
    assert "was never reached" in report.notes[0]


ROW_FAULTS = [
    ("IF(ROW()=20,0.5,{0})", 20),
    ("{0}+(ROW()=21)*0.1", 21),
    ("IF(MOD(ROW(),8)=3,{0}*1.5,{0})", 19),
    ("CHOOSE(1+(ROW()>22),{0},1-{0})", 23),
]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", ["a_h1", "∂E/∂w5"])
@pytest.mark.parametrize(("shape", "row"), ROW_FAULTS)
def test_a_formula_that_treats_one_row_differently(shape, row, name, tmp_path):
    formula = SIGMOID if name == "a_h1" else GRADIENT
    report = judged(tmp_path, Example(PLAIN, written={name: f"={shape.format(formula)}"}))
    assert found(report) == [(f"{LETTERS[name]}{row}", FindingKind.WRONG_FORMULA)]


def test_a_formula_that_changes_after_some_iterations(tmp_path):
    layout = replace(PLAIN, columns=(*COLUMNS, "iteration"), iteration="typed")
    count = "{iteration:-1}>4"
    report = judged(tmp_path, Example(layout, written={"w1": f"=IF({count},{{w1:-1}},{UPDATE})"}))
    assert found(report) == [(f"{LETTERS['w1']}21:{LETTERS['w1']}23", FindingKind.WRONG_FORMULA)]


@pytest.mark.parametrize("shape", ["IF(ROW()=16,{0},{0})", "IF(ROW()>0,{0},0)", "INDEX({h1}:{h1},1)*0*ROW()+{0}"])
def test_a_formula_that_asks_for_its_row_without_harm(shape, tmp_path):
    report = judged(tmp_path, Example(PLAIN, written={"a_h1": "=" + shape.replace("{0}", SIGMOID)}))
    assert (found(report), report.notes) == ([], ())


ONE_ROW = [
    "ROUND({0},10)",
    "ROUND({0},4)",
    "TRUNC({0},11)",
    "IF(ROW()=20,{0}+0.0000000001,{0})",
    "{0}+0.0000000001*(ROW()=20)",
    "IF(ROW()=20,ROUND({0},3),{0})",
    "IF({1}<1,{0}*1.0000000001,{0})",
    "{0}+RAND()*0.000000001",
]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("shape", ONE_ROW)
def test_one_cell_that_is_not_like_the_others(shape, tmp_path):
    path = write_examples(tmp_path / "x.xlsx", Example(PLAIN))
    h1 = f"{LETTERS['h1']}20"
    cell = f"{LETTERS['a_h1']}20"
    formula = shape.format(f"(1/(1+EXP(-{h1})))", h1)
    with_cells(path, {("Sheet1", cell): Cell(formula, None)})
    assert found(verify_file(path)) == [(cell, FindingKind.WRONG_FORMULA)]


def test_a_column_that_is_rounded_throughout_is_not_stale(tmp_path):
    path = write_examples(tmp_path / "x.xlsx", Example(PLAIN))
    edits = {
        ("Sheet1", f"{LETTERS['a_h1']}{row}"): Cell(f"ROUND(1/(1+EXP(-{LETTERS['h1']}{row})),11)", None)
        for row in range(FIRST, FIRST + ROWS)
    }
    with_cells(path, edits)
    assert verify_file(path).findings == ()


def test_values_that_follow_a_decaying_rate_are_not_stale(tmp_path):
    path = write_examples(tmp_path / "x.xlsx", Example(replace(PLAIN, eta="column", columns=(*COLUMNS, "eta"))))
    place = get_column_letter(len(COLUMNS) + 1)
    rows = range(FIRST + 1, FIRST + ROWS)
    with_cells(path, {("Sheet1", f"{place}{row}"): Cell(f"{place}{row - 1}*0.9", None) for row in rows})
    assert verify_file(path).findings == ()


def test_the_first_weights_may_be_random(tmp_path):
    path = write_examples(tmp_path / "x.xlsx", Example(PLAIN))
    with_cells(path, {("Sheet1", f"{LETTERS['w1']}{FIRST}"): Cell("RAND()*2-1", None)})
    assert verify_file(path).findings == ()


def test_a_volatile_function_outside_the_table_is_no_fault(tmp_path):
    path = write_examples(tmp_path / "x.xlsx", Example(PLAIN))
    book = load_workbook(path)
    book["Sheet1"]["A1"] = '="As of "&TEXT(TODAY(),"yyyy-mm-dd")'
    book.save(path)
    read_cells(path).write(path, {}, recalculate=True)
    assert verify_file(path).exit_code == 0


LINEAR: dict[str, Node] = {**formulas(), "a_h1": ref("h1"), "a_h2": ref("h2")}
LINEAR |= {
    f"∂E/∂w{weight}": node(
        "product",
        node("sum", *(node("product", ref(f"∂E/∂o{out}"), ref(f"w{3 + 2 * out + target}")) for out in (1, 2))),
        ref(f"i{source}"),
    )
    for weight, (target, source) in enumerate(((0, 1), (0, 2), (1, 1), (1, 2)), start=1)
}


def test_pasted_linear_outputs_that_are_positive_are_not_read_as_rectified(tmp_path):
    trees = {**LINEAR, "∂E/∂o1": delta(1), "∂E/∂o2": delta(2)}
    layout = replace(PLAIN, columns=(*COLUMNS, "∂E/∂o1", "∂E/∂o2"))
    example = Example(layout, trees=trees, start={**START, "eta": 0.1})
    path = write_examples(tmp_path / "x.xlsx", example)
    course = example.course()
    edits = {
        ("Sheet1", f"{LETTERS[name]}{FIRST + step}"): Cell(None, own[name])
        for step, own in enumerate(course)
        for name in ("a_h1", "a_h2")
    }
    with_cells(path, edits)
    assert {finding.kind for finding in verify_file(path).findings} == {FindingKind.HARD_CODED}
    assert {finding.quantity for finding in verify_file(path).findings} == {"a_h1", "a_h2"}
