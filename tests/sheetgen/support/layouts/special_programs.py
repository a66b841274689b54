"""Sheets with a program and an arrangement of their own: a data block, matrices, epochs of several samples."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.sheetgen.support.layouts.mathematics import Mathematics
from tests.sheetgen.support.layouts.plan import Plan
from tests.sheetgen.support.layouts.program import Program


@dataclass(frozen=True)
class Special:
    """A kind of sheet: its program, given the mathematics and the number of iterations, and its arrangement."""

    program: Callable[[Mathematics, int], Program]
    place: Callable[[Program], Plan]


SPECIAL: Mapping[str, Special] = {}
