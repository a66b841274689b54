"""The lists on the sheet Optimisers that its contour lines are drawn from (see `sheetgen.workbook.landscape`)."""

from collections.abc import Iterable

from xlsxwriter.utility import xl_rowcol_to_cell

from sheetgen.workbook.formula_cell import Live
from sheetgen.workbook.landscape import DEPTH, NONE, ContourLine, Landscape
from sheetgen.workbook.layout import fixed, fixed_column_cells
from sheetgen.workbook.plan import Pen
from sheetgen.workbook.sheets.error_grid import Grid
from sheetgen.workbook.side_by_side import SideBySide
from sheetgen.workbook.streamed_sheet import Sheet
from sheetgen.workbook.theme import ERROR_FORMAT

_LOWEST = ("grid column", "lowest row", "E above it", "E there", "E below it", "vertex", "upward", "root of E")
_STATED = (
    "E along the line",
    "its root",
    "first column inside",
    "last column inside",
    "part beyond it, left",
    "part beyond it, right",
    "left end, across",
    "left end, upward",
    "right end, across",
    "right end, upward",
)
_PLACE = "0.000000"


class ContourLists:
    """Writes the lists.

    Args:
        pen: the open workbook.
        sheet: the sheet Optimisers.
        side: where everything stands on it.
        grid: the values of its grid.
    """

    def __init__(self, pen: Pen, sheet: Sheet, side: SideBySide, grid: Grid) -> None:
        self._pen, self._sheet, self._side = pen, sheet, side
        # An error anywhere in the grid reaches every level, and so all that is said of the lines.
        self._error = next((value for row in grid for value in row if isinstance(value, str)), None)
        columns = [[0.0 if isinstance(value, str) else value for value in column] for column in zip(*grid, strict=True)]
        self._landscape = Landscape(columns, side.axis(0), side.axis(1))
        first, last = side.grid_row, side.grid_row + side.SIDE - 1
        self._cells = [fixed_column_cells(side.grid_column + place, first, last) for place in range(side.SIDE)]
        self._upward = fixed_column_cells(side.axis_column, first, last)
        self._ranks = fixed_column_cells(side.grid_column + side.SIDE, first, last)
        self._whole = f"{fixed(first, side.grid_column)}:{fixed(last, side.grid_column + side.SIDE - 1)}"
        self._places, *_, self._heights, self._roots = (
            fixed_column_cells(side.lowest_column + offset, side.first_row, side.first_row + side.SIDE - 1)
            for offset in range(len(_LOWEST))
        )

    def write(self) -> None:
        """Write the lowest places, then one line after the other."""
        side, sheet, theme = self._side, self._sheet, self._pen.theme
        hidden = theme.make(num_format=";;;", font_size=6)
        for rank in range(1, side.SIDE + 1):
            sheet.write_number(side.grid_row + rank - 1, side.grid_column + side.SIDE, rank, hidden)
        self._write_lowest()
        left = side.contour_column
        sheet.write_string(side.data_row, left, "The contour lines, clockwise from the left end", theme.heading)
        sheet.write_lines(side.data_row + 1, left, _STATED, theme.muted)
        sheet.write_string(side.header_row - 1, left, f"lines of equal {side.error_name}", theme.muted)
        sheet.write_string(side.header_row, left, "grid column", theme.table_header)
        every = [*range(1, side.SIDE + 1)]
        for row, place in enumerate((0, *every, 0, *every[::-1], 0), start=side.first_row):
            if place:
                sheet.write_number(row, left, place, theme.table_number("0"))
        for number in range(1, side.LEVELS + 1):
            self._write_line(number, left + 3 * number - 2)
        self._write_frame()

    def _write_frame(self) -> None:
        """Write the corners of the picture, from one round to it again."""
        side, left = self._side, self._side.frame_column
        self._sheet.write_string(side.data_row, left, "The frame", self._pen.theme.heading)
        self._sheet.write_texts(side.header_row, left, ("across", "upward"), self._pen.theme.table_header)
        for (row, column), text in zip(side.corner_names, ("edge of the picture", "start"), strict=True):
            self._sheet.write_string(row, column, text, self._pen.theme.muted)
        style = self._pen.theme.table_number("0.000000")
        for row, corner in enumerate(((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)), start=side.first_row):
            for axis, (name, end) in enumerate(zip(side.surface.moved, corner, strict=True)):
                live = Live(fixed(side.range_row + axis, 1 + end), side.ranges[name][end])
                live.write(self._sheet, row, left + axis, style)

    def _write(self, row: int, column: int, formula: str, value: float, number_format: str) -> None:
        style, shown = self._pen.theme.table_number(number_format), self._error or value
        if formula.startswith("{"):
            self._sheet.write_array_formula(row, column, row, column, formula, style, shown)
        else:
            Live(formula, shown).write(self._sheet, row, column, style)

    def _write_lowest(self) -> None:
        side, theme, left = self._side, self._pen.theme, self._side.lowest_column
        self._sheet.write_string(side.data_row, left, "The lowest place in each column of the grid", theme.heading)
        self._sheet.write_texts(side.header_row, left, _LOWEST, theme.table_header)
        formats = ("0", ERROR_FORMAT, ERROR_FORMAT, ERROR_FORMAT, _PLACE, _PLACE, _PLACE)
        for number, (cells, values) in enumerate(zip(self._cells, self._landscape.lowest, strict=True)):
            row = side.first_row + number
            self._sheet.write_number(row, left, number + 1, theme.table_number("0"))
            what = zip(self._lowest(cells, row), values, formats, strict=True)
            for column, (formula, value, number_format) in enumerate(what, start=left + 1):
                self._write(row, column, formula, value, number_format)

    def _lowest(self, cells: str, row: int) -> Iterable[str]:
        left, last, w = self._side.lowest_column, self._side.SIDE, self._upward
        at, above, here, below, shift = (xl_rowcol_to_cell(row, left + place) for place in range(1, 6))
        bend = f"({above}-2*{here}+{below})"
        return (
            f"MATCH(MIN({cells}),{cells},0)",
            f"INDEX({cells},MAX(1,{at}-1))",
            f"INDEX({cells},{at})",
            f"INDEX({cells},MIN({last},{at}+1))",
            f"IF(OR({at}=1,{at}={last},{bend}<=0),0,0.5*({above}-{below})/{bend})",
            f"INDEX({w},{at})+{shift}*(INDEX({w},2)-INDEX({w},1))",
            f"SQRT(MAX(0,{here}-0.25*({above}-{below})*{shift}))",
        )

    def _write_line(self, number: int, left: int) -> None:
        """Write what is said of a line, and its points: the row inside, across, upward."""
        side, theme, line = self._side, self._pen.theme, self._landscape.line(number, self._side.LEVELS)
        names = ("row inside", "across", "upward")
        self._sheet.write_texts(side.header_row, left, names, theme.table_header)
        (x_left, y_left), (x_right, y_right) = line.ends
        stated = (line.level, line.level**0.5, line.first, line.last, *line.beyond, x_left, y_left, x_right, y_right)
        for offset, (formula, value) in enumerate(zip(self._stated(number, left), stated, strict=True), start=1):
            number_format = ERROR_FORMAT if offset <= 2 else "0" if offset <= 4 else _PLACE
            self._write(side.data_row + offset, left + 2, formula, value, number_format)
        self._write_points(line, left)

    def _stated(self, number: int, left: int) -> Iterable[str]:
        side, whole = self._side, self._whole
        level, root, first, last, beyond_left, beyond_right = (
            fixed(side.data_row + place, left + 2) for place in range(1, 7)
        )
        ranks = fixed_column_cells(left, side.first_row + 1, side.first_row + side.SIDE)
        across = f"{fixed(side.axis_row, side.grid_column)}:{fixed(side.axis_row, side.grid_column + side.SIDE - 1)}"
        lowest = f"MAX(MIN({self._roots})^2,MAX({whole})/{DEPTH})"
        yield f"IF(MAX({whole})=0,0,MAX({whole})*({lowest}/MAX({whole}))^({number}/{side.LEVELS + 1}))"
        yield f"SQRT({level})"
        yield f"{{=MIN(IF({ranks}<{NONE},{self._places},{side.SIDE}))}}"
        yield f"{{=MAX(IF({ranks}<{NONE},{self._places},{first}))}}"
        ends = ((first, beyond_left, f"MAX(1,{first}-1)"), (last, beyond_right, f"MIN({side.SIDE},{last}+1)"))
        for column, _, there in ends:
            inner, outer = (f"INDEX({self._roots},{place})" for place in (column, there))
            outside = f"OR({column}={there},INDEX({ranks},{column})={NONE})"
            yield f"IF({outside},0,IF({outer}<={root},1,({root}-{inner})/({outer}-{inner})))"
        for column, beyond, there in ends:
            for cells in (f"{across},1", self._heights):
                here = f"INDEX({cells},{column})"
                yield f"{here}+(INDEX({cells},{there})-{here})*{beyond}"

    def _write_points(self, line: ContourLine, left: int) -> None:
        side, last = self._side, self._side.SIDE
        level, root, first_in, last_in = (fixed(side.data_row + place, left + 2) for place in range(1, 5))
        ends = [[fixed(side.data_row + place, left + 2) for place in pair] for pair in ((7, 8), (9, 10))]
        ranks = iter(line.ranks)
        for position, point in enumerate(line.points):
            row, upper = side.first_row + position, position <= last
            if position % (last + 1) == 0:
                formulas = ends[position == last + 1]
            else:
                place = position if upper else 2 * last + 2 - position
                cells, at = self._cells[place - 1], xl_rowcol_to_cell(row, left)
                found = f"MIN(IF({cells}<={level},{self._ranks},{NONE}))"
                if not upper:
                    found = f"MAX(IF({cells}<={level},{self._ranks},0))"
                self._write(row, left, f"{{={found}}}", next(ranks), "0")
                none, edge = (f"{at}={NONE}", 1) if upper else (f"{at}=0", last)
                crossed = (
                    fixed(side.axis_row, side.grid_column + place - 1),
                    self._crossing(cells, at, root, edge, f"{at}{'-' if upper else '+'}1"),
                )
                formulas = [
                    f"IF({none},IF({place}<{first_in},{on_left},IF({place}>{last_in},{on_right},"
                    f"{xl_rowcol_to_cell(row - 1, left + 1 + axis)})),{crossed[axis]})"
                    for axis, (on_left, on_right) in enumerate(zip(*ends, strict=True))
                ]
            for column, (formula, value) in enumerate(zip(formulas, point, strict=True), start=left + 1):
                self._write(row, column, formula, value, _PLACE)

    def _crossing(self, cells: str, at: str, root: str, edge: int, outside: str) -> str:
        """Where the line lies between the row inside and the one outside."""
        inner, outer = f"SQRT(INDEX({cells},{at}))", f"SQRT(INDEX({cells},{outside}))"
        y, y_outer = f"INDEX({self._upward},{at})", f"INDEX({self._upward},{outside})"
        return f"IF({at}={edge},{y},{y}+({y_outer}-{y})*({root}-{inner})/({outer}-{inner}))"
