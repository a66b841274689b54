"""A generated sheet: mathematics × label style × arrangement × fault, and what must be said of it."""

import random
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.sheetgen.support.layouts.arrangements import DECORATIONS, LISTS, Arrangement, Placer, second_corner
from tests.sheetgen.support.layouts.faulty_programs import Faulty, put_fault
from tests.sheetgen.support.layouts.label_styles import Labels
from tests.sheetgen.support.layouts.mathematics import Mathematics
from tests.sheetgen.support.layouts.network_program import Way, network_program
from tests.sheetgen.support.layouts.plan import Block, Plan
from tests.sheetgen.support.layouts.program import Program, evaluate
from tests.sheetgen.support.layouts.special_programs import SPECIAL
from tests.sheetgen.support.layouts.workbook_writer import write_workbook


@dataclass(frozen=True)
class Spec:
    """What to generate.

    Attributes:
        special: a kind of sheet with a program and an arrangement of its own, one of `SPECIAL`; else empty.
        fault: one of `FAULTS`; None for a right sheet.
        seed: what all other choices follow from.
    """

    mathematics: Mathematics = field(default_factory=Mathematics)
    way: Way = field(default_factory=Way)
    style: str = "class"
    arrangement: Arrangement = field(default_factory=Arrangement)
    special: str = ""
    fault: str | None = None
    seed: int = 0

    def __str__(self) -> str:
        """Say it in one line."""
        m, w, a = self.mathematics, self.way, self.arrangement
        if self.special:
            return f"{self.special}, {m.samples} samples, {m.loss}, {self.fault or 'right'}"
        shape = "-".join(map(str, m.layers))
        maths = (
            f"{shape} {m.hidden}/{m.output}, {m.loss}, bias {m.bias}, {m.optimiser}, rate {m.rate}, by {m.numbering}"
        )
        flags = [name for name in ("after", "referred", "percent") if getattr(w, name)]
        ways = " ".join([w.working, w.update, w.form, *flags])
        decorations = " + ".join([a.kind, *sorted(a.decorations)])
        return f"{decorations}; {self.style}; {maths}; {m.samples} samples; {ways}; {self.fault or 'right'}"


@dataclass(frozen=True)
class Sheet:
    """A generated sheet.

    Attributes:
        spec: what it was made from.
        blocks: its cells.
        wrong: the cells that must be found, as `Sheet1!A1`; empty for a right one.
        allowed: further cells that may be named.
    """

    spec: Spec
    blocks: tuple[Block, ...]
    wrong: frozenset[str]
    allowed: frozenset[str]

    def write(self, path: Path) -> Path:
        """Write it as a workbook."""
        return write_workbook(path, self.blocks)

    @property
    def filled(self) -> frozenset[str]:
        """All cells that hold something."""
        return frozenset().union(*(block.plan.filled for block in self.blocks))


def make_sheet(spec: Spec) -> Sheet | None:
    """Generate a sheet; None if it has no place for its fault."""
    rng = random.Random(f"{spec.seed} {spec.fault}")
    right = make_program(spec)
    faulty = Faulty(right, frozenset()) if spec.fault is None else put_fault(spec.fault, right, rng)
    if faulty is None:
        return None
    plans = _plans(spec, faulty.program)
    blocks = tuple(Block(plan, evaluate(plan.program)) for plan in plans)
    return Sheet(spec, blocks, plans[0].cells_of(faulty.wrong), plans[0].cells_of(faulty.allowed))


def make_program(spec: Spec) -> Program:
    """Write the right program of a sheet, of its first table if it has two."""
    if spec.special:
        return SPECIAL[spec.special].program(spec.mathematics, spec.way)
    return network_program(spec.mathematics, spec.way)


def _plans(spec: Spec, program: Program) -> list[Plan]:
    labels = Labels(spec.style, spec.mathematics)
    if spec.special:
        return [SPECIAL[spec.special].place(program, labels)]
    indent = 5 if spec.arrangement.has("list at the left") else 1
    placer = Placer(program, spec.arrangement, labels.of, labels.constant, column=indent)
    first = placer.place()
    if spec.arrangement.kind not in ("tables beside", "tables below"):
        return [first]
    other = replace(spec.mathematics, seed=spec.mathematics.seed + 1)
    second = Placer(network_program(other, spec.way), spec.arrangement, labels.of, labels.constant, column=indent)
    return [first, second_corner(spec.arrangement, first, second).place()]


def is_valid(spec: Spec) -> bool:
    """Tell whether the parts of a spec go together."""
    return spec.special != "" or (_maths_fits(spec.mathematics) and _way_fits(spec) and _arrangement_fits(spec))


def _maths_fits(maths: Mathematics) -> bool:
    softmax = maths.loss == "softmax"
    return (
        softmax == (maths.output == "softmax")
        and (maths.loss != "cross-entropy" or maths.output == "sigmoid")
        and (not softmax or maths.layers[-1] > 1)
        and (maths.numbering == "target" or max(maths.layers[1:]) > 1)
    )


def _way_fits(spec: Spec) -> bool:
    maths, way = spec.mathematics, spec.way
    deep, plain = len(maths.layers) > 3, maths.optimiser in ("sgd", "weight decay") and maths.rate != "decaying"
    return (
        not (deep and way.working == "inline")
        and not (maths.loss == "softmax" and way.working == "chain")
        and (not way.after or (plain and way.update == "next" and spec.arrangement.kind == "rows"))
        and (not way.referred or maths.samples == 1)
    )


def _arrangement_fits(spec: Spec) -> bool:
    kind, way = spec.arrangement.kind, spec.way
    in_lists = kind in LISTS
    return (
        (kind != "lists side by side" or (way.steps == 1 and way.update == "new" and not way.after))
        and (kind == "lists side by side" or way.steps > 1)
        and not (in_lists and spec.arrangement.decorations & _FOR_ROWS)
        and not (in_lists and way.form == "IF blank")
        and not (spec.arrangement.has("list at the left") and kind != "rows")
        and not (spec.fault == "hidden row" and not spec.arrangement.has("hidden rows"))
        and not (kind == "three sheets" and way.form == "IF blank")
        and not (spec.style == "SSE" and spec.mathematics.loss != "squares")
    )


_FOR_ROWS = frozenset(DECORATIONS) - {"defined name", "rate on another sheet", "unnamed helpers"}
