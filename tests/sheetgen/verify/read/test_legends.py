"""Formulas written as text: what they define and how they read in the notation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgen.network.notation import write_notation
from sheetgen.network.templates import load_experiment
from sheetgen.verify.read.legends import defined_by, equation_of, expression_of

EQUATIONS = {
    "h1 = w1*i1 + w3*i2": ("h1", "{w1}*{i1}+{w3}*{i2}"),
    "h1=w1×x1+w2×x2": ("h1", "{w1}*{i1}+{w2}*{i2}"),
    "h1 = w1i1 + w2i2 + b1": ("h1", "{w1}*{i1}+{w2}*{i2}+{b1}"),
    "h1 = w1 i1 + w2 i2": ("h1", "{w1}*{i1}+{w2}*{i2}"),
    "h1 = w1*i1 + w2*i2 (weighted sum)": ("h1", "{w1}*{i1}+{w2}*{i2}"),
    "net h1 = w₁·i₁ + w₂·i₂": ("h1", "{w1}*{i1}+{w2}*{i2}"),
    "out h1 = sigmoid(net h1)": ("a_h1", "SIGMOID({h1})"),
    "a_h1 = σ(h1)": ("a_h1", "SIGMOID({h1})"),
    "a_h1 = 1/(1+EXP(-h1))": ("a_h1", "1/(1+EXP(-{h1}))"),
    "a_h1 = 1/(1+e^(-h1))": ("a_h1", "1/(1+EXP(-{h1}))"),
    "a_h1 = 1/(1+e^-h1)": ("a_h1", "1/(1+EXP(-{h1}))"),
    "a_{h1} = \\frac{1}{1 + e^{-h_1}}": ("a_h1", "(1)/(1+EXP(-{h1}))"),
    "a_h1 = max(0, h1)": ("a_h1", "MAX(0,{h1})"),
    "E1 = ½(t1 − a_o1)²": ("E1", "0.5*({t1}-{a_o1})^2"),
    "E_total = E1 + E2": ("E_total", "{E1}+{E2}"),
    "E = -(t*ln(a_o1) + (1-t)*ln(1-a_o1))": ("E_total", "-({t}*LN({a_o1})+(1-{t})*LN(1-{a_o1}))"),
    "∂E/∂w5 = (a_o1 - t1)·a_o1·(1 - a_o1)·a_h1": ("∂E/∂w5", "({a_o1}-{t1})*{a_o1}*(1-{a_o1})*{a_h1}"),
    "∂E/∂w5 = (a_o1 - t1) a_o1 (1 - a_o1) a_h1": ("∂E/∂w5", "({a_o1}-{t1})*{a_o1}*(1-{a_o1})*{a_h1}"),
    "\\frac{\\partial E}{\\partial w_5} = \\frac{\\partial E}{\\partial a_{o1}} \\cdot a_{h1}": (
        "∂E/∂w5",
        "{∂E/∂a_o1}*{a_h1}",
    ),
    "∂E/∂w5 = (a_o1 - t1)*[a_o1*(1 - a_o1)]*[a_h1]": ("∂E/∂w5", "({a_o1}-{t1})*({a_o1}*(1-{a_o1}))*({a_h1})"),
    "E1=0.5(t1-A_o1)**2": ("E1", "0.5*({t1}-{a_o1})^2"),
    "∂o1/∂w5 = a_h1": ("∂o1/∂w5", "{a_h1}"),
    "∂E/∂w1 = δh1·i1": ("∂E/∂w1", "{∂E/∂h1}*{i1}"),
    "δo1 = (a_o1 - t1)·f'(o1)": ("∂E/∂o1", "({a_o1}-{t1})*{∂a_o1/∂o1}"),
    "new w1 = w1 - η*∂E/∂w1": ("w1", "{w1}-{eta}*{∂E/∂w1}"),
    "w1 := w1 − lr·dE/dw1": ("w1", "{w1}-{eta}*{∂E/∂w1}"),
    "w1⁺ ← w1 − η·∂E/∂w1": ("w1", "{w1}-{eta}*{∂E/∂w1}"),
    "h1 = net input = w1*i1 + w2*i2": ("h1", "{w1}*{i1}+{w2}*{i2}"),
    "peso nuevo 1 = w1 - η*∂E/∂w1": ("w1", "{w1}-{eta}*{∂E/∂w1}"),
}

NO_EQUATIONS = (
    *("", "=", "h1", "hello = world", "x = 3", "h1 = w1*i1 +", "h1 = (w1*i1", "h1 = w1)*i1(", "h1 = *w1", "h1 = EXP"),
    *("η = learning rate", "dE/dw1 = slope", "w1 = the first weight", "E = Σ ½(t − a)²", "E1 = 0.5 * (", "=A1+B1"),
    *("h1 = w1_new * i1", "h1 = e^", "h1 = e^-(i1)", "h1 = 1 2 3", "x" * 301),
)


@pytest.mark.parametrize(("text", "parts"), EQUATIONS.items())
def test_an_equation_is_split_and_written_in_the_notation(text: str, parts: tuple[str, str]) -> None:
    found = equation_of(text)
    assert found is not None
    assert (found[0].name, found[1]) == parts


@pytest.mark.parametrize("text", NO_EQUATIONS)
def test_what_cannot_be_read_as_a_whole_is_none(text: str) -> None:
    assert equation_of(text) is None


def test_what_is_defined_is_told_even_where_the_right_hand_side_cannot_be_read() -> None:
    found = defined_by("loss = ½ Σ (Z2 − Y)²")
    assert found is not None
    assert found.role == "loss"
    assert defined_by("loss") is None


def test_the_update_defines_the_new_weight() -> None:
    found = equation_of("w1_new = w1 - η*∂E/∂w1")
    assert found is not None
    assert found[0].when == "new"


def test_a_right_hand_side_alone_is_read_too() -> None:
    assert expression_of("w1-#lr*∂E/∂w1") == "{w1}-{eta}*{∂E/∂w1}"
    assert expression_of("(...)") is None


@pytest.mark.parametrize("template", ["class", "deep", "mazur"])
def test_the_lines_that_this_package_shows_are_read_back(template: str) -> None:
    computed = [each for each in write_notation(load_experiment(template)).quantities if each.name[0] in "hoaE∂w"]
    assert len(computed) > 20
    for quantity in computed:
        found = equation_of(quantity.line)
        assert found is not None, quantity.line
        assert found[0].name == quantity.name
        if "EXP" not in quantity.formulas[-1] and quantity.rule is None:
            assert found[1] == quantity.formulas[-1].replace("@1}", "}"), quantity.line


@given(st.text("whiotaE1_ =+-*/^()½²σ∂δ.,e", max_size=25))
def test_any_text_has_an_answer(text: str) -> None:
    found = equation_of(text)
    assert found is None or found[1].count("(") == found[1].count(")")
