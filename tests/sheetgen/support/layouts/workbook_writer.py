"""Writes planned sheets as a workbook, each formula with its value."""

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import xlsxwriter

from tests.sheetgen.support.layouts.plan import Area, Block
from tests.sheetgen.support.layouts.program import Content

Value = float | str | np.ndarray


def write_workbook(path: Path, blocks: Iterable[Block]) -> Path:
    """Write a workbook from what was planned; its sheets stand in the order of their first mention."""
    book = xlsxwriter.Workbook(str(path))
    book.set_calc_mode("auto")
    writer = _Writer(book)
    for block in blocks:
        writer.write(block)
    book.close()
    return path


class _Writer:
    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book

    def write(self, block: Block) -> None:
        plan = block.plan
        for name, area in plan.constants.items():
            self._numbers(area, plan.program.constants[name])
        for area, text in plan.texts.items():
            if not any(one[:3] == area[:3] for one in plan.merged):
                self._sheet(area.sheet).write_string(area.row - 1, area.column - 1, text)
        for area in plan.merged:
            text = next((text for place, text in plan.texts.items() if place[:3] == area[:3]), "")
            last = (area.row + area.rows - 2, area.column + area.columns - 2)
            self._sheet(area.sheet).merge_range(area.row - 1, area.column - 1, *last, text)
        for (name, step), area in plan.where.items():
            content = plan.program[name].content(step)
            self._put(block, area, content, step, block.values[name][step])
        for area, name in plan.means.items():
            self._mean(block, area, name)
        for area, number in plan.remarks.items():
            self._numbers(area, number)
        for sheet, row in plan.hidden:
            self._sheet(sheet).set_row(row - 1, None, None, {"hidden": True})
        for name, text in plan.names.items():
            area = plan.constants[name]
            self._book.define_name(text, f"={area.reference('', fixed=True)}")

    def _put(self, block: Block, area: Area, content: Content, step: int, value: Value) -> None:
        if not isinstance(content, str):
            self._numbers(area, value)
        elif content.startswith("'"):
            self._sheet(area.sheet).write_string(area.row - 1, area.column - 1, content[1:])
        else:
            text = block.plan.formula(content, step, area)
            if block.plan.blank_guard:
                anchor = block.plan.where[block.plan.program.names("input")[0], step].reference(area.sheet)
                text = f'IF({anchor}="","",{text})'
            self._formula(area, text, value)

    def _mean(self, block: Block, area: Area, name: str) -> None:
        areas = [place for (other, _), place in block.plan.where.items() if other == name]
        whole = Area(area.sheet, areas[0].row, area.column, areas[-1].row - areas[0].row + 1)
        numbers = [float(each) for each in block.values[name][-len(areas) :]]
        self._formula(area, f"AVERAGE({whole.reference(area.sheet)})", float(np.mean(numbers)))

    def _formula(self, area: Area, text: str, value: Value) -> None:
        sheet = self._sheet(area.sheet)
        if area.rows == area.columns == 1:
            sheet.write_formula(area.row - 1, area.column - 1, f"={text}", None, _written(value))
            return
        last = (area.row + area.rows - 2, area.column + area.columns - 2)
        grid = np.broadcast_to(np.asarray(value), (area.rows, area.columns))
        sheet.write_array_formula(area.row - 1, area.column - 1, *last, f"{{={text}}}", None, float(grid[0, 0]))
        for row, column in np.ndindex(area.rows, area.columns):
            if row or column:
                sheet.write_number(area.row - 1 + row, area.column - 1 + column, float(grid[row, column]))

    def _numbers(self, area: Area, value: Value) -> None:
        for row, column in np.ndindex(area.rows, area.columns):
            number = float(np.broadcast_to(np.asarray(value, float), (area.rows, area.columns))[row, column])
            self._sheet(area.sheet).write_number(area.row - 1 + row, area.column - 1 + column, number)

    def _sheet(self, name: str) -> xlsxwriter.worksheet.Worksheet:
        return self._book.get_worksheet_by_name(name) or self._book.add_worksheet(name)


def _written(value: Value) -> float | str:
    if isinstance(value, str):
        return value
    return float(value) if math.isfinite(float(value)) else "#NUM!"
