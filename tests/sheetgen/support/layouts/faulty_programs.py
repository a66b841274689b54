"""Programs with a fault put in, and the cells that are wrong because of it."""

import random
import re
from dataclasses import dataclass, replace

import numpy as np

from tests.sheetgen.support.layouts.faults import ALWAYS_REAL, FAULTS, changed_cells
from tests.sheetgen.support.layouts.program import Place, Program, Quantity, as_number, evaluate


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


def put_fault(kind: str, program: Program, rng: random.Random) -> Faulty | None:
    """Put a fault of a kind into a program; None where there is no place for one."""
    values = evaluate(program)
    for _ in range(8):
        faulty = FAULTS[kind](program, values, rng)
        if faulty is None:
            continue
        if rng.random() < 0.5:
            faulty = _in_all_samples(program, faulty)
        changed = frozenset(changed_cells(program, faulty))
        if kind == "one row special" and changed:
            step = int(re.search(r"\{iteration\}=(\d+)", _any_content(faulty, changed))[1])  # type: ignore[index]
            here = frozenset(place for place in changed if place[1] == step - 1)
            return Faulty(faulty, here, changed) if here else None
        if changed and (kind in ALWAYS_REAL or _means_other(program, faulty, changed)):
            return Faulty(faulty, changed)
    return None


def _in_all_samples(program: Program, faulty: Program) -> Program:
    """Where each sample of an epoch has a row, put what is wrong in one of them into all."""
    for each in program.quantities:
        name, _, sample = each.name.partition("#")
        changed = faulty[each.name]
        if not sample.isdigit() or changed.formula == each.formula or each.role == "weight":
            continue
        for other in program.names(each.role):
            if other.partition("#")[0] == name:
                formula = re.sub(rf"#{sample}(?=[@}}])", f"#{other.partition('#')[2]}", changed.formula)
                faulty = faulty.changed(other, formula=formula)
        return faulty
    return faulty


def _any_content(program: Program, places: frozenset[Place]) -> str:
    name, step = next(iter(places))
    return str(program[name].content(step))


def _means_other(program: Program, faulty: Program, changed: frozenset[Place]) -> bool:
    """Tell whether some changed cell gives another number on random data of both signs."""
    rng = np.random.default_rng(5)
    numbers = {
        each.name: [rng.uniform(-1.5, 1.5, each.shape) for _ in range(program.steps)] for each in program.quantities
    }
    constants = {name: rng.uniform(0.1, 1.5, np.shape(value)) for name, value in faulty.constants.items()}
    pair = []
    for one in (program, faulty):
        quantities = tuple(_other_numbers(each, numbers[each.name]) for each in one.quantities)
        try:
            pair.append(evaluate(replace(one, quantities=quantities, constants=constants)))
        except ValueError:  # matrices that do not fit
            return False
    names = {name for name, _ in changed}
    return any(_apart(pair[0][name], pair[1][name]) for name in names)


def _other_numbers(quantity: Quantity, arrays: list[np.ndarray]) -> Quantity:
    numbers = arrays if quantity.shape != (1, 1) else [float(each[0, 0]) for each in arrays]
    if quantity.role == "count":
        return quantity
    if quantity.typed or quantity.role in ("input", "target"):
        return replace(quantity, typed=tuple(numbers), formula="", exceptions={})
    return (
        quantity if quantity.first is None or isinstance(quantity.first, str) else replace(quantity, first=numbers[0])
    )


def _apart(one: list, other: list) -> bool:
    with np.errstate(all="ignore"):
        pairs = [(np.asarray(as_number(a)), np.asarray(as_number(b))) for a, b in zip(one, other, strict=True)]
    return any(np.any(np.abs(a - b) > 1e-9 * (1 + np.abs(a))) for a, b in pairs)
