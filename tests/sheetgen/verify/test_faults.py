"""Single faults in workbooks that are right: each is found at exactly its cells, and nothing else is complained of.

A small share of what `benchmarks/verify_faults.py` tries.
"""

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from sheetgen.verify.file import verify_file
from tests.sheetgen.support.fault_kinds import KINDS, ONLY_RECALCULATED, RECALCULATED, Fault, Injector
from tests.sheetgen.support.fault_trials import Outcome, Task, attempt, judge
from tests.sheetgen.support.fault_workbooks import build_books, read_book

COUNTS = {"typed": 10, "led": 10, "class": 10, "xor": 12, "deep": 4}
MOST = 1  # workbooks in which a kind is tried, in turn, unless all are asked for
SLOW = "deep"
SLOW_TURN = 5  # only every fifth kind is tried there


@pytest.fixture(scope="module")
def injectors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Injector]:
    """Makers of faults in short workbooks."""
    paths = build_books(tmp_path_factory.mktemp("clean"), COUNTS)
    return {name: Injector(read_book(name, paths[name])) for name in COUNTS}


@pytest.mark.alike(7)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_is_caught_at_its_cells(kind, injectors, tmp_path, pytestconfig):
    most = len(COUNTS) if pytestconfig.getoption("--exhaustive") else MOST
    outcomes = list(trials(kind, injectors, tmp_path, most))
    assert outcomes
    assert not [str(outcome) for outcome in outcomes if not outcome.is_right]


def trials(kind: str, injectors: dict[str, Injector], folder: Path, most: int) -> Iterator[Outcome]:
    """Try a kind of fault in some workbooks that have a place for it, in turn as the cells were and recalculated."""
    turn = list(KINDS).index(kind)
    names = [name for name in injectors if name != SLOW]
    first = turn % len(names)
    outcomes = (attempt_in(name, kind, injectors, folder) for name in names[first:] + names[:first])
    yield from islice(filter(None, outcomes), most)
    if turn % SLOW_TURN == 0:
        yield from filter(None, [attempt_in(SLOW, kind, injectors, folder)])


def attempt_in(name: str, kind: str, injectors: dict[str, Injector], folder: Path) -> Outcome | None:
    """Try a kind of fault in one workbook; None where it has no place for one."""
    turn = list(KINDS).index(kind) + list(injectors).index(name)
    recalculate = kind in ONLY_RECALCULATED or (kind in RECALCULATED and turn % 2 == 0)
    return attempt(injectors[name], Task(name, kind, f"test {kind} {name}", recalculate), folder)


@pytest.mark.slow
@pytest.mark.parametrize("recalculate", [False, True])
def test_no_fault_is_none(recalculate, injectors, tmp_path):
    for name, injector in injectors.items():
        table = injector.book.tables[0]
        spot = next(filter(None, (injector.spot(table, random.Random(seed)) for seed in range(50))))
        fault = Fault(
            "none", table.sheet, (spot.address,), ("wrong-formula",), {(table.sheet, spot.address): spot.cell}, ""
        )
        path = tmp_path / f"{name}.xlsx"
        injector.book.write(path, fault.edits, recalculate=recalculate)
        assert verify_file(path).ok
        assert judge(Task(name, "none", "", recalculate), fault, path).outcome == "missed"


def test_what_is_found_elsewhere_is_not_taken_for_the_fault(injectors, tmp_path):
    injector = injectors["class"]
    table = injector.book.tables[0]
    fault = injector.make("stale by 1e-3", random.Random(1))
    path = tmp_path / "fault.xlsx"
    injector.book.write(path, fault.edits)
    task = Task("class", fault.kind, "", recalculate=False)
    elsewhere = Fault(fault.kind, table.sheet, ("A1",), fault.expected, fault.edits, "")
    otherwise = Fault(fault.kind, fault.sheet, fault.ranges, ("wrong-formula",), fault.edits, "")
    assert judge(task, fault, path).is_right
    assert judge(task, elsewhere, path).outcome == "elsewhere"
    assert judge(task, elsewhere, path).false_alarms == 1
    assert judge(task, otherwise, path).outcome == "wrong kind"


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        ("A16+B16", "B16+A16", False),
        ("E16^2", "POWER(E16,2)", False),
        ("-E16^2", "(-E16)^2", False),
        ("-E16^2", "-(E16^2)", True),
        ("F16-$C$2*Y16", "F16-C2*Y16", False),
        ("F16-$C$2*Y16", "F16-C3*Y16", True),
        ("B16", "B17", False),  # a target is the same in all rows
        ("F16", "F17", True),
    ],
)
def test_a_change_that_means_the_same_is_no_fault(one, other, differs, injectors):
    injector = injectors["class"]
    sheet = injector.book.tables[0].sheet
    assert injector.worlds[sheet].differ(one, other, sheet) is differs
