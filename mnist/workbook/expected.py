"""What PyTorch says that the cells must hold, cell by cell."""

import numpy as np

from mnist.workbook.description import Description
from mnist.workbook.digits import Gallery
from mnist.workbook.expected_lessons import Expected, cells_of, expected_on_other_sheets
from mnist.workbook.layout import CHOICES, Block, Layout
from mnist.workbook.reference import Traced, trace
from mnist.workbook.sheets.geometry import map_places
from mnist.workbook.sheets.scores import panel_cells
from mnist.workbook.trials import Trial, place_of
from sheetgen.types import Array


def expected_cells(description: Description, layout: Layout, gallery: Gallery, trial: Trial) -> Expected:
    """Return what the cells of every sheet must hold in a trial."""
    image = trial.image(gallery)
    traced = trace(description, image, trial.changed_kernel())
    found = dict(cells_of(layout.image, image))
    for place, maps in zip(layout.layers, traced.maps, strict=True):
        for block, values in zip(place.maps, maps, strict=True):
            found |= cells_of(block, values)
    found |= cells_of(layout.means, traced.means[None])
    found |= cells_of(layout.scores, traced.scores[:, None])
    found |= _probabilities(traced)
    found |= {place_of(cell, 0, 0): 1.0 + getattr(block, name) for name, cell, block in map_places(layout)}
    if trial.is_as_given:
        found |= {place_of(cell, 0, 0): float(s) for cell, s in zip(panel_cells("pytorch"), traced.scores, strict=True)}
    found |= dict(expected_on_other_sheets(description, traced, trial, gallery))
    for place, kernels in zip(layout.layers, traced.kernels, strict=True):
        found |= _kernels(place.kernels, kernels)
    return found


def _kernels(places: list[list[Block]], kernels: Array) -> Expected:
    """Return the weights of a layer, each where it stands beside its map; a layer without any has an empty array."""
    pairs = (pair for own, weights in zip(places, kernels, strict=False) for pair in zip(own, weights, strict=True))
    return {place: value for block, weights in pairs for place, value in cells_of(block, weights)}


def _probabilities(traced: Traced) -> Expected:
    powers = np.exp(traced.scores - traced.scores.max())
    columns = {"score": traced.scores, "power": powers, "probability": powers / powers.sum()}
    found = {
        place_of(block, 0, 0): float(value)
        for name, values in columns.items()
        for block, value in zip(panel_cells(name), values, strict=True)
    }
    return found | {place_of(CHOICES["reads"], 0, 0): float(traced.scores.argmax())}
