"""Recalculates a workbook with an engine from a Python wheel, in a process of its own.

A process of its own can be killed when it takes too long, and may crash or print what it likes. To start quickly it
imports nothing from this package, so it is run as a script: `python worker.py ENGINE BOOK FOLDER`. `FOLDER` holds
`wanted.json`, a list of [sheet, column, ascending rows]. The script writes `values.json` there, a list of values for
each of them, in which an error is a list of its text or kind.
"""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

Values = Callable[[str, int, Sequence[int]], list[object]]
"""Maps a sheet, a column and ascending rows to those cells' values."""


def with_formualizer(path: str) -> Values:
    """Recalculate a workbook with formualizer."""
    import formualizer

    # The file's size was checked before it came here.
    limits = dict.fromkeys(("max_input_bytes", "max_expanded_bytes", "max_part_bytes"), 1 << 36)
    book = formualizer.load_workbook(path, load_limits=limits)
    book.set_temporal_egress("serial")
    book.evaluate_all()

    def values(sheet: str, column: int, rows: Sequence[int]) -> list[object]:
        area = formualizer.RangeAddress(sheet, rows[0], column, rows[-1], column)
        found = [value for (value,) in book.sheet(sheet).get_values(area)]
        chosen = (found[row - rows[0]] for row in rows)
        return [(str(value.get("kind")),) if isinstance(value, dict) else value for value in chosen]

    return values


def with_ironcalc(path: str) -> Values:
    """Recalculate a workbook with IronCalc."""
    import ironcalc

    book = ironcalc.load_from_xlsx(path, "en", "UTC", "en")
    book.evaluate()
    numbers = {sheet["name"]: number for number, sheet in enumerate(book.get_worksheets_properties())}

    def value(sheet: int, row: int, column: int) -> object:
        found = book.get_cell_value(sheet, row, column)
        if isinstance(found, str) and book.get_cell_type(sheet, row, column) == ironcalc.CellType.ErrorValue:
            return (found,)
        return found

    return lambda sheet, column, rows: [value(numbers[sheet], row, column) for row in rows]


_ENGINES = {"formualizer": with_formualizer, "ironcalc": with_ironcalc}


def main(engine: str, book: str, folder: Path) -> None:
    """Recalculate a workbook and write the values of the requested cells."""
    values = _ENGINES[engine](book)
    wanted = json.loads((folder / "wanted.json").read_text(encoding="utf-8"))
    found = [values(sheet, column, rows) for sheet, column, rows in wanted]
    (folder / "values.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
