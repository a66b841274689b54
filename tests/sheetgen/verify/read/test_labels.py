"""Which quantity a label means: the spellings met in public workbooks, others, and any text at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sheetgen.network import names
from sheetgen.verify.read.labels import quantity_of

# By quantity, as they stand in workbooks that people made.
MET = {
    "t1": ("actual1", "desired 1", "objetivo 1", "цель 1", "t1", "T1", "y1", "y_1", "t_1", "target 1", "Target1"),
    "i2": ("i2", "I2", "x2", "x_2", "input 2", "Input2", "in2"),
    "w1": ("old w1", "w1\u200b", "w1_x000D_\n", "peso 1", "вес 1", "权重1", "w_{1}", "w1 [–]"),
    "w1234": ("w1234", "W_1234", "w[1234]"),
    "∂E/∂w16384": ("∂E/∂w16384", "dw16384"),
    "w5": ("w5", "W5", "w_5", "w[5]", "weight 5", " w5 ", "w5:"),
    "h1": ("h1", "H1", "net_h1", "neth1", "z_h1", "in_h1", "h_1", "net h1"),
    "o2": ("o2", "O2", "net_o2", "z_o2", "o_2"),
    "a_h2": ("a_h2", "ah2", "out_h2", "outh2", "act_h2", "A_H2", "σ(h2)", "a h2", "sigmoid(h2)"),
    "a_o1": ("ŷ1", "pred1", "o1 out", "\\hat{y}_1", "a_o1", "a_O1", "ao1", "out_o1", "act_o1", "σ(net_o1)", "a_01"),
    "E1": ("E1", "e1", "E_1", "E_o1", "Error 1", "err1"),
    "E_total": (
        *("E_tot", "E_total", "E_Total", "E_T", "E Total", "ETotal", "E", "Error", "Total error", "Loss", "cost"),
        *("Total error E", "E-total", "ошибка", "Error total", "总误差"),
    ),
    "∂E/∂w1": (
        *("∂E/∂w1", "δE_total/δw1", "𝟃E/𝟃w1", "dw1", "Etotaldw1", "𝜕ETotal/ 𝜕w1", "(d)E_total/(d)w1", "𝜕E_t/𝜕w1"),
        *("\\frac{\\partial E}{\\partial w_{1}}", "w1 gradient", "derivative of E_total with respect to w1"),
        *("E∂w1", "Edw1", "∂E∂W1", "∂E_T/∂w1", "∂E_Total/∂w1", "dE/dw1", "dE_total/dw1", "grad w1", "∇w1"),
    ),
    "∂E/∂w3": ("Edw3", "∂E/∂W3"),
    "∂E/∂w5": ("∂E_total/∂W5",),
    "iteration": ("Epochs", "iteration", "Iterations", "Step", "#"),
    "eta": ("Learning Rate", "learning_rate", "η", "lr", "L.R.", "alpha", "Lernrate", "Learning rate, e.g. 0.5"),
    "b1": ("b1", "bias 1"),
    "b_h1": ("b_h1", "bias h1"),
    "b2": ("b_o", "bias (output)", "b2", "bo"),
    "a_h1_2": ("a_h1_2",),
    "∂E/∂b_o1": ("∂E/∂b_o1",),
}
BY_LABEL = [(label, quantity) for quantity, labels in MET.items() for label in labels]

# What stands beside a table, or in its text, and is no label of it.
OTHERS = (
    *(
        "",
        " ",
        "-",
        "=",
        "0.5",
        "w",
        "t",
        "a",
        "h",
        "w1 + w2",
        "new w1",
        "w1+",
        "w1_new",
        "Δw1",
        "delta w1",
        "step w1",
        "v_w1",
        "error h1",
        "output1",
        "MSE",
        "E_total (%)",
        "Σ∂E/∂w1",
        "a_h1 * (1 - a_h1)",
        "hello",
        "Sheet1",
        "weights",
        "Backpropagation",
        "w1*i1",
    ),
    *(
        "1 - a_h1",
        "w0001",
        "w01234",
        "w123456",
        "Δw",
        "E1 + E2",
        "=A1",
        "learning",
        "rate of learning",
        "x" * 41,
        "w" + "1" * 5000,
    ),
    *("\0", "\ud800", "\u202e", "١", "w\n", "\n"),
)


@pytest.mark.parametrize(("label", "quantity"), BY_LABEL)
def test_met(label: str, quantity: str) -> None:
    assert quantity_of(label) == quantity


@pytest.mark.parametrize("label", OTHERS)
def test_others_mean_nothing(label: str) -> None:
    assert quantity_of(label) is None


@given(st.text())
def test_any_text_has_an_answer(label: str) -> None:
    found = quantity_of(label)
    assert found is None or quantity_of(found) == found or found in ("eta", "iteration")


@given(st.text("aehiotwxyσ∂δdE_ /()[]{}0123456789.:ηbnsumΔ∇", max_size=20))
def test_what_is_nearly_a_label_has_an_answer_that_means_itself(label: str) -> None:
    found = quantity_of(label)
    assert found is None or quantity_of(found) == found or found in ("eta", "iteration")


@pytest.mark.parametrize("layers", [(2, 2, 2), (3, 1), (2, 3, 4, 2)])
def test_the_names_of_this_package_mean_themselves(layers: tuple[int, ...]) -> None:
    every = [each.name for each in names.weights(layers)]
    every += [names.bias(layers, layer, number) for layer, number in names.biases(layers)]
    for name in every:
        assert quantity_of(name) == name
        assert quantity_of(names.gradient(name)) == names.gradient(name)


INVISIBLE = (
    "\u00ad\u034f\u061c\u180b\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\u2061\u2064\u2066\u2069\u206f"
    "\ufe00\ufe0e\ufe0f\ufeff\ufff9\U000e0001\U000e0061\U000e0100\U000e01ef"
)
BLANKS = "\u00a0\u1680\u2003\u2007\u202f\u205f\u3000"


@pytest.mark.parametrize("sign", INVISIBLE, ids=lambda sign: f"U+{ord(sign):04X}")
@pytest.mark.parametrize("label", ["w1", "a_h1", "E_total", "∂E/∂w12", "a_h₁₂", "i1"])
def test_invisible_characters_in_a_label_make_no_difference(label: str, sign: str):
    assert quantity_of(sign.join(label)) == quantity_of(f"{label}{sign}") == quantity_of(label) is not None


@pytest.mark.parametrize("blank", BLANKS, ids=lambda sign: f"U+{ord(sign):04X}")
def test_blanks_of_any_kind_around_and_in_a_label_are_blanks(blank: str):
    assert quantity_of(f"{blank}E{blank}total{blank}") == quantity_of("E total") is not None


@pytest.mark.parametrize("label", ["w1", "a_h1", "E_total", "∂E/∂w1", "-w1"])
def test_full_width_letters_are_letters(label: str):
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in label)
    assert quantity_of(wide) == quantity_of(label)
