"""Workbooks for the judge by a sheet's own loss: written from cells, or generated; opened, and judged."""

from collections.abc import Iterator, Mapping
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


def updates_in(book: LabelledSheets) -> dict[str, str]:
    """By updating cell, the cell that it steps on from."""
    return {address(one): address(base) for one, base in find_updates(Graph(book)).items()}


def steps_in(book: LabelledSheets, losses: tuple[str, ...] = ()) -> tuple[Graph, Steps, list[Step]]:
    """The training steps of a workbook."""
    graph = Graph(book)
    steps = Steps(graph, find_updates(graph), list(map(place, losses)))
    return graph, steps, steps.found()


def judged(path: Path) -> tuple[OwnVerdict | None, list[Finding]]:
    """Judge a workbook by its own loss."""
    with opened(path) as book:
        verdict = judge_by_own_loss(book)
        return verdict, [] if verdict is None else findings_of(verdict, book)


def caption_of(book: LabelledSheets, cell: str) -> tuple[str | None, str | None, str]:
    """What labels call a cell: the quantity, the label, and its full name."""
    captions = Captions(book, Graph(book))
    return captions.quantity(place(cell)), captions.label(place(cell)), captions.name(place(cell))
