"""Recalculates a workbook with an engine from a Python wheel, in a process of its own.

A process of its own can be ended when it takes too long, can crash, and can print what it likes. It starts quickly
because it imports nothing of this package; so it is run as a script: `python worker.py ENGINE BOOK FOLDER`.
`FOLDER` holds `wanted.json`, a list of [sheet, column, rows]. It gets `values.json`, a list of values for each of them,
in which an error is a list of its text.
"""

import importlib.util
import json
import sys
from pathlib import Path


def main(engine: str, book: str, folder: Path) -> None:
    """Recalculate a workbook and write the values of the cells that are asked for."""
    spec = importlib.util.spec_from_file_location(f"engine_{engine}", Path(__file__).with_name(f"{engine}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    values = module.load(book)
    wanted = json.loads((folder / "wanted.json").read_text(encoding="utf-8"))
    found = [values(sheet, column, rows) for sheet, column, rows in wanted]
    (folder / "values.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
