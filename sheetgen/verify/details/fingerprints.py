"""Fingerprints by which copies of a workbook are recognised, whichever program saved them."""

from collections.abc import Iterable
from hashlib import blake2b
from itertools import chain

import numpy as np

from sheetgen.spreadsheet.cached_sheets import CachedSheets
from sheetgen.spreadsheet.opened_workbook import Column, Kind, Sheet
from sheetgen.types import Rows
from sheetgen.verify.file_details import Fingerprint

_SIZE = 16  # bytes


def fingerprint(book: CachedSheets) -> Fingerprint:
    """Take the fingerprint of all cells of a workbook."""
    hashes = _Hashes()
    for name in book.workbook.sheet_names:
        hashes.add(book.sheet(name))
    return hashes.result()


class _Hashes:
    """The three digests, fed sheet by sheet."""

    def __init__(self) -> None:
        self._cells, self._formulas, self._values = (blake2b(digest_size=_SIZE) for _ in range(3))
        self._formula_count = self._value_count = 0

    def add(self, sheet: Sheet) -> None:
        order = _canonical(sheet)
        for digest in (self._cells, self._formulas, self._values):
            digest.update(b"sheet")
        for number in sorted(sheet.columns):
            self._add_column(number, sheet.columns[number], order)
        spelt = sorted((template.text, template.offsets) for template in sheet.templates)
        self._formulas.update(_encoded(chain.from_iterable((text, repr(offsets)) for text, offsets in spelt)))
        self._cells.update(_encoded(f"{row} {column} {text}" for (row, column), text in sorted(sheet.texts.items())))

    def result(self) -> Fingerprint:
        self._cells.update(self._formulas.digest() + self._values.digest())
        formulas = self._formulas.hexdigest() if self._formula_count else ""
        return Fingerprint(self._cells.hexdigest(), formulas, self._values.hexdigest() if self._value_count else "")

    def _add_column(self, number: int, column: Column, order: Rows) -> None:
        rows, kinds, formulas = (np.asarray(each) for each in (column.rows, column.kinds, column.formulas))
        live, numeric = formulas >= 0, (kinds == Kind.NUMBER) | (kinds == Kind.BOOLEAN)
        at = b"%d" % number
        if live.any():
            self._formulas.update(at + rows[live].tobytes() + order[formulas[live]].tobytes())
        if numeric.any():
            self._values.update(at + rows[numeric].tobytes() + np.asarray(column.values)[numeric].tobytes())
        self._cells.update(at + kinds.tobytes())
        self._formula_count += int(live.sum())
        self._value_count += int(numeric.sum())


def _canonical(sheet: Sheet) -> Rows:
    """Number the templates by their spelling, not by which cell the program happened to write first."""
    spelt = [(template.text, template.offsets) for template in sheet.templates]
    order = np.empty(len(spelt), dtype=np.int64)
    order[sorted(range(len(spelt)), key=spelt.__getitem__)] = np.arange(len(spelt))
    return order


def _encoded(texts: Iterable[str]) -> bytes:
    return "\0".join(texts).encode("utf-8", "surrogatepass")
