"""Workbooks for the judge by a sheet's own loss: written from cells, or generated; opened, and judged."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils.cell import coordinate_to_tuple, get_column_letter

from sheetgen.spreadsheet.opened_workbook import open_workbook
from sheetgen.types import Place, Value
from sheetgen.verify.findings import Finding
from sheetgen.verify.own_loss.captions import Captions
from sheetgen.verify.own_loss.graph import Graph
from sheetgen.verify.own_loss.steps import Step, Steps
from sheetgen.verify.own_loss.updates import find_updates
from sheetgen.verify.own_loss.verdict import OwnVerdict, judge_by_own_loss
from sheetgen.verify.own_loss.wording import findings_of
from sheetgen.verify.read.labelled_sheets import LabelledSheets
from tests.sheetgen.support.layouts.arrangements import Placer
from tests.sheetgen.support.layouts.faults import changed_cells
from tests.sheetgen.support.layouts.label_styles import Labels
from tests.sheetgen.support.layouts.plan import Block
from tests.sheetgen.support.layouts.program import Program, evaluate
from tests.sheetgen.support.layouts.sheets import Sheet, Spec, make_program

FIRST = "S"


@contextmanager
def opened(path: Path) -> Iterator[LabelledSheets]:
    """Open a workbook with its labels."""
    with open_workbook(path) as workbook:
        yield LabelledSheets(workbook)


def write_cells(
    path: Path, cells: Mapping[str, Value], others: Mapping[str, Mapping[str, Value]] | None = None
) -> Path:
    """Write a workbook from contents by address, of the sheet S, then of other sheets by name."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, held in {FIRST: cells, **(others or {})}.items():
        sheet = book.create_sheet(name)
        for address, content in held.items():
            sheet[address] = content
    book.save(path)
    return path


def place(address: str) -> Place:
    """The place of a cell, `B3` on the sheet S or `Other!B3`."""
    sheet, _, cell = address.rpartition("!")
    return (sheet or FIRST, *coordinate_to_tuple(cell))


def address(at: Place) -> str:
    """The address of a cell, `B3` on the sheet S or `Other!B3`."""
    cell = f"{get_column_letter(at[2])}{at[1]}"
    return cell if at[0] == FIRST else f"{at[0]}!{cell}"


# One weight: A w, B input, C output, D target, E loss, F gradient; the rate in H1.
_HEAD = {"A3": "w", "B3": "i1", "C3": "o1", "D3": "t1", "E3": "E", "F3": "dE/dw", "H1": 0.5}


def neuron(update: str = "={w}-$H$1*F{above}", first: str | float = 0.4, rows: int = 3) -> dict[str, Value]:
    """A neuron's training, a row each iteration from row 4; `{w}` in the update is the weight above."""
    found: dict[str, Value] = {**_HEAD, "A4": first}
    for row in range(4, 4 + rows):
        if row > 4:
            found[f"A{row}"] = update.format(w=f"A{row - 1}", above=row - 1)
        found |= {f"B{row}": 0.7, f"C{row}": f"=A{row}*B{row}", f"D{row}": 0.2}
        found |= {f"E{row}": f"=(C{row}-D{row})^2/2", f"F{row}": f"=(C{row}-D{row})*B{row}"}
    return found


def updates_in(book: LabelledSheets) -> dict[str, str]:
    """By updating cell, the cell that it steps on from."""
    return {address(one): address(base) for one, base in _bases(Graph(book)).items()}


def steps_in(book: LabelledSheets, losses: tuple[str, ...] = ()) -> tuple[Graph, Steps, list[Step]]:
    """The training steps of a workbook."""
    graph = Graph(book)
    steps = Steps(graph, _bases(graph), list(map(place, losses)))
    return graph, steps, steps.found()


def _bases(graph: Graph) -> dict[Place, Place]:
    found = find_updates(graph)
    return found.base


def sheet_of(spec: Spec, change: Callable[[Program], Program]) -> Sheet:
    """Generate a sheet whose program was changed by hand; the changed cells count as wrong."""
    right = make_program(spec)
    program = change(right)
    labels = Labels(spec.style, spec.mathematics)
    plan = Placer(program, spec.arrangement, labels.of, labels.constant).place()
    wrong = plan.cells_of(changed_cells(right, program))
    return Sheet(spec, (Block(plan, evaluate(program)),), wrong, frozenset())


def changed(names: list[str], change: Callable[[str], str], *, first: bool = False) -> Callable[[Program], Program]:
    """Return a function that changes the formulas of some quantities."""

    def make(program: Program) -> Program:
        for name in names:
            quantity = program[name]
            moved = change(quantity.first) if first and isinstance(quantity.first, str) else quantity.first
            program = program.changed(name, formula=change(quantity.formula), first=moved)
        return program

    return make


def faults_in(sheet: Sheet, path: Path) -> set[str]:
    """The cells that a generated sheet's own loss blames, as `Sheet1!A1`."""
    verdict, _ = judged(sheet.write(path))
    assert verdict is not None
    assert verdict.complaints == []
    return {address(fault.place) for fault in verdict.faults}


def judged(path: Path) -> tuple[OwnVerdict | None, list[Finding]]:
    """Judge a workbook by its own loss."""
    with opened(path) as book:
        verdict = judge_by_own_loss(book)
        return verdict, [] if verdict is None else findings_of(verdict, book)


def caption_of(book: LabelledSheets, cell: str) -> tuple[str | None, str | None, str]:
    """What labels call a cell: the quantity, the label, and its full name."""
    captions = Captions(book, Graph(book))
    return captions.quantity(place(cell)), captions.label(place(cell)), captions.name(place(cell))
