"""Faults as people make them, each put into a program at random."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from tests.sheetgen.support.layouts.program import NAME, Place, Program, Quantity, Values, as_number

Maker = Callable[[Program, Values, random.Random], Program | None]


def changed_cells(one: Program, other: Program) -> Iterator[Place]:
    """The cells whose content is another in another program."""
    for quantity, step in one.cells():
        before, after = quantity.content(step), other[quantity.name].content(step)
        if before is not after and (isinstance(before, str) or isinstance(after, str) or before != after):
            yield quantity.name, step


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
    wrongs = [f"ABS({name})", f"SQRT({name}^2)"]
    if not _has_arrays(program):  # a MAX of an array is one number
        wrongs += [f"MAX(0,{name})", f"IF({name}>0,{name},0)"]
    wrong = rng.choice(wrongs)
    return _everywhere(program, quantity, lambda text: text.replace(name, wrong, 1))


def _has_arrays(program: Program) -> bool:
    shapes = [each.shape for each in program.quantities]
    return set(shapes) != {(1, 1)} or any(map(np.ndim, program.constants.values()))


def _factor_left_out(program: Program, _: Values, rng: random.Random) -> Program | None:
    """Leave a factor of a product out, such as the derivative of the activation function."""
    quantity = _pick(program, rng, "delta", "gradient")
    factors = _factors(quantity.formula) if quantity else []
    kept = [each for each in factors if NAME.search(each)]
    if quantity is None or len(factors) < 2 or not kept:
        return None
    at = factors.index(rng.choice(kept))
    return _everywhere(program, quantity, lambda _: "*".join(factors[:at] + factors[at + 1 :]))


def _factors(formula: str) -> list[str]:
    """Split a product; a formula that is none is one factor."""
    found, depth = [""], 0
    for sign in formula:
        depth += (sign in "({") - (sign in ")}")
        if not depth and sign in "+-/,":
            return [formula]
        if not depth and sign == "*":
            found.append("")
        else:
            found[-1] += sign
    return found


def _other_total(program: Program, _: Values, rng: random.Random) -> Program | None:
    """Average where the others sum up."""
    quantity = _pick(program, rng, "total gradient")

    def change(text: str) -> str:
        return text.replace("SUM(", "AVERAGE(") if "SUM(" in text else text.replace("AVERAGE(", "SUM(")

    return quantity and _everywhere(program, quantity, change)


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
    if chosen is None or not isinstance(program[chosen[0]].content(chosen[1]), float):
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
        once, twice = ({name for name, _ in changed_cells(program, each)} for each in (first, second))
        if len(twice) > len(once):
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
    "factor left out": _factor_left_out,
    "wrong total of a batch": _other_total,
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
ALWAYS_REAL = {"RAND noise", "number as text", "pasted number"}
