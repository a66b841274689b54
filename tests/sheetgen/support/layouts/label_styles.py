"""How people call the quantities: label styles as data, one line of templates each."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.sheetgen.support.layouts.mathematics import Mathematics, Neuron, Parameter
from tests.sheetgen.support.layouts.program import Quantity

_CLASS = {
    "iteration": "iteration",
    "input": "i{n}",
    "target": "t{n}",
    "weight": "w{n}",
    "bias": "b{n}",
    "neuron bias": "b_{neuron}",
    "sum": "{neuron}",
    "activation": "a_{neuron}",
    "output": "a_{neuron}",
    "exponential": "exp({neuron})",
    "error": "E{n}",
    "loss": "E_total",
    "delta": "δ{neuron}",
    "slope": "∂E/∂a_{neuron}",
    "helper": "∂a_{neuron}/∂{neuron}",
    "gradient": "∂E/∂{w}",
    "new": "new {w}",
    "step": "step {w}",
    "momentum": "m_{w}",
    "squares": "v_{w}",
    "percent": "error in %",
    "eta": "η",
    "layer eta": "η{n}",
}

_OTHERS: dict[str, Mapping[str, str]] = {
    "class": {},
    "Mazur": {
        "sum": "net_{neuron}",
        "activation": "out_{neuron}",
        "output": "out_{neuron}",
        "error": "E_o{n}",
        "target": "target_o{n}",
        "gradient": "∂E_total/∂{w}",
        "eta": "lr",
    },
    "z a ŷ": {
        "input": "x{n}",
        "target": "y{n}",
        "sum": "z_{neuron}",
        "activation": "a_{neuron}",
        "output": "ŷ{n}",
        "loss": "L",
        "error": "L{n}",
        "gradient": "∂L/∂{w}",
        "eta": "α",
    },
    "subscripts": {
        "input": "i{_n}",
        "target": "t{_n}",
        "weight": "w{_n}",
        "sum": "{k}{_m}",
        "activation": "a_{k}{_m}",
        "output": "a_{k}{_m}",
        "error": "E{_n}",
    },
    "LaTeX": {
        "weight": "w_{{{n}}}",
        "input": "x_{{{n}}}",
        "sum": "{k}_{{{m}}}",
        "activation": "a_{{{neuron}}}",
        "output": "a_{{{neuron}}}",
        "gradient": r"\frac{{\partial E}}{{\partial {w}}}",
        "loss": "E_{{total}}",
    },
    "grad w1": {"gradient": "grad {w}", "loss": "loss"},
    "dE/dw1": {"gradient": "dE/d{w}", "loss": "E", "eta": "learning rate"},
    "dw1": {"gradient": "d{w}", "loss": "E_tot"},
    "w1_grad": {"gradient": "{w}_grad", "new": "{w}_new", "loss": "total error"},
    "δo1": {"delta": "δ_{neuron}", "gradient": "δE/δ{w}"},
    "delta1": {"delta": "delta_{neuron}", "gradient": "gradient {w}"},
    "old w1": {"weight": "old w{n}", "new": "new {plain}", "gradient": "∂E/∂{plain}"},
    "net h1 / h1": {
        "sum": "net {neuron}",
        "activation": "{neuron}",
        "output": "{neuron}",
        "loss": "total error",
        "delta": "delta {neuron}",
    },
    "h1 in / h1 out": {"sum": "{neuron} in", "activation": "{neuron} out", "output": "{neuron} out"},
    "i1->h1": {"weight": "{source}->{target}", "gradient": "∂E/∂({w})"},
    "w_i1h1": {"weight": "w_{source}{target}", "gradient": "∂E/∂{w}"},
    "w1_11": {"weight": "w{layer}_{s}{t}", "gradient": "dE/d{w}"},
    "w0…w7": {"weight": "w{n0}", "gradient": "dE/d{w}"},
    "predicted": {
        "input": "input {n}",
        "target": "actual {n}",
        "output": "predicted {n}",
        "sum": "z {neuron}",
        "activation": "a {neuron}",
        "loss": "cost",
        "error": "cost {n}",
        "gradient": "d cost/d {w}",
    },
    "SSE": {"loss": "SSE", "error": "SE{n}", "target": "d{n}", "output": "y{n}", "input": "x{n}"},
    "Spanish": {
        "iteration": "iteración",
        "input": "entrada {n}",
        "target": "objetivo {n}",
        "weight": "peso {n}",
        "bias": "sesgo {n}",
        "output": "salida {n}",
        "error": "error {n}",
        "loss": "error total",
        "eta": "tasa de aprendizaje",
        "gradient": "gradiente {w}",
    },
    "German": {
        "iteration": "Iteration",
        "input": "Eingabe {n}",
        "target": "Ziel {n}",
        "weight": "Gewicht {n}",
        "output": "Ausgabe {n}",
        "error": "Fehler {n}",
        "loss": "Gesamtfehler",
        "eta": "Lernrate",
        "gradient": "Gradient {w}",
    },
    "French": {
        "iteration": "itération",
        "input": "entrée {n}",
        "target": "cible {n}",
        "weight": "poids {n}",
        "bias": "biais {n}",
        "output": "sortie {n}",
        "error": "erreur {n}",
        "loss": "erreur totale",
        "eta": "taux d'apprentissage",
        "gradient": "gradient {w}",
    },
    "Portuguese": {
        "iteration": "iteração",
        "input": "entrada {n}",
        "target": "alvo {n}",
        "weight": "peso {n}",
        "bias": "viés {n}",
        "output": "saída {n}",
        "error": "erro {n}",
        "loss": "erro total",
        "eta": "taxa de aprendizado",
        "gradient": "gradiente {w}",
    },
    "Russian": {
        "iteration": "итерация",
        "input": "вход {n}",
        "target": "цель {n}",
        "weight": "вес {n}",
        "output": "выход {n}",
        "error": "ошибка {n}",
        "loss": "общая ошибка",
        "eta": "скорость обучения",
        "gradient": "градиент {w}",
    },
    "Chinese": {
        "iteration": "迭代",
        "input": "输入{n}",
        "target": "目标{n}",
        "weight": "权重{n}",
        "output": "输出{n}",
        "error": "误差{n}",
        "loss": "总误差",
        "eta": "学习率",
        "gradient": "梯度{w}",
    },
    "Hindi": {
        "iteration": "चरण",
        "input": "इनपुट {n}",
        "target": "लक्ष्य {n}",
        "weight": "भार {n}",
        "output": "आउटपुट {n}",
        "error": "त्रुटि {n}",
        "loss": "कुल त्रुटि",
        "eta": "सीखने की दर",
        "gradient": "∂E/∂{w}",
    },
}
STYLES = tuple(_OTHERS)

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class Labels:
    """The labels of one network's quantities in one style.

    Attributes:
        style: one of `STYLES`.
        plain: labels that no style knows, by the quantity's name.
    """

    style: str
    mathematics: Mathematics

    def of(self, quantity: Quantity) -> str:
        """Write the label of a quantity."""
        kind, words = self._kind(quantity)
        return self._template(kind).format(**words)

    def constant(self, name: str) -> str:
        """Write the label of a constant beside the table."""
        if name.startswith("eta"):
            number = name.removeprefix("eta")
            return self._template("layer eta" if number else "eta").format(n=number)
        return name

    def _template(self, kind: str) -> str:
        return _OTHERS[self.style].get(kind, _CLASS[kind])

    def _kind(self, quantity: Quantity) -> tuple[str, dict[str, object]]:
        role = {"count": "iteration", "rate": "eta"}.get(quantity.role, quantity.role)
        if role == "state":
            role = "momentum" if quantity.name.startswith("m") else "squares"
        parameter = next((each for each in self.mathematics.parameters if each.name == quantity.about), None)
        if role == "weight" and parameter:
            return self._parameter(parameter)
        if parameter:
            kind, words = self._parameter(parameter)
            return role, words | {"w": self._template(kind).format(**words)}
        neuron = next((e for row in self.mathematics.neurons for e in row if e.name == quantity.about), None)
        if neuron:
            is_output = role == "activation" and neuron.name.startswith("o")
            return ("output" if is_output else role), _neuron(neuron)
        number = "".join(filter(str.isdigit, quantity.name))
        return role, {"n": number, "_n": number.translate(_SUBSCRIPTS)}

    def _parameter(self, parameter: Parameter) -> tuple[str, dict[str, object]]:
        words: dict[str, object] = {
            "plain": parameter.name,
            "n": parameter.number,
            "_n": str(parameter.number).translate(_SUBSCRIPTS),
            "n0": parameter.number - 1,
            "source": parameter.source or "b",
            "target": parameter.targets[0],
            "neuron": parameter.targets[0],
            "layer": parameter.layer,
            "t": parameter.at[0],
            "s": parameter.at[1],
        }
        kind = (
            "neuron bias" if parameter.name.startswith("b_") else "bias" if parameter.name.startswith("b") else "weight"
        )
        return kind, words


def _neuron(neuron: Neuron) -> dict[str, object]:
    number = neuron.name[1:]
    return {
        "neuron": neuron.name,
        "n": neuron.position,
        "k": neuron.name[0],
        "m": number,
        "_m": number.translate(_SUBSCRIPTS),
    }
