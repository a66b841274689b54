"""What PyTorch says that cells must hold, cell by cell."""

from collections.abc import Iterator

import numpy as np

from mnist.workbook.description import Description
from mnist.workbook.digits import Gallery
from mnist.workbook.layout import CHOICES, CLASSES, Block, Layout
from mnist.workbook.reference import Traced, step, trace
from mnist.workbook.sheets.first_layer import stage_blocks
from mnist.workbook.sheets.gradients import gradient, loss_cells, stepped
from mnist.workbook.sheets.one_cell import result_cell
from mnist.workbook.sheets.scores import panel_cells
from mnist.workbook.trials import Trial, place_of
from sheetgen.types import Array, Place

Expected = dict[Place, float]


def expected_cells(description: Description, layout: Layout, gallery: Gallery, trial: Trial) -> Expected:
    """Return what the cells of every sheet must hold in a trial."""
    image = trial.image(gallery)
    traced = trace(description, image, trial.changed_kernel())
    found = dict(_block(layout.image, image))
    for place, maps in zip(layout.layers, traced.maps, strict=True):
        for block, values in zip(place.maps, maps, strict=True):
            found |= _block(block, values)
    found |= _block(layout.means, traced.means[None])
    found |= _block(layout.scores, traced.scores[:, None])
    found |= _probabilities(traced)
    found |= _unfolded(description, traced, trial.unfolded)
    layer, own, row, column = (number - 1 for number in trial.looked_at)
    found |= {place_of(result_cell(description), 0, 0): float(traced.maps[layer][own, row, column])}
    return found | _step(description, traced, trial, gallery)


def _block(block: Block, values: Array) -> Iterator[tuple[Place, float]]:
    return ((place_of(block, *at), float(values[at])) for at in np.ndindex(values.shape))


def _probabilities(traced: Traced) -> Expected:
    powers = np.exp(traced.scores - traced.scores.max())
    columns = {"score": traced.scores, "power": powers, "probability": powers / powers.sum()}
    found = {
        place_of(block, 0, 0): float(value)
        for name, values in columns.items()
        for block, value in zip(panel_cells(name), values, strict=True)
    }
    return found | {place_of(CHOICES["reads"], 0, 0): float(traced.scores.argmax())}


def _unfolded(description: Description, traced: Traced, own: int) -> Expected:
    """Return the stages of the unfolded map; those that the layer lacks repeat the one before."""
    first = description.first
    stages = [traced.stages[0]]
    stages.append(traced.stages[1] if first.norm is not None else stages[0])
    stages.append(np.maximum(stages[1], 0) if first.relu else stages[1])
    blocks = stage_blocks(description)
    return {
        place: value for block, maps in zip(blocks, stages, strict=True) for place, value in _block(block, maps[own])
    }


def _step(description: Description, traced: Traced, trial: Trial, gallery: Gallery) -> Expected:
    target = trial.target(gallery)
    taken = step(description, traced.means, int(traced.scores.argmax()) if target is None else target, trial.eta)
    before, after = loss_cells()
    found = {place_of(before, 0, 0): taken.before, place_of(after, 0, 0): taken.after}
    gradients = np.column_stack([taken.weights, taken.bias])
    weights = np.column_stack([description.weights, description.bias]) - trial.eta * gradients
    for digit, number in np.ndindex(CLASSES, gradients.shape[1]):
        found[place_of(gradient(digit, number), 0, 0)] = float(gradients[digit, number])
        found[place_of(stepped(digit, number), 0, 0)] = float(weights[digit, number])
    if target is not None:
        found[place_of(CHOICES["label"], 0, 0)] = float(target)
    return found
