"""The exercise's most common mistake, as data: most public workbooks contain it, and training hides it."""

from dataclasses import replace

from sheetgen.network import names
from sheetgen.network.experiment import Experiment
from sheetgen.network.notation import Writer
from sheetgen.network.quantities import Notation


def wrong_gradients(experiment: Experiment, notation: Notation) -> dict[str, str]:
    """Write the gradients of the second hidden neuron's parameters with the activation of the first in its place.

    Returns:
        The wrong formula under each gradient's name; empty for a network in which the mistake cannot be made (fewer
        than two neurons in the first hidden layer, or neurons that are linear).
    """
    layers, writer = experiment.layers, Writer(experiment)
    if len(layers) < 3 or layers[1] < 2:
        return {}
    right, wrong = writer.slope(1, 2), writer.slope(1, 1)
    if not right:
        return {}
    concerned = [names.gradient(p.name) for p in writer.trained if (p.layer, p.target) == (1, 2)]
    return {name: notation.by_name[name].formulas[-1].replace(right, wrong) for name in concerned}


def with_mistake(experiment: Experiment, notation: Notation) -> Notation:
    """Return the notation with the wrong gradients in place of the right ones."""
    wrong = wrong_gradients(experiment, notation)
    quantities = (replace(q, formulas=(wrong[q.name],)) if q.name in wrong else q for q in notation.quantities)
    return replace(notation, quantities=tuple(quantities))
