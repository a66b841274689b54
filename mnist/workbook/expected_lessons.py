"""What PyTorch says that the cells must hold of the sheets beside *Network*."""

from collections.abc import Iterator

import numpy as np

from mnist.data import DEVIATION, MEAN
from mnist.workbook.description import Description
from mnist.workbook.digits import Gallery
from mnist.workbook.layout import CHOICES, Block
from mnist.workbook.reference import Traced, step
from mnist.workbook.sheets.draw import probability_column
from mnist.workbook.sheets.first_layer import folding_cells, stage_blocks
from mnist.workbook.sheets.gradients import error_columns, gradient, loss_cells, new_columns, stepped, worked_cells
from mnist.workbook.sheets.one_cell import line_cells, slot_blocks
from mnist.workbook.sheets.tables import folded_cells
from mnist.workbook.sheets.what_if import TRAINED, boxes, outcome_columns
from mnist.workbook.trials import Trial, place_of
from sheetgen.types import Array, Place

Cells = Iterator[tuple[Place, float]]
Expected = dict[Place, float]


def cells_of(block: Block, values: Array) -> Cells:
    """Return the numbers of a block, cell by cell."""
    return ((place_of(block, *at), float(values[at])) for at in np.ndindex(values.shape))


def expected_on_other_sheets(description: Description, traced: Traced, trial: Trial, gallery: Gallery) -> Cells:
    """Return what the cells must hold in a trial.

    Args:
        description: the network.
        traced: what PyTorch computes for the trial's image.
        trial: what a reader has typed.
        gallery: the digits.
    """
    probabilities = softmax(traced.scores)
    yield from cells_of(probability_column(), probabilities[:, None])
    outcome = outcome_columns(description.first.size)
    yield from cells_of(outcome["probability"], probabilities[:, None])
    yield from cells_of(outcome["score"], traced.scores[:, None])
    if trial.is_as_given:
        yield from cells_of(outcome["pytorch"], traced.scores[:, None])
    yield from _kernels(description, traced, trial)
    yield from _folded(description, traced, trial.unfolded)
    yield from _unfolded(description, traced, trial.unfolded)
    yield from _one_cell(description, traced, trial, gallery)
    yield from _step(description, traced, trial, gallery)


def softmax(scores: Array) -> Array:
    """Return the probabilities."""
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())


def _kernels(description: Description, traced: Traced, trial: Trial) -> Cells:
    """Return the kernel on *What if* as trained, and the one in use."""
    weights, used = description.first.weights, traced.kernels[int(description.padded)]
    assert weights is not None
    blocks = boxes(description.first.size)
    yield from cells_of(blocks[TRAINED], weights[trial.replaced, 0])
    yield from cells_of(blocks["in use"], used[trial.replaced, 0])


def _folded(description: Description, traced: Traced, unfolded: int) -> Cells:
    """Return the scale and the shift of each map; the first layer's also scale the pixels, unless these are scaled."""
    for number, (scale, shift) in enumerate(traced.folded):
        if not len(scale):
            continue
        if description.layers[number] is description.first and not description.padded:
            shift = shift - scale * traced.kernels[number].sum(axis=(1, 2, 3)) * MEAN / DEVIATION
            scale = scale / 255 / DEVIATION
        for own, numbers in enumerate(zip(scale, shift, strict=True)):
            for block, value in zip(folded_cells(description, number, own), numbers, strict=True):
                yield place_of(block, 0, 0), float(value)
        if description.layers[number] is description.first:
            for block, values in zip(folding_cells(description), (scale, shift), strict=True):
                yield place_of(block, 0, 0), float(values[unfolded])


def _complete(description: Description, traced: Traced, number: int) -> list[Array]:
    """Return a convolution's output, after batch normalisation, after ReLU; what it lacks repeats the one before."""
    layer, stages = description.layers[number], list(traced.stages[number])
    if layer.norm is None:
        stages.insert(0, stages[0])
    return stages if layer.relu else [*stages, stages[-1]]


def _unfolded(description: Description, traced: Traced, own: int) -> Cells:
    stages = _complete(description, traced, int(description.padded))
    last = [stages[0], stages[1], np.maximum(stages[1], 0)]
    for block, maps in zip(stage_blocks(description), last, strict=True):
        yield from cells_of(block, maps[own])


def _one_cell(description: Description, traced: Traced, trial: Trial, gallery: Gallery) -> Cells:
    number, own, row, column = (each - 1 for each in trial.looked_at)
    layer = description.layers[number]
    before = traced.maps[number - 1] if number else trial.image(gallery)[None]
    before = np.pad(before, ((0, 0), (layer.padding,) * 2, (layer.padding,) * 2))
    top, left, first = row * layer.stride, column * layer.stride, layer.first_seen(own)
    windows = before[first : first + layer.seen, top : top + layer.size, left : left + layer.size]
    lines = {name: place_of(block, 0, 0) for name, block in line_cells(description).items()}
    result = float(traced.maps[number][own, row, column])
    yield from ((lines[name], result) for name in ("a", "there"))
    sums = windows.max(axis=(1, 2))
    if layer.kind == "conv":
        products = windows * traced.kernels[number][own]
        sums = products.sum(axis=(1, 2))
        for slot, (kernel, product) in enumerate(zip(traced.kernels[number][own], products, strict=True)):
            blocks = slot_blocks(description, slot)
            yield from cells_of(blocks["kernel"], kernel)
            yield from cells_of(blocks["product"], product)
        stages = _complete(description, traced, number)
        yield from ((lines[name], float(stage[own, row, column])) for name, stage in zip("zy", stages, strict=False))
    yield lines["Σ"], float(sums.sum() if layer.kind == "conv" else sums.max())
    for slot, (window, total) in enumerate(zip(windows, sums, strict=True)):
        blocks = slot_blocks(description, slot)
        yield from cells_of(blocks["window"], window)
        yield place_of(blocks["sum"], 0, 0), float(total)


def _step(description: Description, traced: Traced, trial: Trial, gallery: Gallery) -> Cells:
    known = trial.target(gallery)
    target = int(traced.scores.argmax()) if known is None else known
    taken = step(description, traced.means, target, trial.eta)
    yield from zip((place_of(block, 0, 0) for block in loss_cells()), (taken.before, taken.after), strict=True)
    gradients = np.column_stack([taken.weights, taken.bias])
    weights = np.column_stack([description.weights, description.bias]) - trial.eta * gradients
    for at in np.ndindex(gradients.shape):
        yield place_of(gradient(*at), 0, 0), float(gradients[at])
        yield place_of(stepped(*at), 0, 0), float(weights[at])
    wanted = np.eye(len(taken.bias))[target]
    powers = np.exp(taken.scores - taken.scores.max())
    columns = {"p": taken.bias + wanted, "t": wanted, "δ": taken.bias}
    after = {"score": taken.scores, "power": powers, "probability": softmax(taken.scores)}
    for places, numbers in ((error_columns(), columns), (new_columns(), after)):
        for name, values in numbers.items():
            yield from cells_of(places[name], values[:, None])
    worked = {"δ": taken.bias[target], "g": gradients[target, 0], "new w": weights[target, 0]}
    yield from ((place_of(worked_cells()[name], 0, 0), float(value)) for name, value in worked.items())
    if known is not None:
        yield place_of(CHOICES["label"], 0, 0), float(known)
