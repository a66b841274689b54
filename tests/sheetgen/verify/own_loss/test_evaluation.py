"""Formulas with their derivatives give what the spreadsheet engine gives, and slope as PyTorch and differences do."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sheetgen.verify.own_loss.dual_functions import FUNCTIONS, INFIX
from sheetgen.verify.own_loss.duals import UnknownFunctionError
from tests.sheetgen.support.dual_formulas import (
    Cells,
    directions_of,
    dual_value,
    engine_value,
    flat_slope,
    flat_value,
)

# Of two numbers, A1 and B1, of 0.2 to 0.9, which every function is defined on.
SMOOTH = {
    "EXP": "EXP(A1)",
    "LN": "LN(A1)",
    "LOG10": "LOG10(A1)",
    "LOG": "LOG(A1,B1+1)+LOG(B1)",
    "SQRT": "SQRT(A1)",
    "ABS": "ABS(A1)+ABS(-B1)+ABS(A1-B1)",
    "TANH": "TANH(A1)",
    "SINH": "SINH(A1)",
    "COSH": "COSH(A1)",
    "SIN": "SIN(A1)",
    "COS": "COS(A1)",
    "ATAN": "ATAN(A1)",
    "N": "N(A1)*2",
    "VALUE": "VALUE(A1)*2",
    "SUM": "SUM(A1:B2,A1,3)",
    "AVERAGE": "AVERAGE(A1:B2,A1,3)",
    "PRODUCT": "PRODUCT(A1:B2,A1,3)",
    "SUMPRODUCT": "SUMPRODUCT(A1:A2,B1:B2)+SUMPRODUCT((A1:A2-B1:B2)^2)",
    "SUMSQ": "SUMSQ(A1:B2,3)",
    "SUMXMY2": "SUMXMY2(A1:A2,B1:B2)",
    "MAX": "MAX(A1:B2)+MAX(A1,B1)*MAX(0,A1-B1)",
    "MIN": "MIN(A1:B2)+MIN(A1,B1)*MIN(0,A1-B1)",
    "POWER": "POWER(A1,B1)+POWER(A1,3)+POWER(2,B1)",
    "MOD": "MOD(A1,0.3)+MOD(2,B1)",
    "IFERROR": "IFERROR(A1*B1,7)+IFERROR(A1/(B1-B1),B1)",
    "IFNA": "IFNA(A1*B1,7)",
    "TRANSPOSE": "SUMPRODUCT(TRANSPOSE(A1:A2)*A1:B1)",
    "AND": "IF(AND(A1>0,B1>A1),A1,B1)",
    "OR": "IF(OR(A1<0,B1>A1),A1,B1)",
    "NOT": "IF(NOT(B1>A1),A1,B1)",
    "COUNT": "A1*COUNT(A1:B2)",
    "COUNTA": "A1*COUNTA(A1:B2)",
    "ROWS": "A1*ROWS(A1:C2)",
    "COLUMNS": "A1*COLUMNS(A1:C2)",
    "PI": "A1*PI()",
    "+": "A1+B1",
    "-": "A1-B1",
    "*": "A1*B1",
    "/": "A1/B1",
    "^": "A1^B1+(-A1)^2+(A1-B1)^3",
    "IF": "IF(A1>B1,A1*B1,B1^2)",
    "IFS": "IFS(A1>B1,A1,A1<B1,B1^2)",
    "LET": "LET(_xlpm.s,A1*2,_xlpm.t,_xlpm.s+B1,_xlpm.s*_xlpm.t)",
    "INDEX": "INDEX(A1:B2,2,1)*INDEX(A1:A2,2)",
    "INDEX of an array": "INDEX(A1:B2*A1:B2,2,1)",
    "a whole row": "SUM(INDEX(A1:B2,1,0))*SUM(INDEX(A1:B2,0,2))",
    "percent": "A1%*B1",
    "signs": "-A1^2-+B1",
}
# Steps: their slope is zero wherever it is defined.
STEPS = {
    "SIGN": "SIGN(A1-B1)",
    "INT": "INT(A1*9)+INT(-A1*9)",
    "TRUNC": "TRUNC(A1*9)+TRUNC(-A1*9)",
    "ROUND": "ROUND(A1*9,0)+ROUND(-A1*9,0)+ROUND(B1*70,-1)",
    "ROUNDUP": "ROUNDUP(A1*9,0)+ROUNDUP(-A1*9,0)",
    "ROUNDDOWN": "ROUNDDOWN(A1*9,0)+ROUNDDOWN(-A1*9,0)",
    "ISNUMBER": "ISNUMBER(A1)+0",
    "ISERROR": "ISERROR(A1)+0",
    **{sign: f"(A1{sign}B1)+(A1{sign}A1)" for sign in ("=", "<>", "<", ">", "<=", ">=")},
}
BY_NUMPY = {"MMULT", "MUNIT", "POW"}  # which the engine does not know


def drawn(seed: int, count: int = 4) -> list[Cells]:
    rng = np.random.default_rng(seed)
    places = [(1, 1), (1, 2), (2, 1), (2, 2)]
    return [dict(zip(places, map(float, rng.uniform(0.2, 0.9, 4)), strict=True)) for _ in range(count)]


def differences(text: str, cells: Cells, place: tuple[int, int], step: float = 1e-3) -> float:
    """The derivative that the engine shows: central differences with Richardson extrapolation."""

    def at(move: float) -> float:
        value = engine_value(text, {**cells, place: cells[place] + move})
        return float(value) if isinstance(value, int | float) else float("nan")

    near, far = ((at(each) - at(-each)) / (2 * each) for each in (step, 2 * step))
    return (4 * near - far) / 3


def test_every_function_is_tried():
    assert set(FUNCTIONS) | set(INFIX) <= set(SMOOTH) | set(STEPS) | BY_NUMPY


@pytest.mark.parametrize("name", [*SMOOTH, *STEPS])
def test_a_function_gives_what_the_engine_gives(name):
    text, draws = "=" + {**SMOOTH, **STEPS}[name], drawn(7)
    expected = [float(engine_value(text, cells)) for cells in draws]
    assert np.broadcast_to(flat_value(dual_value(text, draws)), len(draws)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", [*SMOOTH, *STEPS])
def test_a_function_slopes_as_the_engine_does(name):
    text, draws = "=" + {**SMOOTH, **STEPS}[name], drawn(7)
    slope = flat_slope(dual_value(text, draws), draws)
    for cells, found in zip(draws, slope, strict=True):
        expected = [differences(text, cells, place) for place in directions_of(cells)]
        assert found == pytest.approx(expected, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("digits", [1, 2, 6])
@pytest.mark.parametrize("function", ["ROUND", "ROUNDUP", "ROUNDDOWN", "TRUNC"])
def test_rounding_to_decimals_counts_as_the_identity(function, digits):
    draws = drawn(1)
    found = dual_value(f"={function}(A1*B1,{digits})", draws)
    assert flat_value(found).tolist() == [cells[1, 1] * cells[1, 2] for cells in draws]
    assert flat_slope(found, draws).tolist() == [[cells[1, 2], cells[1, 1], 0, 0] for cells in draws]


MATRICES = {
    "MMULT(A1:B2,A1:B2)": lambda a: a @ a,
    "MMULT(A1:B2,TRANSPOSE(A1:B2))": lambda a: a @ a.T,
    "MMULT(TRANSPOSE(A1:A2),B1:B2)": lambda a: a[:, :1].T @ a[:, 1:],
    "MMULT(A1:B2-MUNIT(2),A1:B2)": lambda a: (a - np.eye(2)) @ a,
    "MMULT({1,2;3,4},A1:B2^2)": lambda a: np.array([[1, 2], [3, 4]]) @ a**2,
    "A1:B2*TRANSPOSE(A1:B2)": lambda a: a * a.T,
    "A1:A2*A1:B1": lambda a: a[:, :1] * a[:1],
    "A1:B2-A1": lambda a: a - a[0, 0],
    "IF(A1:B2>0.5,A1:B2,0)": lambda a: np.where(a > 0.5, a, 0),
    "POW(A1:B2,3)": lambda a: a**3,
}


@pytest.mark.parametrize("text", MATRICES)
def test_matrices_give_what_numpy_gives(text):
    draws, function = drawn(3), MATRICES[text]
    found = dual_value("=" + text, draws)
    for at, cells in enumerate(draws):
        numbers = np.array(list(cells.values())).reshape(2, 2)
        assert found.value[..., at] == pytest.approx(function(numbers), rel=1e-12)
        for direction in range(4):
            move = np.zeros(4)
            move[direction] = 1e-5
            move = move.reshape(2, 2)
            expected = (function(numbers + move) - function(numbers - move)) / 2e-5
            assert found.slope[:, :, at, direction] == pytest.approx(expected, rel=1e-6, abs=1e-8)


HELD: Cells = {(1, 1): 0.548, (2, 1): -1.934, (1, 5): "text", (2, 5): None, (3, 5): 4.5, (1, 7): 0.0, (2, 7): -1.0}
_ODD = """
SUM(E1:E3) SUM(E1) SUM(E1,A1) SUM(E2,A1) AVERAGE(E1:E3) AVERAGE(E1,A1) COUNT(E1:E3) COUNT(E1) COUNT(E2)
MAX(E1:E3) MAX(E1,A1) MIN(E1:E3) MIN(E1,A1) PRODUCT(E1:E3) PRODUCT(E1,A1) SUMSQ(E1:E3) SUMSQ(E1,A1)
SUMPRODUCT(E1:E3,A1:A3) E2+1 E2*2 E1+1 -E1 E1>1 E1<1 1>E1 1<=E1 E1="TEXT" E1<>"text" E2="" E2=0 E2<>0 E1=1 E1<>1 N(E1)
N(E2) IF(E1="text",A1,2) IF(E2="",A1,2) AND(A1:A2) OR(G1:G1) OR(G1:G2) AND(G1:G2) AND(E3:E3,1) AND(-1,0) OR(-1,0)
AND(E2:E3) AND(G1,A1) NOT(A1) ISNUMBER(E1) ISNUMBER(E2) ISNUMBER(A1) ISNUMBER(1/0) ISERROR(E1) ISERROR(E2) ISERROR(1/0)
1/0 LN(0) LN(-1) EXP(1000) SQRT(-1) 0^-1 (-8)^(1/3) LOG10(0) MOD(1,0) INDEX(A1:C2,4,1)
1/0>1 1=1/0 IF(1/0>1,2,3) IF(1/0,2,3) NOT(1/0) MAX(1/0,2) MIN(1/0,2) AND(1/0,1) OR(1/0,1) SUM(1/0,1)
IFERROR(1/0,7) IFERROR(IF(1/0>1,2,3),7) IFERROR(E1+1,7) IF(A1>0,1) IF(A1<0,1) IF(FALSE,1) IF(TRUE,1,1/0) IFS(A1>9,1)
TRUE+1 (A1>0)*2 SUM({1,2;3,4}) SUM({-1,2}) SUMPRODUCT(--(A1:A2>0)) A1*1%
LET(_xlpm.x,1,LET(_xlpm.x,2,_xlpm.x)+_xlpm.x) LET(_xlpm.f,LAMBDA(_xlpm.x,_xlpm.x^2),_xlpm.f(A1)+_xlpm.f(3))
"""
ODD = _ODD.split()


@pytest.mark.parametrize("text", ODD)
def test_texts_empty_cells_and_errors_count_as_in_the_engine(text):
    expected, found = engine_value("=" + text, HELD), dual_value("=" + text, [HELD])
    if isinstance(expected, str):
        assert expected.startswith("#")
        assert np.isnan(flat_value(found)).all()
    else:
        assert flat_value(found) == pytest.approx(float(expected or 0))


@pytest.mark.parametrize(
    "text", ["SUMIF(A1:A2,1)", "COUNTA(E1:E3)", "COUNTA(E1)", "INDEX(A1:A2,A1:A2)", "OFFSET(A1,1,0)", "A1#"]
)
def test_what_has_no_rule_is_refused(text):
    with pytest.raises(UnknownFunctionError):
        dual_value("=" + text, [HELD])


def test_a_formula_nested_too_deeply_is_refused():
    with pytest.raises(UnknownFunctionError):
        dual_value("=" + "+".join(["A1"] * 250), [HELD])


@pytest.mark.parametrize(
    ("called", "written_out"),
    [
        ("LAMBDA(_xlpm.x,_xlpm.y,_xlpm.x*_xlpm.x-_xlpm.y)(A1,B1)", "A1*A1-B1"),
        ("square(A1)+B1", "A1^2+B1"),  # a function of the book
        ("LET(_xlpm.x,B1,square(A1)*_xlpm.x)", "A1^2*B1"),
        ("LAMBDA(_xlpm.x,LAMBDA(_xlpm.x,_xlpm.x*2)(A1)+_xlpm.x)(B1)", "A1*2+B1"),
    ],
)
def test_a_lambda_is_its_formula_with_the_arguments_put_in(called, written_out):
    draws = drawn(2)
    found, expected = (dual_value("=" + text, draws) for text in (called, written_out))
    assert flat_value(found).tolist() == flat_value(expected).tolist()
    assert flat_slope(found, draws).tolist() == flat_slope(expected, draws).tolist()


_UNARY = {"TANH": "tanh", "ATAN": "atan", "SIN": "sin", "ABS": "abs", "SIGN": "sign"}
Pair = tuple[str, str]
"""The same formula in a spreadsheet's words and in PyTorch's."""


def _leaves() -> st.SearchStrategy[Pair]:
    cells = [(f"{letter}{row}", f"x[{row - 1},{at}]") for row in (1, 2) for at, letter in enumerate("AB")]
    return st.sampled_from([*cells, *((each, f"c({each})") for each in ("0.5", "2", "1", "0", "3"))])


def _grown(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    def infix(parts: tuple[Pair, str, Pair]) -> Pair:
        (x, tx), sign, (y, ty) = parts
        return f"({x}{sign}{y})", f"({tx}{sign}{ty})"

    def chosen(parts: tuple[Pair, str, Pair, Pair, Pair]) -> Pair:
        (x, tx), sign, (y, ty), (one, t_one), (two, t_two) = parts
        return f"IF({x}{sign}{y},{one},{two})", f"({t_one} if {tx}{sign}{ty} else {t_two})"

    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(infix),
        st.tuples(inner, st.sampled_from("<>"), inner, inner, inner).map(chosen),
        st.tuples(st.sampled_from(sorted(_UNARY)), inner).map(
            lambda parts: (f"{parts[0]}({parts[1][0]})", f"torch.{_UNARY[parts[0]]}({parts[1][1]})")
        ),
        inner.map(lambda part: (f"1/(1+EXP(-{part[0]}))", f"1/(1+torch.exp(-{part[1]}))")),
        inner.map(lambda part: (f"LN(1+{part[0]}^2)", f"torch.log(1+({part[1]})**2)")),
        inner.map(lambda part: (f"-({part[0]})", f"-({part[1]})")),
        st.tuples(inner, inner).map(
            lambda two: (f"MAX({two[0][0]},{two[1][0]})", f"torch.maximum({two[0][1]},{two[1][1]})")
        ),
        st.tuples(inner, inner).map(
            lambda two: (f"SUM(A1:B2,{two[0][0]},{two[1][0]})", f"(x.sum()+{two[0][1]}+{two[1][1]})")
        ),
    )


formulas = st.recursive(_leaves(), _grown, max_leaves=12)
_repeatable = settings(deadline=None, derandomize=True, max_examples=150)


@_repeatable
@given(pair=formulas, seed=st.integers(0, 99))
def test_any_formula_gives_and_slopes_as_the_engine_does(pair, seed):
    text, cells = "=" + pair[0], drawn(seed, 1)[0]
    expected, found = engine_value(text, cells), dual_value(text, [cells])
    if isinstance(expected, str):
        assert not np.isfinite(flat_value(found)).all()
        return
    assert flat_value(found) == pytest.approx(float(expected or 0), rel=1e-9, abs=1e-12)
    place = directions_of(cells)[seed % 4]
    slope, coarse = (differences(text, cells, place, step) for step in (1e-4, 3e-4))
    assume(abs(slope - coarse) < 1e-5 * (1 + abs(slope)))  # else there is a kink nearby
    assert flat_slope(found, [cells])[0][seed % 4] == pytest.approx(slope, rel=1e-4, abs=1e-5)


@pytest.mark.slow
@_repeatable
@given(pair=formulas, seed=st.integers(0, 99))
def test_any_formula_slopes_as_autograd_does(pair, seed):
    torch = pytest.importorskip("torch")
    cells = drawn(seed, 1)[0]
    x = torch.tensor(list(cells.values()), dtype=torch.float64).reshape(2, 2).requires_grad_()

    def constant(value: float) -> object:
        return torch.tensor(float(value), dtype=torch.float64)

    value = eval(pair[1], {"torch": torch, "x": x, "c": constant})
    found = dual_value("=" + pair[0], [cells])
    assume(np.isfinite(flat_value(found)).all())  # errors are the engine's matter
    assert flat_value(found) == pytest.approx(value.item(), rel=1e-12, abs=1e-15)
    if value.requires_grad:
        value.backward()
    gradient = [0.0] * 4 if x.grad is None else x.grad.flatten().tolist()
    assert flat_slope(found, [cells])[0] == pytest.approx(gradient, rel=1e-9, abs=1e-12)
