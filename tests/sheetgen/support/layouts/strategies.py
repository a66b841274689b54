"""Draws specs: by hypothesis, or from a random number generator."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from tests.sheetgen.support.layouts.arrangements import ARRANGEMENTS, DECORATIONS, Arrangement
from tests.sheetgen.support.layouts.faults import FAULTS
from tests.sheetgen.support.layouts.label_styles import STYLES
from tests.sheetgen.support.layouts.mathematics import (
    ACTIVATIONS,
    BIASES,
    LOSSES,
    OPTIMISERS,
    RATES,
    SHAPES,
    Mathematics,
)
from tests.sheetgen.support.layouts.network_program import FORMS, UPDATES, WORKINGS, Way
from tests.sheetgen.support.layouts.sheets import Spec, is_valid
from tests.sheetgen.support.layouts.special_programs import SPECIAL

Choose = Callable[[Sequence], object]

_SEEDS = tuple(range(1000))


def random_spec(rng: random.Random, *, faulty: bool) -> Spec:
    """Draw a valid spec."""
    while True:
        spec = _drawn(rng.choice, faulty=faulty)
        if is_valid(spec):
            return spec


@st.composite
def specs(draw: st.DrawFn, *, faulty: bool) -> Spec:
    """Valid specs; the first choices are the plainest."""
    spec = _drawn(lambda choices: draw(st.sampled_from(choices)), faulty=faulty)
    assume(is_valid(spec))
    return spec


_ODD: dict[str, Sequence] = {
    "layers": SHAPES[1:],
    "hidden": tuple(ACTIVATIONS)[1:],
    "output": ("linear", "tanh", "bipolar sigmoid"),
    "loss": LOSSES[1:],
    "bias": BIASES[1:],
    "optimiser": OPTIMISERS[1:],
    "rate": RATES[1:],
    "numbering": ("source",),
    "samples": (2, 3, 4),
    "working": WORKINGS[1:],
    "update": UPDATES[1:],
    "form": FORMS[1:],
    "after": (True,),
    "referred": (True,),
    "counted": (False,),
    "percent": (True,),
    "style": STYLES[1:],
    "kind": ARRANGEMENTS[1:],
    "decorations": DECORATIONS,
    "special": tuple(SPECIAL),
}
"""What may be unlike the class's sheet, and how."""

_WEIGHTED = [name for name, several in _ODD.items() if several]
_WEIGHTED += ["style"] * 2 + ["kind"] * 3 + ["decorations", "special"]


def _drawn(choose: Choose, *, faulty: bool) -> Spec:
    """Draw a spec that is unlike the class's sheet in one respect, or in two or more."""
    count = choose((1, 1, 1, 2, 2, 3, 5, 8))
    odd = {str(choose(_WEIGHTED)) for _ in range(count)}  # type: ignore[call-overload]
    chosen: dict[str, object] = {name: choose(tuple(_ODD[name])) for name in sorted(odd)}
    fault = choose(tuple(FAULTS)) if faulty else None
    given = {"fault": fault, "seed": choose(_SEEDS), "steps": choose((8, 5, 12))}
    return spec_of(given | chosen)


_NEEDED: dict[str, dict[str, object]] = {
    "helper column": {"working": "chain"},
    "wrong slope column": {"working": "chain"},
    "wrong delta": {"working": "delta"},
    "new w column": {"update": "new"},
    "hidden row": {"decorations": "hidden rows", "steps": 8},
    "rate from the wrong cell": {"decorations": "rate on another sheet"},
    "optimiser's state": {"optimiser": "momentum"},
    "wrong total of a batch": {"special": "epoch blocks"},
}
"""What a fault needs so that there is a place for it."""


def spec_of(chosen: Mapping[str, object]) -> Spec:
    """Make a spec from values of its fields and of its parts' fields.

    What its fault needs is added, and what does not go together with a loss or an arrangement follows it.
    """
    values = {**chosen, **_NEEDED.get(str(chosen.get("fault")), {})}
    if values.get("loss") in ("softmax", "cross-entropy"):
        values["output"] = "softmax" if values["loss"] == "softmax" else "sigmoid"
    if values.get("kind") == "lists side by side":
        values |= {"steps": 1, "update": "new"}
    if values.get("layers") == (2, 2, 2, 2) and "working" not in values:
        values["working"] = "delta"

    def only(kind: type, **others: object) -> Any:
        names = {each.name for each in fields(kind)} - {"mathematics", "way", "arrangement"}
        return kind(**{name: values[name] for name in names & set(values)} | others)

    decorations = frozenset({str(values.pop("decorations"))}) if "decorations" in values else frozenset()
    arrangement = only(Arrangement, decorations=decorations)
    return only(Spec, mathematics=only(Mathematics), way=only(Way), arrangement=arrangement)
