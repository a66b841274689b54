"""The trajectory of the NumPy reference from a table's own first row: every quantity in every row."""

import numpy as np

from sheetgen.network.numpy_reference import descent, mean_error, pack, train
from sheetgen.types import Array
from sheetgen.verify.values.cached_numbers import CachedNumbers


def train_from_first_row(numbers: CachedNumbers) -> dict[str, Array] | None:
    """Train the network from the numbers of a table's first row.

    Args:
        numbers: what the table's cells hold.

    Returns:
        By quantity, its value in each row, shape (rows,); None if the start is not known, or if layers share trained
        biases, which the reference does not support.
    """
    network, table = numbers.reading.network, numbers.reading.table
    first = {name: numbers.first(name) for name in (*network.weights, *network.bias_names.values())}
    inputs = numbers.data(network.inputs)
    targets = numbers.data(network.targets)
    known = np.isfinite([*first.values(), numbers.eta[0]]).all()
    if not known or not np.isfinite(inputs).all() or not np.isfinite(targets).all():
        return None
    if network.biases == "layer" and network.train_biases:
        return None
    biases = [first[network.bias_names[place]] for place in network.bias_names]
    packed = pack(network.layers, [first[name] for name in network.weights], biases)
    rate = float(numbers.eta[0])
    series = train(network, inputs, targets, *packed, descent(rate), train_biases=network.train_biases).named()
    series["E_mean"] = mean_error(series["E_total"], numbers.reading.samples)
    series["iteration"] = np.arange(table.rows, dtype=np.float64) + numbers.first_count
    return series
