"""The sheet *What if*: a kernel of the first layer that the reader can replace, and a patch over the digit."""

from mnist.data import SIDE
from mnist.workbook.book import PALE_SIGNED_SCALE, Page, whole
from mnist.workbook.layout import CHOICES, CLASSES, KERNEL_MAP, KERNEL_USED, PATCH, WHAT_IF, Block
from sheetgen.workbook.xlsxwriter_classes import Format

_BOX = 10  # the row of the kernels' first cells
_TABLE = 26  # the row above the trained kernels
TRAINED, YOURS = "as trained", "yours"
_USES = (TRAINED, YOURS, "blur", "edges", "zero")


def _size(page: Page) -> int:
    return page.book.description.first.size


def _outcome_column(page: Page) -> int:
    return 3 + 3 * (_size(page) + 1)


def outcome_columns(size: int) -> dict[str, Block]:
    """Return where, to the right of the kernels of this size, probabilities and scores stand again."""
    first = 3 + 3 * (size + 1)
    places = {"probability": first + 1, "score": first + 3, "pytorch": first + 4}
    return {name: Block(WHAT_IF, 8, column, CLASSES, 1) for name, column in places.items()}


def trained_column(page: Page, row: int, column: int) -> Block:
    """Return where this weight of each trained kernel stands."""
    maps, size = page.book.description.first.outputs[0], _size(page)
    return Block(WHAT_IF, _TABLE + 1, 2 + row * size + column, maps, 1)


def boxes(size: int) -> dict[str, Block]:
    """Return the kernels that are shown: as trained, the reader’s own, and the one in use."""
    names = (TRAINED, YOURS, "in use")
    return {name: Block(WHAT_IF, _BOX, 1 + place * (size + 1), size, size) for place, name in enumerate(names)}


def replaced_kernel(page: Page, own: int, row: int, column: int) -> str:
    """Return the formula of a weight of the first layer: as trained, unless its map’s kernel is replaced."""
    used = boxes(_size(page))["in use"].part(row, column, 1, 1).address(page.name)
    trained = trained_column(page, row, column).part(own, 0, 1, 1).address(page.name)
    return f"IF({KERNEL_MAP.address(page.name, fixed=True)}={own + 1},{used},{trained})"


def chosen_weight(page: Page, chosen: str, row: int, column: int) -> str:
    """Return the formula of a weight that the first layer uses for the map whose number stands in a cell."""
    used = boxes(_size(page))["in use"].part(row, column, 1, 1).address(page.name)
    trained = trained_column(page, row, column).address(page.name, fixed=True)
    return f"IF({KERNEL_MAP.address(page.name)}={chosen},{used},INDEX({trained},{chosen}))"


def ready_made(name: str, size: int, column: int) -> float:
    """Return a weight, the same in every row, of a kernel that blurs, finds vertical edges, or is zero."""
    if name == "blur":
        return 1 / size**2
    edge = {0: -1.0, size - 1: 1.0} if size > 1 else {}
    return edge.get(column, 0.0) if name == "edges" else 0.0


def write_what_if(page: Page) -> None:
    """Write the choice of a kernel, the kernels, the patch, and what comes of it."""
    page.begin(
        "What if", "Replace a kernel of the first layer, or cover a part of the digit: all maps and scores follow."
    )
    page.columns(0, 0, 16)
    page.columns(1, _outcome_column(page) - 1, 54)
    page.columns(_outcome_column(page), _outcome_column(page) + 4, 80)
    maps = page.book.description.first.outputs[0]
    page.text(4, 1, "A kernel of the first layer", page.theme.heading)
    page.note(4, 1, "What does the network still read if one of its first kernels blurs, finds edges, or is gone?")
    page.text(5, 1, "the kernel of map", page.theme.text)
    page.input(KERNEL_MAP, 1, whole(1, maps, "map"))
    page.text(6, 1, "is", page.theme.text)
    rule = {"validate": "list", "source": list(_USES)}
    page.input(KERNEL_USED, TRAINED, rule, width=2)
    page.text(6, 7, "← as trained; yours, which you edit below; or one that is ready-made", page.theme.muted)
    _write_boxes(page)
    _write_patch(page)
    _write_trained(page)
    _write_outcome(page)


def _write_boxes(page: Page) -> None:
    size, places = _size(page), boxes(_size(page))
    trained = page.book.description.first.weights
    assert trained is not None
    use, chosen = KERNEL_USED.address(page.name), KERNEL_MAP.address(page.name)
    shown = page.theme.make(num_format="0.000", align="right", border=1, border_color="#9AA5B1")
    for name, block in places.items():
        page.text(
            block.row - 1, block.column, f"{name} (edit it)" if name == YOURS else name, page.theme.make(bold=True)
        )
    for row in range(size):
        for column in range(size):
            at = (row, column)
            known = f"INDEX({trained_column(page, *at).address(page.name, fixed=True)},{chosen})"
            page.formula(*places[TRAINED].cell(*at), known, shown)
            page.number(*places[YOURS].cell(*at), float(trained[0, 0][at]), page.theme.editable)
            yours = places[YOURS].part(*at, 1, 1).address(page.name)
            blur, edges = (repr(ready_made(name, size, column)) for name in ("blur", "edges"))
            last = f'IF({use}="blur",{blur},IF({use}="edges",{edges},IF({use}="zero",0,{known})))'
            page.formula(*places["in use"].cell(*at), f'IF({use}="{YOURS}",{yours},{last})', shown)
    page.coloured([places[TRAINED], places["in use"]], PALE_SIGNED_SCALE)
    words = "Its copy starts as map 1’s. A kernel of nines, 0.11 each, blurs; one of −1, 0, 1 in each row finds edges."
    page.text(_BOX + size, 1, words, page.theme.muted)


def _write_patch(page: Page) -> None:
    page.text(18, 1, "A patch over the digit", page.theme.heading)
    page.note(18, 1, "Pixels under the patch become paper. Network frames it with dots.")
    page.text(19, 1, "Slide it: what does the network need to see?", page.theme.muted)
    words = {"size": "size (0: none)", "row": "top row, 1…28", "column": "left column, 1…28"}
    for name, first in (("size", 0), ("row", 8), ("column", 8)):
        block = PATCH[name]
        page.text(block.row, 1, words[name], page.theme.text)
        page.input(block, first, whole(0 if name == "size" else 1, SIDE, name))


def _write_trained(page: Page) -> None:
    weights = page.book.description.first.weights
    assert weights is not None
    size = _size(page)
    page.text(_TABLE - 1, 1, "The first layer’s kernels as trained", page.theme.heading)
    page.text(_TABLE, 1, "map", page.theme.table_header)
    for row in range(size):
        for column in range(size):
            block = trained_column(page, row, column)
            page.text(_TABLE, block.column, f"w{row + 1},{column + 1}", page.theme.table_header)
            for own in range(block.height):
                page.constant(block.row + own, block.column, weights[own, 0, row, column], _number(page))
    for own in range(len(weights)):
        page.number(_TABLE + 1 + own, 1, own + 1, page.theme.table_number("0"))


def _number(page: Page) -> Format:
    return page.theme.table_number("0.000")


def _write_outcome(page: Page) -> None:
    """Write the probabilities, live, and those of PyTorch for the digit as it is."""
    from mnist.workbook.sheets.scores import panel_cells

    column, theme = _outcome_column(page), page.theme
    page.text(4, column, "What it reads now", theme.heading)
    big = theme.make(bold=True, font_size=16, align="center")
    page.formula(5, column, CHOICES["reads"].address(page.name), big)
    page.merge(7, column + 1, 2, theme.table_header)
    for place, heading in ((0, "digit"), (1, "probability"), (3, "score"), (4, "before")):
        page.text(7, column + place, heading, theme.table_header)
    page.sheet.set_row_pixels(7, 36)
    number = theme.table_number("0.0000")
    for digit in range(CLASSES):
        page.number(8 + digit, column, digit, theme.table_number("0"))
        page.merge(8 + digit, column + 1, 2, number)
    for name, block in outcome_columns(_size(page)).items():
        for digit, cell in enumerate(panel_cells(name)):
            page.formula(*block.cell(digit, 0), cell.address(page.name), number)
    page.probability_bars(Block(WHAT_IF, 8, column + 1, CLASSES, 2))
