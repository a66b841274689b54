"""Where each map, kernel and number stands: the only module that knows addresses.

Rows and columns count from 0, as in XlsxWriter. A map is a block of square cells; beside it stand the kernels that made
it. At least as many empty cells surround a map as the next layer pads: they are its zeros.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil

from xlsxwriter.utility import xl_rowcol_to_cell

from mnist.data import SIDE
from mnist.workbook.description import Description, Layer
from sheetgen.workbook.layout import reference

NETWORK, DRAW, CELL, FIRST, WHAT_IF = "Network", "Draw", "One cell", "First layer", "What if"
GRADIENTS, NORMS, PYTORCH, DIGITS, PLACES = "Gradients", "Batch norm", "PyTorch", "Digits", "Places"
SHEETS = (NETWORK, DRAW, CELL, FIRST, WHAT_IF, GRADIENTS, NORMS, PYTORCH, DIGITS, PLACES)
CLASSES = 10

PIXEL = 9
"""The side of a map's cell on the screen, in pixels."""
COLUMNS = 140
"""The width of *Network*, in such cells: what a screen of 1366 pixels shows."""
_TOP = 5  # the first band, below the choices
_MARGIN = 1
_PANEL = 88  # the column of the scores
_PANEL_ROWS = 2 + 2 * CLASSES + 5


@dataclass(frozen=True)
class Block:
    """A rectangle of cells on a sheet."""

    sheet: str
    row: int
    column: int
    height: int
    width: int

    def cell(self, row: int, column: int) -> tuple[int, int]:
        """Return row and column, on the sheet, of one of its cells."""
        return self.row + row, self.column + column

    def cells(self) -> Iterator[tuple[int, int]]:
        """Return all its cells, row by row."""
        return (self.cell(row, column) for row in range(self.height) for column in range(self.width))

    def part(self, row: int, column: int, height: int, width: int) -> "Block":
        """Return a rectangle inside it, or at its edge."""
        return Block(self.sheet, self.row + row, self.column + column, height, width)

    def address(self, origin: str = "", *, fixed: bool = False) -> str:
        """Write it as a formula of the sheet `origin` refers to it."""
        first = xl_rowcol_to_cell(self.row, self.column, fixed, fixed)
        last = xl_rowcol_to_cell(self.row + self.height - 1, self.column + self.width - 1, fixed, fixed)
        cells = first if self.height == self.width == 1 else f"{first}:{last}"
        return cells if origin == self.sheet else f"{quoted(self.sheet)}!{cells}"


def quoted(sheet: str) -> str:
    """Write a sheet's name as formulas do."""
    return reference(sheet, 0, 0).split("!")[0]


@dataclass(frozen=True)
class Grid:
    """How the maps of a layer are arranged.

    Attributes:
        per_line: maps side by side.
        kernels: kernels side by side, beside each map.
        unit: height and width of a map with its kernels and the gap after them.
        gap: empty cells around a map.
        lines: maps one below the other.
    """

    per_line: int
    kernels: int
    unit: tuple[int, int]
    gap: int
    lines: int

    @property
    def height(self) -> int:
        """Rows of the whole layer."""
        return self.lines * self.unit[0]


@dataclass
class LayerPlace:
    """Where a layer stands.

    Attributes:
        heading: row and column of its heading.
        maps: one block per map.
        kernels: for each map the blocks of its kernels, in the order of the maps it sees.
        grid: the arrangement.
    """

    heading: tuple[int, int]
    maps: list[Block]
    kernels: list[list[Block]]
    grid: Grid


@dataclass
class Layout:
    """All places on *Network*.

    Attributes:
        image: the pixels that the network sees.
        layers: one for each layer.
        means: the mean of each map of the last layer.
        weights, bias, scores: of the linear layer; scores stand one below the other, as do the weights' rows.
        end: the first row below everything.
        names: defined names and the blocks they stand for.
    """

    description: Description
    image: Block = field(init=False)
    layers: list[LayerPlace] = field(init=False)
    means: Block = field(init=False)
    weights: Block = field(init=False)
    bias: Block = field(init=False)
    scores: Block = field(init=False)
    end: int = field(init=False)
    names: dict[str, Block] = field(init=False)

    def __post_init__(self) -> None:
        """Place everything, from the image down."""
        self.image = Block(NETWORK, _TOP + 2, _MARGIN + 1, SIDE, SIDE)
        self.layers = []
        flow = _Flow(self.image)
        for number, layer in enumerate(self.description.layers):
            self.layers.append(flow.place(layer, self._gap(number)))
        top, maps = flow.bottom + 3, self.description.weights.shape[1]
        self.means = Block(NETWORK, top, _MARGIN + 2, 1, maps)
        self.weights = Block(NETWORK, top + 2, _MARGIN + 2, CLASSES, maps)
        self.bias = Block(NETWORK, top + 2, _MARGIN + maps + 3, CLASSES, 1)
        self.scores = Block(NETWORK, top + 2, _MARGIN + maps + 5, CLASSES, 1)
        self.end = top + 2 + CLASSES
        self.names = dict(CHOICES) | {
            "drawing": DRAWING,
            "image": self.image,
            "scores": self.scores,
            **{f"patch_{name}": block for name, block in PATCH.items()},
        }

    def _gap(self, number: int) -> int:
        following = self.description.layers[number + 1 : number + 2]
        return max([1, *(layer.padding for layer in following)])

    def before(self, number: int) -> list[Block]:
        """Return the maps that a layer takes."""
        return self.layers[number - 1].maps if number else [self.image]


class _Flow:
    """Places layers from left to right, and below where there is no room."""

    def __init__(self, image: Block) -> None:
        self.top = image.row
        self.right = image.column + image.width + 2
        self.bottom = image.row + image.height
        self.end = _PANEL - 2  # left of the panel
        self.panel_end = self.top + _PANEL_ROWS

    def place(self, layer: Layer, gap: int) -> LayerPlace:
        grid = _arranged(layer, gap, self.end - self.right, self.bottom - self.top + 1)
        if grid is None:
            self.top, self.right, self.end = max(self.bottom, self.panel_end) + 3, _MARGIN + 1, COLUMNS
            self.panel_end = 0
            grid = _arranged(layer, gap, self.end - self.right, None)
        if grid is None:  # wider than the screen
            grid = min(_grids(layer, gap, 10**6), key=lambda each: each.unit[1])
        place = _placed(layer, grid, self.top, self.right)
        self.bottom = max(self.bottom, self.top + grid.height - 1)
        self.right += grid.per_line * grid.unit[1] + 1
        return place


def _arranged(layer: Layer, gap: int, width: int, height: int | None) -> Grid | None:
    """Return the flattest arrangement that fits; of equal ones, the narrowest."""
    fitting = [grid for grid in _grids(layer, gap, width) if height is None or grid.height <= height]
    return min(fitting, key=lambda grid: (grid.height, grid.per_line * grid.unit[1]), default=None)


def _grids(layer: Layer, gap: int, width: int) -> Iterator[Grid]:
    maps, high, wide = layer.outputs
    for side_by_side in range(1, layer.seen + 1) if layer.weights is not None else (0,):
        down = ceil(layer.seen / side_by_side) if side_by_side else 0
        beside = side_by_side * (layer.size + 1) if side_by_side else 0
        unit = max(high + gap, down * (layer.size + 1)), wide + gap + beside
        per_line = min(maps, width // unit[1])
        if per_line > 0:
            lines = ceil(maps / per_line)
            yield Grid(ceil(maps / lines), side_by_side, unit, gap, lines)


def _placed(layer: Layer, grid: Grid, top: int, left: int) -> LayerPlace:
    maps, kernels = [], []
    for number in range(layer.outputs[0]):
        row = top + number // grid.per_line * grid.unit[0]
        column = left + number % grid.per_line * grid.unit[1]
        maps.append(Block(NETWORK, row, column, *layer.outputs[1:]))
        kernels.append([_kernel(layer, grid, maps[-1], seen) for seen in range(layer.seen if grid.kernels else 0)])
    return LayerPlace((top - 2, left), maps, kernels, grid)


def _kernel(layer: Layer, grid: Grid, own: Block, seen: int) -> Block:
    row, column = kernel_offset(layer, grid, seen)
    return Block(NETWORK, own.row + row, own.column + column, layer.size, layer.size)


def kernel_offset(layer: Layer, grid: Grid, seen: int) -> tuple[int, int]:
    """Return how far below and right of a map's first cell the kernel for the map that it sees stands."""
    row, column = divmod(seen, grid.kernels)
    return row * (layer.size + 1), layer.outputs[2] + grid.gap + column * (layer.size + 1)


PANEL = Block(NETWORK, _TOP, _PANEL, _PANEL_ROWS, COLUMNS - _PANEL)
"""Where scores, powers and probabilities are read."""
STRIP_ROW = 4  # of the first pixels on Digits, those of the empty digit 0


def stored_digit(number: int) -> Block:
    """Return where a digit's pixels are stored; number 0 is empty."""
    return Block(DIGITS, STRIP_ROW + SIDE * number, 1, SIDE, SIDE)


DRAWING = Block(DRAW, 4, 1, SIDE, SIDE)
OWN_LABEL = Block(DRAW, 5, 36, 1, 1)
PATCH = {name: Block(WHAT_IF, row, 4, 1, 1) for name, row in (("size", 20), ("row", 21), ("column", 22))}
KERNEL_MAP, KERNEL_USED = Block(WHAT_IF, 5, 4, 1, 1), Block(WHAT_IF, 6, 4, 1, 1)
ETA = Block(GRADIENTS, 3, 3, 1, 1)
FIRST_MAP = Block(FIRST, 3, 3, 1, 1)
UNCHANGED = Block(NETWORK, 1, 92, 1, 1)

_CHOICE_COLUMNS = (("layer", 14), ("map", 25), ("row", 36), ("column", 51))
CHOICES: Mapping[str, Block] = {
    "digit": Block(NETWORK, 1, 8, 1, 1),
    "reads": Block(NETWORK, 1, 64, 1, 1),
    "label": Block(NETWORK, 1, 84, 1, 1),
} | {f"chosen_{name}": Block(NETWORK, 2, column, 1, 1) for name, column in _CHOICE_COLUMNS}
