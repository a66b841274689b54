"""Sheets with a program and an arrangement of their own: a data block, matrices, epochs of several samples."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tests.sheetgen.support.layouts.label_styles import Labels
from tests.sheetgen.support.layouts.mathematics import Mathematics
from tests.sheetgen.support.layouts.network_program import Way, network_program
from tests.sheetgen.support.layouts.plan import Area, Plan
from tests.sheetgen.support.layouts.program import NAME, Number, Program, Quantity

SHEET = "Sheet1"


@dataclass(frozen=True)
class Special:
    """A kind of sheet.

    Attributes:
        program: its program, given the mathematics and the way it is written.
        place: its arrangement, given the program and its labels.
        loss: the name of the loss that its gradients are derivatives of.
        gradient: the name of the gradient that belongs to a parameter.
        parameters: the names of the parameters, of a program.
    """

    program: Callable[[Mathematics, Way], Program]
    place: Callable[[Program, Labels], Plan]
    loss: str
    gradient: Callable[[str], str]
    parameters: Callable[[Program], list[str]]


def _data(mathematics: Mathematics, count: int) -> list[dict[str, float]]:
    return replace(mathematics, samples=count).data()


def batch_program(mathematics: Mathematics, way: Way) -> Program:
    """A neuron trained on all rows of a data block at once: logistic or linear regression."""
    inputs = mathematics.inputs
    data = _data(mathematics, 6)
    logistic = mathematics.loss == "cross-entropy"
    columns: dict[str, Number] = {name: np.array([[each[name]] for each in data]) for name in (*inputs, "t1")}
    if logistic:
        columns["t1"] = np.round(columns["t1"])
    start = mathematics.start()
    terms = "+".join(f"{{{name}}}*{{w{at}}}" for at, name in enumerate(inputs, 1))
    given = f"1/(1+EXP(-({terms}+{{b}})))" if logistic else f"({terms}+{{b}})"
    loss = f"SUMPRODUCT(({given}-{{t1}})^2)/{2 * len(data)}"
    if logistic:
        loss = f"-SUMPRODUCT({{t1}}*LN({given})+(1-{{t1}})*LN(1-{given}))/{len(data)}"
    parameters = [*(f"w{at}" for at in range(1, len(inputs) + 1)), "b"]
    quantities = [Quantity("iteration", "count", formula="{iteration@1}+1", first=1.0)]
    for at, name in enumerate(parameters, 1):
        first = start.get(name, 0.1 * at)
        quantities.append(Quantity(name, "weight", formula=f"{{{name}@1}}-{{eta}}*{{g_{name}@1}}", first=first))
    quantities.append(Quantity("E_total", "loss", formula=loss))
    for name, factor in zip(parameters, [*(f"*{{{each}}}" for each in inputs), ""], strict=True):
        text = f"SUMPRODUCT(({given}-{{t1}}){factor})/{len(data)}"
        quantities.append(Quantity(f"g_{name}", "gradient", formula=text))
    return Program(tuple(quantities), {**columns, "eta": start["eta"]}, way.steps)


_BATCH_LABELS = {"iteration": "step", "E_total": "loss", "t1": "y"}


def _place_batch(program: Program, _: Labels) -> Plan:
    plan = Plan(program)
    columns = [name for name in program.constants if name[0] in "it"]
    for at, name in enumerate(columns, 1):
        plan.texts[Area(SHEET, 1, at)] = _BATCH_LABELS.get(name, name.replace("i", "x"))
        plan.constants[name] = Area(SHEET, 2, at, len(np.ravel(program.constants[name])))
    left = len(columns) + 3
    for at, each in enumerate(program.quantities):
        label = _BATCH_LABELS.get(each.name, each.name.replace("g_", "grad "))
        plan.texts[Area(SHEET, 1, left + at)] = label
        for step in range(program.steps):
            plan.where[each.name, step] = Area(SHEET, 2 + step, left + at)
    right = left + len(program.quantities) + 2
    for row, name in enumerate((name for name in program.constants if name not in columns), 1):
        plan.texts[Area(SHEET, row, right)] = {"eta": "learning rate"}.get(name, name)
        plan.constants[name] = Area(SHEET, row, right + 1)
    return plan


def matrix_program(mathematics: Mathematics, way: Way) -> Program:
    """A network in matrices, a few samples side by side; each quantity is an array formula."""
    rng = np.random.default_rng(mathematics.seed)
    inside, hidden, outside, samples = mathematics.layers[0], 2, 2, 1 + mathematics.seed % 3
    shapes = {"X": (inside, samples), "W1": (hidden, inside), "W2": (outside, hidden), "Y": (outside, samples)}
    given = {name: np.round(rng.uniform(-0.9, 0.9, shape), 2) for name, shape in shapes.items()}
    relu = mathematics.hidden in ("relu", "leaky relu")
    formulas = {
        "Z1": ("sum", "MMULT({W1},{X})"),
        "A1": ("activation", "IF({Z1}>0,{Z1},0)" if relu else "1/(1+EXP(-{Z1}))"),
        "Z2": ("sum", "MMULT({W2},{A1})"),
        "loss": ("loss", "SUMPRODUCT(({Z2}-{Y})^2)/2"),
        "dZ2": ("delta", "{Z2}-{Y}"),
        "dW2": ("gradient", "MMULT({dZ2},TRANSPOSE({A1}))"),
        "dA1": ("slope", "MMULT(TRANSPOSE({W2}),{dZ2})"),
        "dZ1": ("delta", "{dA1}*({Z1}>0)" if relu else "{dA1}*{A1}*(1-{A1})"),
        "dW1": ("gradient", "MMULT({dZ1},TRANSPOSE({X}))"),
        "W1 new": ("new", "{W1}-{eta}*{dW1}"),
        "W2 new": ("new", "{W2}-{eta}*{dW2}"),
    }
    shapes |= {"Z1": (hidden, samples), "A1": (hidden, samples), "Z2": (outside, samples), "dZ2": (outside, samples)}
    shapes |= {"dA1": (hidden, samples), "dZ1": (hidden, samples), "dW1": shapes["W1"], "dW2": shapes["W2"]}
    shapes |= {"W1 new": shapes["W1"], "W2 new": shapes["W2"]}
    quantities = [Quantity(name, "input", (given[name],), shape=shapes[name]) for name in ("X", "Y")]
    for name in ("W1", "W2"):
        text = f"{{{name} new@1}}"
        quantities.append(Quantity(name, "weight", formula=text, first=given[name], shape=shapes[name]))
    for name, (role, text) in formulas.items():
        quantities.append(Quantity(name, role, formula=text, shape=shapes.get(name, (1, 1))))
    return Program(tuple(quantities), {"eta": mathematics.start()["eta"]}, min(way.steps, 3))


_MATRIX_LABELS = {
    "Z1": "Z1 = W1·X",
    "Z2": "Z2 = W2·A1",
    "loss": "loss = ½ Σ (Z2 − Y)²",
    **{name: f"dL/d{name[1:]}" for name in ("dZ2", "dW2", "dA1", "dZ1", "dW1")},
}


def _place_matrices(program: Program, _: Labels) -> Plan:
    """Put one matrix below the other on the left, what belongs to the second layer beside it; one block a step."""
    plan = Plan(program)
    for row, name in enumerate(program.constants, 1):
        plan.texts[Area(SHEET, row, 1)] = {"eta": "lr"}.get(name, name)
        plan.constants[name] = Area(SHEET, row, 2)
    top = len(program.constants) + 2
    for step in range(program.steps):
        rows = {1: top, 6: top}
        for each in program.quantities:
            column = 6 if "2" in each.name or each.name in ("Y", "loss") else 1
            plan.texts[Area(SHEET, rows[column], column)] = _MATRIX_LABELS.get(each.name, each.name)
            plan.where[each.name, step] = Area(SHEET, rows[column] + 1, column, *each.shape)
            rows[column] += each.shape[0] + 2
        top = max(rows.values()) + 1
    return plan


def epoch_program(mathematics: Mathematics, way: Way) -> Program:
    """Epochs of several samples, a row each, gradients summed or averaged below, one update an epoch."""
    plain = replace(mathematics, optimiser="sgd", rate="one", samples=1)
    working = "delta" if len(mathematics.layers) > 3 or way.working == "chain" else way.working
    base = network_program(plain, Way(working=working, counted=False, steps=min(way.steps, 5)))
    data = _data(mathematics, 2 + mathematics.seed % 3)
    total = ("SUM", "AVERAGE")[mathematics.seed % 2]
    quantities: list[Quantity] = []
    for at, sample in enumerate(data):
        quantities += [_of_sample(each, at, sample, len(data)) for each in base.quantities]
    for each in base.quantities:
        if each.role in ("gradient", "loss"):
            text = f"{total}({{{each.name}#*}})"
            quantities.append(Quantity(f"{each.name}#Σ", f"total {each.role}", formula=text))
    return replace(base, quantities=tuple(quantities))


def _of_sample(quantity: Quantity, at: int, sample: Mapping[str, float], count: int) -> Quantity:
    name = f"{quantity.name}#{at}"
    if quantity.role in ("input", "target"):
        return replace(quantity, name=name, typed=(sample[quantity.name],))
    if quantity.role != "weight":
        formula = NAME.sub(lambda m: m[0] if m[1].startswith("eta") else f"{{{m[1]}#{at}}}", quantity.formula)
        return replace(quantity, name=name, formula=formula)
    if at:
        return replace(quantity, name=name, role="same weight", formula=f"{{{quantity.name}#{at - 1}}}", first=None)
    formula = f"{{{quantity.name}#{count - 1}@1}}-{{eta}}*{{g_{quantity.name}#Σ@1}}"
    return replace(quantity, name=name, formula=formula)


def _place_epochs(program: Program, labels: Labels) -> Plan:
    plan = Plan(program)
    for row, name in enumerate(program.constants, 1):
        plan.texts[Area(SHEET, row, 1)] = labels.constant(name)
        plan.constants[name] = Area(SHEET, row, 2)
    header = len(program.constants) + 2
    plan.texts[Area(SHEET, header, 1)] = "epoch"
    every = list(dict.fromkeys(each.name.partition("#")[0] for each in program.quantities))
    for at, name in enumerate(every, 2):
        plan.texts[Area(SHEET, header, at)] = labels.of(replace(program[f"{name}#0"], name=name))
    rows = sum(each.name.startswith("i1#") for each in program.quantities)
    for step in range(program.steps):
        top = header + 1 + step * (rows + 1)
        for row in range(rows):
            plan.remarks[Area(SHEET, top + row, 1)] = step + 1.0
        plan.texts[Area(SHEET, top + rows, 1)] = "Σ" if "SUM(" in program.quantities[-1].formula else "average"
        for each in program.quantities:
            name, _, sample = each.name.partition("#")
            row = top + (rows if sample == "Σ" else int(sample))
            plan.where[each.name, step] = Area(SHEET, row, 2 + every.index(name))
    return plan


SPECIAL: Mapping[str, Special] = {
    "data block": Special(
        batch_program, _place_batch, "E_total", lambda name: f"g_{name}", lambda program: program.names("weight")
    ),
    "matrices": Special(matrix_program, _place_matrices, "loss", lambda name: f"d{name}", lambda _: ["W1", "W2"]),
    "epoch blocks": Special(
        epoch_program,
        _place_epochs,
        "E_total#Σ",
        lambda name: f"g_{name.partition('#')[0]}#Σ",
        lambda program: program.names("weight"),
    ),
}
