"""How people label the columns of the exercise: spellings met in public workbooks, and reasonable others."""

import re
from collections.abc import Mapping

from tests.sheetgen.support.equivalent_workbooks import Label

_LOW = "₀₁₂₃₄₅₆₇₈₉"

# What stands for each quantity, by a pattern of its name; all others are called as they are.
SPELLINGS: dict[str, Mapping[str, str]] = {
    "out_h1": {r"a_(.*)": r"out_\1", "E_total": "E_tot", r"∂E/∂(.*)": r"𝟃E/𝟃\1"},
    "x and y": {r"i(\d)": r"x\1", r"t(\d)": r"y\1", "E_total": "E_Total", r"∂E/∂(.*)": r"δE_total/δ\1"},
    "capitals": {
        r"i(\d)": r"I\1",
        r"t(\d)": r"T\1",
        r"w(\d)": r"W\1",
        r"a_o(\d)": r"a_O\1",
        "E_total": "E_T",
        r"∂E/∂w(\d)": r"∂E_total/∂W\1",
    },
    "act_h1": {r"a_(.*)": r"act_\1", "E_total": "E Total", r"∂E/∂(.*)": r"d\1"},
    "ah1": {r"a_(.*)": r"a\1", "E_total": "ETotal", r"∂E/∂(.*)": r"𝜕ETotal/ 𝜕\1"},
    "Etotaldw1": {"E_total": "Etotal", r"∂E/∂(.*)": r"Etotald\1"},
    "(d)E_total/(d)w1": {r"∂E/∂(.*)": r"(d)E_total/(d)\1"},
    "𝜕E_t/𝜕w1": {"E_total": "E_t", r"∂E/∂(.*)": r"𝜕E_t/𝜕\1"},
    "E∂w1": {r"∂E/∂(.*)": r"E∂\1"},
    "Edw1": {r"∂E/∂(.*)": r"Ed\1"},
    "∂E∂W1": {r"∂E/∂w(\d)": r"∂E∂W\1"},
    "words": {
        r"i(\d)": r"Input \1",
        r"t(\d)": r"Target \1",
        r"w(\d)": r"Weight \1",
        r"([ho]\d)": r"net \1",
        r"a_(.*)": r"Output \1",
        r"E(\d)": r"Error \1",
        "E_total": "Total Error",
        r"∂E/∂(.*)": r"dE/d\1",
    },
    "net_h1": {r"([ho]\d)": r"net_\1", r"a_(.*)": r"out_\1", r"E(\d)": r"E_o\1", r"∂E/∂(.*)": r"grad \1"},
    "z_h1": {
        r"([ho]\d)": r"z_\1",
        r"a_(.*)": r"σ(\1)",
        r"E(\d)": r"E_\1",
        "E_total": "Loss",
        r"∂E/∂(.*)": r"dLoss/d\1",
    },
    "w_1": {r"(a_)?([itwho])(\d)": r"\1\2_\3", r"∂E/∂w(\d)": r"∂E/∂w_\1"},
    "nabla": {r"∂E/∂(.*)": r"∇\1", "E_total": "Etot"},
    "subscripts": {rf"(.*[itw]){number}": rf"\1{sign}" for number, sign in enumerate(_LOW)},
    "line break": {r"∂E/∂(.*)": r"∂E/\n∂\1"},
    "in_h1": {r"([ho]\d)": r"in_\1", r"a_(.*)": r"out_\1"},
    "sum_h1": {r"([ho]\d)": r"sum_\1", r"a_(.*)": r"sigmoid(\1)"},
    "hidden 1": {r"(a_)?h(\d)": r"\1hidden \2", r"(a_)?o(\d)": r"\1output \2"},
    "input1": {r"i(\d)": r"input\1", r"t(\d)": r"target\1", r"w(\d)": r"w[\1]"},
    "target_o1": {r"t(\d)": r"target_o\1", r"E(\d)": r"E_o\1"},
    "i1 (input)": {r"(i\d)": r"\1 (input)", r"(t\d)": r"\1 (target)", r"(w\d)": r"\1 (new)"},
    "yhat1": {r"t(\d)": r"y\1", r"a_o(\d)": r"yhat\1"},
    "Error_total": {"E_total": "Error_total", r"E(\d)": r"Error_\1", r"∂E/∂(.*)": r"∂Error/∂\1"},
    "Total": {"E_total": "Total", r"∂E/∂(.*)": r"dE_d\1"},
    "E(total)": {"E_total": "E(total)", r"∂E/∂(.*)": r"∂(E)/∂(\1)"},
    "ΣE": {"E_total": "ΣE", r"∂E/∂(.*)": r"gradient of \1"},
    "Cost": {"E_total": "Cost", r"∂E/∂(.*)": r"dC/d\1"},
    "J": {"E_total": "J", r"∂E/∂(.*)": r"∂J/∂\1"},
    "blanks": {r"(.*)": "\u00a0\\1 "},
    "L": {"E_total": "L", r"∂E/∂(.*)": r"dL/d\1"},
}


def label_by(spelling: str) -> Label:
    """Return what writes the labels in a spelling."""
    rules = SPELLINGS[spelling]

    def label(name: str) -> str:
        for pattern, text in rules.items():
            match = re.fullmatch(pattern, name)
            if match:
                return match.expand(text)
        return name

    return label
