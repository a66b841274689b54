"""Single faults in a program, as people make them, and the cells that are wrong because of each."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from tests.sheetgen.support.layouts.program import NAME, Program, Quantity, Values, as_number, evaluate

Place = tuple[str, int]


@dataclass(frozen=True)
class Faulty:
    """A program with a fault.

    Attributes:
        program: with the fault in it.
        wrong: the quantities and iterations that must be found.
        allowed: further ones that hold the same wrong formula, and may be named as well.
    """

    program: Program
    wrong: frozenset[Place]
    allowed: frozenset[Place] = frozenset()


Maker = Callable[[Program, Values, random.Random], Program | None]


def put_fault(kind: str, program: Program, rng: random.Random) -> Faulty | None:
    """Put a fault of a kind into a program; None where there is no place for one."""
    values = evaluate(program)
    for _ in range(8):
        faulty = FAULTS[kind](program, values, rng)
        if faulty is None:
            continue
        changed = frozenset(_changed(program, faulty))
        if kind == "one row special" and changed:
            step = int(re.search(r"\{iteration\}=(\d+)", _any_content(faulty, changed))[1])  # type: ignore[index]
            here = frozenset(place for place in changed if place[1] == step - 1)
            return Faulty(faulty, here, changed) if here else None
        if changed and (kind in _ALWAYS_REAL or _means_other(program, faulty, changed)):
            return Faulty(faulty, changed)
    return None


def _any_content(program: Program, places: frozenset[Place]) -> str:
    name, step = next(iter(places))
    return str(program[name].content(step))


def _changed(one: Program, other: Program) -> Iterator[Place]:
    for quantity, step in one.cells():
        if quantity.content(step) != other[quantity.name].content(step):
            yield quantity.name, step


def _means_other(program: Program, faulty: Program, changed: frozenset[Place]) -> bool:
    """Tell whether some changed cell gives another number on random data of both signs."""
    rng = random.Random(5)
    pair = []
    numbers: dict[str, tuple[float, ...]] = {}
    for each in program.quantities:
        numbers[each.name] = tuple(rng.uniform(-1.5, 1.5) for _ in range(program.steps))
    for one in (program, faulty):
        quantities = tuple(_other_numbers(each, numbers[each.name]) for each in one.quantities)
        constants = {name: 0.1 + 0.37 * at for at, name in enumerate(one.constants)}
        pair.append(evaluate(replace(one, quantities=quantities, constants=constants)))
    names = {name for name, _ in changed}
    return any(_apart(pair[0][name], pair[1][name]) for name in names)


def _other_numbers(quantity: Quantity, numbers: tuple[float, ...]) -> Quantity:
    if quantity.role == "count":
        return quantity
    if quantity.typed or quantity.role in ("input", "target"):
        return replace(quantity, typed=numbers, formula="", exceptions={})
    return replace(quantity, first=numbers[0]) if isinstance(quantity.first, float) else quantity


def _apart(one: list, other: list) -> bool:
    with np.errstate(all="ignore"):
        pairs = [(np.asarray(as_number(a)), np.asarray(as_number(b))) for a, b in zip(one, other, strict=True)]
    return any(np.any(np.abs(a - b) > 1e-9 * (1 + np.abs(a))) for a, b in pairs)


def _pick(program: Program, rng: random.Random, *roles: str) -> Quantity | None:
    names = program.names(*roles)
    return program[rng.choice(names)] if names else None


def _everywhere(program: Program, quantity: Quantity, change: Callable[[str], str | None]) -> Program | None:
    """Change a formula in all rows."""
    formula = change(quantity.formula)
    if formula is None or formula == quantity.formula:
        return None
    first = change(quantity.first) if isinstance(quantity.first, str) else quantity.first
    return program.changed(quantity.name, formula=formula, first=first)


def _factor(program: Program, _: Values, rng: random.Random) -> Program | None:
    names = program.names("gradient")
    if len(names) < 2:
        return None
    return _everywhere(program, program[rng.choice(names)], lambda text: f"1.5*({text})")


def _other_of_its_kind(program: Program, name: str, rng: random.Random) -> str | None:
    role, family = program[name].role, re.sub(r"\d+.*", "", name)
    others = [each for each in program.names(role) if each != name and re.sub(r"\d+.*", "", each) == family]
    return rng.choice(others) if others else None


def _activation_in_two(program: Program, _: Values, rng: random.Random) -> Program | None:
    hidden = [name for name in program.names("activation") if name.startswith("a_h")]
    if len(hidden) < 2:
        return None
    right, wrong = rng.sample(hidden, 2)
    using = [name for name in program.names("gradient") if f"{{{right}}}" in program[name].formula]
    for name in rng.sample(using, min(2, len(using))):
        program = program.changed(name, formula=program[name].formula.replace(f"{{{right}}}", f"{{{wrong}}}"))
    return program if len(using) > 1 else None


def _ascent(program: Program, _: Values, rng: random.Random) -> Program | None:
    """Step along the gradient."""

    def change(text: str) -> str | None:
        match = re.search(r"\}([-+])", text)
        if match is None:
            return None
        other = "-" if match[1] == "+" else "+"
        return text[: match.start(1)] + other + text[match.end(1) :]

    updates = [name for name in program.names("weight", "new") if re.search(r"\}[-+]", program[name].formula)]
    return _everywhere(program, program[rng.choice(updates)], change) if updates else None


def _twice(program: Program, _: Values, rng: random.Random) -> Program | None:
    """Let a sum take one of its weights twice, and another not at all."""
    quantity = _pick(program, rng, "sum")
    weights = [m[1] for m in NAME.finditer(quantity.formula) if m[1].startswith("w")] if quantity else []
    if quantity is None or len(weights) < 2:
        return None
    wrong, right = rng.sample(weights, 2)
    return _everywhere(program, quantity, lambda text: re.sub(rf"\{{{right}(@\d)?\}}", rf"{{{wrong}\1}}", text))


def _other_name(*roles: str) -> Maker:
    """Take another quantity of the same kind in a formula."""

    def make(program: Program, _: Values, rng: random.Random) -> Program | None:
        quantity = _pick(program, rng, *roles)
        names = [m[1] for m in NAME.finditer(quantity.formula) if m[1] in _names(program)] if quantity else []
        if quantity is None or not names:
            return None
        right = rng.choice(names)
        wrong = _other_of_its_kind(program, right, rng)
        if wrong is None or wrong == quantity.name:
            return None
        return _everywhere(program, quantity, lambda text: text.replace(f"{{{right}", f"{{{wrong}"))

    return make


def _names(program: Program) -> set[str]:
    return {each.name for each in program.quantities}


def _target_above(program: Program, _: Values, rng: random.Random) -> Program | None:
    roles = ("error", "gradient", "delta", "slope")
    using = [name for name in program.names(*roles) if re.search(r"\{t\d\}", program[name].formula)]
    if not using or program.steps < 3:
        return None
    quantity = program[rng.choice(using)]
    formula = re.sub(r"\{(t\d)\}", r"{\1@1}", quantity.formula)
    start = 2 if program.starts_empty else 1  # there is no row above the first
    return program.changed(quantity.name, exceptions=dict.fromkeys(range(start, program.steps), formula))


def _negative(program: Program, _: Values, rng: random.Random) -> Program | None:
    """Be right for positive numbers only."""
    quantity = _pick(program, rng, "sum", "gradient", "delta")
    names = [m[0] for m in NAME.finditer(quantity.formula)] if quantity else []
    if quantity is None or not names:
        return None
    name = rng.choice(names)
    wrong = rng.choice((f"ABS({name})", f"MAX(0,{name})", f"SQRT({name}^2)", f"IF({name}>0,{name},0)"))
    return _everywhere(program, quantity, lambda text: text.replace(name, wrong, 1))


def _special_row(program: Program, _: Values, rng: random.Random) -> Program | None:
    quantity = _pick(program, rng, "sum", "activation", "gradient", "delta")
    if quantity is None or "iteration" not in _names(program) or program.steps < 4 or program.starts_empty:
        return None
    step = rng.randint(2, program.steps)
    return _everywhere(program, quantity, lambda text: f"IF({{iteration}}={step},0.1,{text})")


def _noise(program: Program, _: Values, rng: random.Random) -> Program | None:
    quantity = _pick(program, rng, "sum", "activation", "gradient", "loss", "delta")
    return quantity and _everywhere(program, quantity, lambda text: f"{text}+(RAND()-0.5)*0.000000001")


def _at_one_step(program: Program, rng: random.Random, roles: tuple[str, ...]) -> Place | None:
    quantity = _pick(program, rng, *roles)
    steps = [step for each, step in program.cells() if quantity and each.name == quantity.name]
    return (quantity.name, rng.choice(steps)) if quantity and steps else None


def _text(program: Program, values: Values, rng: random.Random) -> Program | None:
    """Type a number as a text."""
    chosen = _at_one_step(program, rng, ("input", "target", "weight"))
    if chosen is None or isinstance(program[chosen[0]].content(chosen[1]), str):
        return None
    name, step = chosen
    return program.changed(name, exceptions={step: f"'{values[name][step]}"})


def _pasted(program: Program, values: Values, rng: random.Random) -> Program | None:
    """Paste a number over a formula, with its digits or with four."""
    roles = ("sum", "activation", "error", "loss", "gradient", "weight", "delta")
    chosen = _at_one_step(program, rng, roles)
    if chosen is None or not isinstance(program[chosen[0]].content(chosen[1]), str):
        return None
    name, step = chosen
    if program[name].shape != (1, 1):
        return None
    value = float(as_number(values[name][step]))
    return program.changed(name, exceptions={step: rng.choice((value, float(f"{value:.4g}")))})


def _hidden(program: Program, _: Values, rng: random.Random) -> Program | None:
    """Be wrong in one of the rows that are hidden, the third to the fifth."""
    quantity = _pick(program, rng, "gradient", "sum", "delta")
    if quantity is None or program.steps < 6:
        return None
    step = rng.randint(2, 4)
    return program.changed(quantity.name, exceptions={step: f"1.5*({quantity.content(step)})"})


def _wrong_rate(program: Program, _: Values, rng: random.Random) -> Program | None:
    """Take another constant for the learning rate in one update."""
    updates = [
        name for name in program.names("weight", "new", "step") if re.search(r"\{eta\d?\}", program[name].formula)
    ]
    others = [name for name in program.constants if name.startswith("eta")]
    if not updates or not others:
        return None
    name = rng.choice(updates)
    right = re.search(r"\{(eta\d?)\}", program[name].formula)
    assert right
    wrong = rng.choice([each for each in others if each != right[1]] or ["tolerance"])
    if wrong == "tolerance":
        program = replace(program, constants={**program.constants, "tolerance": 0.01})
    return _everywhere(program, program[name], lambda text: text.replace(right[0], f"{{{wrong}}}"))


def _label(program: Program, _: Values, rng: random.Random) -> Program | None:
    """Let a sum's label stand over the formula of its neighbour."""
    quantity = _pick(program, rng, "sum")
    other = quantity and _other_of_its_kind(program, quantity.name, rng)
    if quantity is None or other is None:
        return None
    before = {match[1] for match in NAME.finditer(quantity.formula) if match[1][0] in "ia"}
    if before != {match[1] for match in NAME.finditer(program[other].formula) if match[1][0] in "ia"}:
        return None
    return _everywhere(program, quantity, lambda _: program[other].formula)


def _two(program: Program, values: Values, rng: random.Random) -> Program | None:
    """Put in two faults, in different quantities."""
    for _ in range(8):
        first = rng.choice((_factor, _ascent, _twice))(program, values, rng)
        second = first and rng.choice((_factor, _ascent, _pasted))(first, values, rng)
        if first is None or second is None:
            continue
        if len({name for name, _ in _changed(program, second)}) > len({name for name, _ in _changed(program, first)}):
            return second
    return None


FAULTS: dict[str, Maker] = {
    "factor in a gradient": _factor,
    "activation in two gradients": _activation_in_two,
    "ascent": _ascent,
    "a weight twice": _twice,
    "two faults": _two,
    "helper column": _other_name("helper"),
    "new w column": _other_name("new"),
    "wrong delta": _other_name("delta"),
    "wrong slope column": _other_name("slope"),
    "optimiser's state": _other_name("state"),
    "target from the row above": _target_above,
    "wrong for negative numbers": _negative,
    "one row special": _special_row,
    "RAND noise": _noise,
    "number as text": _text,
    "pasted number": _pasted,
    "hidden row": _hidden,
    "rate from the wrong cell": _wrong_rate,
    "neighbour's formula": _label,
}
_ALWAYS_REAL = {"RAND noise", "number as text", "pasted number"}
