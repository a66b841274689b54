"""The types that several wings speak of, each defined once."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""Numbers."""

Mask = NDArray[np.bool_]
"""Whether something is so, for each of several rows or cells."""

Rows = NDArray[np.int64]
"""Rows of a sheet, or their positions in a table."""

Place = tuple[str, int, int]
"""A cell: its sheet's name, its row and its column, both counted from 1."""

Value = float | str | bool | None
"""What a cell holds; an error is its text, nothing is None."""
