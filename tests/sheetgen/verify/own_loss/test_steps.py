"""Which cells are updates, and which belong together to one training step, wherever they stand."""

from pathlib import Path

import pytest

from sheetgen.spreadsheet.formula_tree import Node, Tree
from sheetgen.types import Place
from sheetgen.verify.own_loss.graph import Graph
from sheetgen.verify.own_loss.steps import Step
from tests.sheetgen.support.layouts.arrangements import ARRANGEMENTS, Arrangement
from tests.sheetgen.support.layouts.mathematics import OPTIMISERS, Mathematics
from tests.sheetgen.support.layouts.network_program import UPDATES, Way
from tests.sheetgen.support.layouts.plan import Block
from tests.sheetgen.support.layouts.sheets import Sheet, Spec, make_sheet
from tests.sheetgen.support.layouts.special_programs import SPECIAL
from tests.sheetgen.support.own_loss_books import address, neuron, opened, place, steps_in, updates_in, write_cells

STEPS = 3


def way(kind: str, **chosen: object) -> Way:
    if kind == "lists side by side":
        return Way(steps=1, **{**chosen, "update": "new"})
    return Way(steps=STEPS, **chosen)


def spec(kind: str = "rows", *decorations: str, **chosen: object) -> Spec:
    maths = {name: chosen.pop(name) for name in ("optimiser", "rate", "bias", "samples", "layers") if name in chosen}
    return Spec(Mathematics(**maths), way(kind, **chosen), arrangement=Arrangement(kind, frozenset(decorations)))


def expected_steps(sheet: Sheet, graph: Graph) -> list[dict[str, str | None]]:
    """By training step, the cell that updates each parameter, as the sheet was laid out."""
    found = []
    for block in sheet.blocks:
        program = block.plan.program
        first = 1 if program.starts_empty else 0
        for step in range(first, program.steps):
            back = first  # where a row's weights are those after its update, a step starts from the row before
            found.append(
                {held(block, graph, name, step - back): updated(block, name, step, back) for name in weights(block)}
            )
    return found


def weights(block: Block) -> list[str]:
    return block.plan.program.names("weight")


def held(block: Block, graph: Graph, name: str, step: int) -> str:
    return address(graph.source(cell(block, name, step)))


def cell(block: Block, name: str, step: int) -> tuple[str, int, int]:
    area = block.plan.where[name, step]
    return area.sheet, area.row, area.column


def updated(block: Block, name: str, step: int, back: int) -> str | None:
    if (f"n_{name}", step) in block.plan.where:
        return address(cell(block, f"n_{name}", step))
    later = (name, step + 1 - back)
    return address(cell(block, *later)) if later in block.plan.where else None


def check_steps(chosen: Spec, path: Path) -> None:
    sheet = make_sheet(chosen)
    with opened(sheet.write(path / "sheet.xlsx")) as book:
        graph, _, steps = steps_in(book)
        expected = expected_steps(sheet, graph)
        found = [{address(each): _updated(step, each) for each in step.parameters} for step in steps]
    assert sorted(found, key=sorted) == sorted(expected, key=sorted)
    for block in sheet.blocks:
        losses = {
            address(cell(block, "E1", step))
            for step in range(block.plan.program.starts_empty, block.plan.program.steps)
        }
        ends = [{address(each) for each in step.ends} & losses for step in steps]
        assert sum(map(len, ends)) == len(losses)
        assert max(map(len, ends)) == 1


def _updated(step: Step, parameter: Place) -> str | None:
    return address(step.updates[parameter]) if parameter in step.updates else None


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("kind", ARRANGEMENTS)
def test_steps_are_the_iterations_in_every_arrangement(kind, update, tmp_path):
    check_steps(spec(kind, update=update), tmp_path)


@pytest.mark.parametrize("kind", ["rows", "transposed", "blocks", "a sheet each"])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_what_an_optimiser_keeps_is_no_parameter(optimiser, kind, tmp_path):
    check_steps(spec(kind, optimiser=optimiser), tmp_path)


@pytest.mark.parametrize(
    "chosen",
    [
        {"after": True},
        {"referred": True},
        {"working": "delta"},
        {"working": "chain"},
        {"bias": "neuron"},
        {"bias": "layer"},
        {"rate": "per layer"},
        {"rate": "decaying"},
        {"samples": 3},
        {"layers": (2, 1)},
        {"form": "IF blank"},
        {"form": "ROUND"},
        {"percent": True},
        {"counted": False},
    ],
    ids=str,
)
def test_steps_are_the_iterations_however_they_are_written(chosen, tmp_path):
    check_steps(spec("rows", **chosen), tmp_path)


@pytest.mark.parametrize(
    "decoration",
    ["blank rows", "labels repeated", "average below", "list at the left", "hidden rows", "rate on another sheet"],
)
def test_steps_are_the_iterations_beside_other_things(decoration, tmp_path):
    check_steps(spec("rows", decoration), tmp_path)


@pytest.mark.parametrize("kind", SPECIAL)
def test_steps_of_batches_and_matrices_are_the_epochs(kind, tmp_path):
    sheet = make_sheet(Spec(way=Way(steps=STEPS), special=kind))
    (block,) = sheet.blocks
    names = SPECIAL[kind].parameters(block.plan.program)
    with opened(sheet.write(tmp_path / "sheet.xlsx")) as book:
        graph, _, steps = steps_in(book)
        places = [[at for name in names for at in cells(block, name, step)] for step in range(STEPS)]
        expected = [{address(graph.source(at)) for at in each} for each in places]
    assert [set(map(address, step.parameters)) for step in steps] == expected
    last = [set(map(address, step.updates.values())) for step in steps][:-1]
    assert last == expected[1:]


def cells(block: Block, name: str, step: int) -> list[Place]:
    sheet, row, column, rows, columns = block.plan.where[name, step]
    return [(sheet, row + down, column + right) for down in range(rows) for right in range(columns)]


@pytest.mark.parametrize(
    "update",
    [
        "={w}-$H$1*F{above}",
        "={w}+-$H$1*F{above}",
        "=-$H$1*F{above}+{w}",
        "=({w}-($H$1*F{above}))",
        "=SUM({w},-$H$1*F{above})",
        "=ROUND({w}-$H$1*F{above},6)",
        '=IF(F{above}="","",{w}-$H$1*F{above})',
        "=0.99*{w}-$H$1*F{above}",
        "={w}*(1-$H$1*0.01)-$H$1*F{above}",
        "={w}-$H$1*F{above}-$H$1*0.01*{w}",
        "={w}+$H$1*F{above}",  # up, which is wrong, but an update
        "={w}-$H$1*1.5*F{above}",
        "={w}-F{above}",
    ],
)
def test_an_update_is_a_step_on_from_a_cell_by_what_depends_on_it(update, tmp_path):
    with opened(write_cells(tmp_path / "x.xlsx", neuron(update))) as book:
        assert updates_in(book) == {"A5": "A4", "A6": "A5"}


@pytest.mark.parametrize(
    "other",
    [
        {"G4": 1.0, "G5": "=G4+1", "G6": "=G5+1"},  # a counter
        {"G4": "=E4", "G5": "=G4+E5", "G6": "=G5+E6"},  # the losses so far
        {"G4": "=A4-F4", "G5": "=A5*F5", "G6": "=F6"},  # nothing follows from it
        {"G4": "=AVERAGE(E4:E6)", "G5": "=A6-A4", "G6": "=E4-E6"},
        {"I1": 0.9, "I2": "=I1*0.9"},
    ],
    ids=str,
)
def test_other_sums_beside_it_are_no_updates_of_a_weight(other, tmp_path):
    with opened(write_cells(tmp_path / "x.xlsx", neuron() | other)) as book:
        _, _, steps = steps_in(book)
        assert [list(map(address, step.parameters)) for step in steps] == [["A4"], ["A5"], ["A6"]]
        assert [list(map(address, step.updates.values())) for step in steps] == [["A5"], ["A6"], []]


def test_the_first_weights_may_stand_on_another_sheet(tmp_path):
    path = write_cells(tmp_path / "x.xlsx", neuron(first="=Start!B2"), {"Start": {"A2": "w", "B2": 0.4}})
    with opened(path) as book:
        assert updates_in(book) == {"A5": "Start!B2", "A6": "A5"}
        _, _, steps = steps_in(book)
    assert [list(map(address, step.parameters)) for step in steps] == [["Start!B2"], ["A5"], ["A6"]]


def test_an_update_whose_gradient_was_pasted_is_one_like_the_others(tmp_path):
    with opened(write_cells(tmp_path / "x.xlsx", neuron(rows=4) | {"F5": 0.056})) as book:
        assert updates_in(book) == {"A5": "A4", "A6": "A5", "A7": "A6"}


def test_a_weight_that_the_forward_pass_leaves_out_belongs_to_the_step_of_its_gradient(tmp_path):
    cells: dict[str, str | float] = {"J3": "w2", "K3": "dE/dw2", "J4": 0.3}
    for row in (4, 5, 6):
        cells[f"K{row}"] = f"=(C{row}-D{row})*0.3"
        if row > 4:
            cells[f"J{row}"] = f"=J{row - 1}-$H$1*K{row - 1}"
    with opened(write_cells(tmp_path / "x.xlsx", neuron() | cells)) as book:
        _, _, steps = steps_in(book)
    assert [set(map(address, step.parameters)) for step in steps[:2]] == [{"A4", "J4"}, {"A5", "J5"}]


def test_a_step_holds_its_formulas_in_working_order(tmp_path):
    with opened(write_cells(tmp_path / "x.xlsx", neuron())) as book:
        graph, steps, found = steps_in(book)
        assert [set(map(address, step.cells)) for step in found] == [
            {"C4", "E4", "F4", "A5"},
            {"C5", "E5", "F5", "A6"},
            {"C6", "E6", "F6"},
        ]
        assert all(step.cells == sorted(step.cells, key=graph.depth) for step in found)
        assert set(map(address, steps.subtree(place("A6")))) == {"A6", "F5", "C5"}
        assert [steps.is_data(place(each)) for each in ("B4", "H1", "A4", "A5", "C4", "F4")] == [True, True] + [
            False
        ] * 4


@pytest.mark.parametrize(
    ("loss", "sides"),
    [
        ("=(C4-D4)^2/2", ("C4", "D4")),
        ("=0.5*(D4-C4)^2", ("C4", "D4")),
        ("=SUMXMY2(C4,D4)/2", ("C4", "D4")),
        ("=-(D4*LN(C4)+(1-D4)*LN(1-C4))", None),
        ("=(C4-1)^2", None),
    ],
)
def test_an_error_is_a_difference_of_a_result_and_typed_numbers(loss, sides, tmp_path):
    cells = neuron() | {"E4": loss, "F4": "=C4*B4"}
    with opened(write_cells(tmp_path / "x.xlsx", cells)) as book:
        _, steps, _ = steps_in(book)
        tree = steps.graph.trees[place("E4")]
        parts = steps.error_parts(place("E4"))
        found = [tuple(_references(tree, side) for side in (part.result, part.target)) for part in parts]
    assert found == ([] if sides is None else [sides])


def _references(tree: Tree, node: Node) -> str:
    return "-".join(tree.areas[int(part.value or 0)].text for part in node.walk() if part.kind == "reference")


def test_without_updates_there_are_no_steps(tmp_path):
    with opened(write_cells(tmp_path / "x.xlsx", {"A1": 2, "A2": "=A1*2", "A3": "=A2-A1"})) as book:
        assert updates_in(book) == {}
        assert steps_in(book)[2] == []


def test_a_circle_is_no_update(tmp_path):
    with opened(write_cells(tmp_path / "x.xlsx", {"A1": "=A1-0.1*B1", "B1": "=A1*2"})) as book:
        assert updates_in(book) == {}
