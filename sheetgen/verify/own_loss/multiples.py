"""Where a multiple of a gradient stands: rows of numbers compared but for rounding."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sheetgen.spreadsheet.formula_tree import Node
from sheetgen.types import Array, Mask, Place
from sheetgen.verify.own_loss.draws import DRAWS, Draws

_RELATIVE, _OF_LARGEST = 1e-6, 1e-9
_NOTHING = 1e-7
_FEWEST_DRAWS = 3


@dataclass(frozen=True)
class Spot:
    """A cell, or a part of its formula, that is a multiple of a parameter's gradient."""

    place: Place
    node: Node | None
    factor: float


def same(one: Array, other: Array) -> bool:
    """Tell whether two rows of numbers are the same but for rounding."""
    both = np.isfinite(one) & np.isfinite(other)
    with np.errstate(all="ignore"):
        close = np.abs(one - other) <= _OF_LARGEST + _RELATIVE * np.abs(other)
    return bool(both.any() and close[both].all())


def spots(draws: Draws, cells: Sequence[Place], gradient: Array) -> list[Spot]:
    """Find the cells, and the parts of their formulas, that are a multiple of a gradient."""
    places, numbers = list[tuple[Place, Node | None]](), list[Array]()
    seen = set(draws.step.parameters)
    for place in cells:
        for each in (place, *draws.graph.precedents(place)):
            whole = draws.number(each) if each not in seen and (each == place or each in draws.directions) else None
            if whole is not None:
                seen.add(each)
                places.append((each, None))
                numbers.append(whole)
        for node, part in draws.records.get(place, {}).items():
            if node.kind in ("infix", "prefix", "function") and part.value.shape[2] == DRAWS:
                places.append((place, node))
                numbers.append(part.value[0, 0])
    if not places:
        return []
    factors = multiples(np.array(numbers), gradient)
    return [Spot(*spot, float(factor)) for spot, factor in zip(places, factors, strict=True) if np.isfinite(factor)]


def multiples(numbers: Array, gradient: Array) -> Array:
    """Return for each row of numbers, (n, draws), of which multiple of a gradient it is; nan for none.

    Args:
        numbers: (n, draws).
        gradient: (draws,), or (n, draws) for one of each row's own; (1, draws) numbers may be held against many.
    """
    numbers, gradient = np.broadcast_arrays(numbers, gradient)
    finite: Mask = np.isfinite(gradient) & np.isfinite(numbers)
    size = np.where(finite, np.abs(gradient), 0.0)
    telling = _telling(size)
    with np.errstate(all="ignore"):
        largest = np.argmax(size, axis=1)
        factor = (numbers / gradient)[np.arange(len(numbers)), largest]
        off = np.abs(numbers - factor[:, None] * gradient)
        scale = np.max(np.where(telling, np.abs(numbers), 0.0), axis=1)
        fine = off <= _RELATIVE * np.abs(numbers) + _OF_LARGEST * scale[:, None]
    found = (fine | ~finite).all(axis=1) & (telling.sum(axis=1) >= _FEWEST_DRAWS) & (factor != 0)
    return np.where(found, factor, np.nan)


def tells(gradient: Array) -> bool:
    """Tell whether a gradient, (draws,), is there in enough draws to say what is a multiple of it.

    Behind several layers of ReLU it is 0 in most.
    """
    return int(_telling(np.abs(np.nan_to_num(gradient))).sum()) >= _FEWEST_DRAWS


def _telling(size: Array) -> Mask:
    enough: Mask = size > _NOTHING * size.max(axis=-1, keepdims=True)
    return enough


def rounded(factor: float) -> float:
    """Round a factor so that equal ones compare as equal."""
    return float(f"{factor:.6g}")
