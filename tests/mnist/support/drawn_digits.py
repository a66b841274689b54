"""Digits as strokes of a pen, in several handwritings; nothing in them comes from MNIST.

A digit is a list of strokes, and a stroke a list of points in a box of 1 by 1, y pointing down. A smooth curve runs
through the points of a stroke; a corner is where one stroke ends and the next begins.
"""

import numpy as np
from PIL import Image, ImageDraw
from scipy.interpolate import make_interp_spline

Points = list[tuple[float, float]]

_FORMS: dict[int, list[list[Points]]] = {
    0: [
        [[(0.5, 0), (0.12, 0.25), (0.12, 0.72), (0.5, 1), (0.88, 0.72), (0.88, 0.25), (0.5, 0)]],
        [[(0.62, 0.03), (0.2, 0.22), (0.12, 0.7), (0.45, 0.98), (0.82, 0.75), (0.84, 0.3), (0.5, 0.02)]],
    ],
    1: [
        [[(0.5, 0), (0.5, 1)]],
        [[(0.3, 0.24), (0.55, 0)], [(0.55, 0), (0.53, 1)]],
        [[(0.62, 0), (0.4, 1)]],
    ],
    2: [
        [
            [(0.12, 0.25), (0.35, 0.02), (0.72, 0.06), (0.78, 0.32), (0.5, 0.65), (0.1, 0.97)],
            [(0.1, 0.97), (0.9, 0.97)],
        ],
        [
            [
                (0.15, 0.2),
                (0.5, 0),
                (0.8, 0.25),
                (0.55, 0.65),
                (0.22, 0.97),
                (0.1, 0.85),
                (0.3, 0.76),
                (0.6, 0.93),
                (0.92, 0.92),
            ]
        ],
    ],
    3: [
        [[(0.14, 0.14), (0.48, 0), (0.76, 0.2), (0.4, 0.46)], [(0.4, 0.46), (0.85, 0.68), (0.52, 1), (0.1, 0.86)]],
        [
            [(0.14, 0.02), (0.82, 0.02)],
            [(0.82, 0.02), (0.42, 0.4)],
            [(0.42, 0.4), (0.86, 0.64), (0.6, 0.97), (0.12, 0.88)],
        ],
    ],
    4: [
        [[(0.28, 0), (0.1, 0.58)], [(0.1, 0.58), (0.92, 0.58)], [(0.7, 0.18), (0.66, 1)]],
        [[(0.66, 0), (0.06, 0.66)], [(0.06, 0.66), (0.95, 0.66)], [(0.66, 0), (0.66, 1)]],
    ],
    5: [
        [
            [(0.82, 0.03), (0.26, 0.03)],
            [(0.26, 0.03), (0.2, 0.46)],
            [(0.2, 0.46), (0.56, 0.36), (0.86, 0.66), (0.56, 0.98), (0.12, 0.88)],
        ],
        [[(0.28, 0.06), (0.2, 0.42), (0.6, 0.42), (0.8, 0.72), (0.5, 1), (0.14, 0.92)], [(0.28, 0.06), (0.86, 0.0)]],
    ],
    6: [
        [[(0.7, 0), (0.3, 0.3), (0.14, 0.7), (0.45, 1), (0.8, 0.76), (0.52, 0.52), (0.16, 0.72)]],
        [[(0.42, 0), (0.18, 0.45), (0.22, 0.88), (0.6, 0.98), (0.78, 0.72), (0.5, 0.55), (0.2, 0.78)]],
    ],
    7: [
        [[(0.1, 0.03), (0.86, 0.03)], [(0.86, 0.03), (0.55, 0.5), (0.4, 1)]],
        [[(0.12, 0.03), (0.88, 0.03)], [(0.88, 0.03), (0.38, 1)], [(0.34, 0.5), (0.86, 0.5)]],
        [[(0.1, 0.16), (0.14, 0.03)], [(0.14, 0.03), (0.84, 0.05)], [(0.84, 0.05), (0.6, 0.45), (0.5, 1)]],
    ],
    8: [
        [
            [
                (0.78, 0.14),
                (0.5, 0),
                (0.2, 0.2),
                (0.5, 0.47),
                (0.84, 0.76),
                (0.5, 1),
                (0.16, 0.78),
                (0.5, 0.47),
                (0.8, 0.22),
                (0.72, 0.08),
            ]
        ],
        [
            [(0.5, 0.46), (0.22, 0.22), (0.5, 0), (0.78, 0.22), (0.5, 0.46)],
            [(0.5, 0.46), (0.86, 0.74), (0.5, 1), (0.14, 0.74), (0.5, 0.46)],
        ],
    ],
    9: [
        [[(0.8, 0.2), (0.48, 0), (0.18, 0.27), (0.46, 0.52), (0.8, 0.2)], [(0.8, 0.2), (0.72, 1)]],
        [
            [(0.78, 0.16), (0.42, 0.02), (0.18, 0.3), (0.48, 0.5), (0.78, 0.16)],
            [(0.78, 0.16), (0.78, 0.7), (0.5, 1), (0.16, 0.9)],
        ],
    ],
}
_OVERSAMPLED = 3
_STEADIEST, _SHAKIEST = 0.01, 0.08


def draw_digit(digit: int, random: np.random.Generator, height: int, pen: float, size: tuple[int, int]) -> np.ndarray:
    """Draw a digit in some handwriting into the middle of an empty page.

    Args:
        digit: which one.
        random: decides on form, slant, width and how steady the hand is.
        height: of the digit, in pixels.
        pen: the width of the stroke, in pixels.
        size: width and height of the page, in pixels.

    Returns:
        How much of each pixel is ink, 0 to 1: shape (height, width).
    """
    forms = _FORMS[digit]
    form = forms[random.integers(len(forms))]
    width, slant = random.uniform(0.5, 0.75), random.uniform(-0.1, 0.3)
    tremble = random.uniform(_STEADIEST, _SHAKIEST)
    shift = {point: random.normal(0, tremble, 2) for stroke in form for point in stroke}
    page = Image.new("L", (size[0] * _OVERSAMPLED, size[1] * _OVERSAMPLED))
    for stroke in form:
        points = _curve(np.array([np.add(point, shift[point]) for point in stroke])) - 0.5
        x = points[:, 0] * width - points[:, 1] * slant * 0.7
        placed = np.stack([x, points[:, 1]], axis=1) * height + np.array(size) / 2
        _ink(page, placed * _OVERSAMPLED, pen * _OVERSAMPLED)
    return np.asarray(page.resize(size, Image.Resampling.BOX)) / 255.0


def _curve(points: np.ndarray) -> np.ndarray:
    """Return points of a smooth curve through some points, closed where the first is the last."""
    if len(points) < 3:
        return points
    closed = np.allclose(points[0], points[-1])
    lengths = np.concatenate([[0.0], np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1)).cumsum()])
    spline = make_interp_spline(lengths, points, k=min(3, len(points) - 1), bc_type="periodic" if closed else None)
    return np.asarray(spline(np.linspace(0, lengths[-1], 80)))


def _ink(page: Image.Image, points: np.ndarray, pen: float) -> None:
    draw = ImageDraw.Draw(page)
    draw.line([tuple(point) for point in points], fill=255, width=max(1, round(pen)))
    for x, y in points:
        draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
