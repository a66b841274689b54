"""Recalculates a workbook with an engine from a Python wheel, in a process of its own.

A process of its own can be ended when it takes too long, can crash, and can print what it likes. It starts quickly
because it imports nothing of this package; so it is run as a script: `python worker.py ENGINE BOOK FOLDER`.
`FOLDER` holds `blocks.json`, a list of [sheet, column, number of rows], and `rows.bin`, all their rows. It gets
`kinds.bin` and `values.bin`, in the order of the rows, and `texts.json` with the texts and errors.
"""

import importlib.util
import json
import sys
from array import array
from pathlib import Path
from types import ModuleType

# As in sheetgen.spreadsheet.workbook.Kind.
_EMPTY, _NUMBER, _TEXT, _BOOLEAN, _ERROR = range(5)


def main(engine: str, book: str, folder: Path) -> None:
    """Recalculate a workbook and write the values of the cells that are asked for."""
    values = _engine(engine).load(book)
    rows = array("i", (folder / "rows.bin").read_bytes())
    kinds, numbers, texts = array("b"), array("d"), {}
    for sheet, column, count in json.loads((folder / "blocks.json").read_text(encoding="utf-8")):
        for value in values(sheet, column, rows[len(kinds) : len(kinds) + count]):
            kind, number = _sorted(value)
            if kind in (_TEXT, _ERROR):
                texts[len(kinds)] = value[0] if kind == _ERROR else value
            kinds.append(kind)
            numbers.append(number)
    (folder / "kinds.bin").write_bytes(kinds.tobytes())
    (folder / "values.bin").write_bytes(numbers.tobytes())
    (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")


def _engine(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"engine_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _sorted(value: object) -> tuple[int, float]:
    """Say what kind a value is, and its number."""
    if isinstance(value, bool):
        return _BOOLEAN, float(value)
    if isinstance(value, float | int):
        return _NUMBER, float(value)
    if value is None:
        return _EMPTY, float("nan")
    return (_ERROR if isinstance(value, tuple) else _TEXT), float("nan")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
