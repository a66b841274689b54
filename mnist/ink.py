"""Lifting the ink of a digit off its ground: paper, screen, or a table with paper on it."""

import numpy as np
from PIL import Image
from scipy import ndimage

FAINT = 24  # of 255; less contrast than this is only paper
_LONGEST = 400  # pixels; photographs have more than is useful
_FITS = 10
_SPECK = 0.05  # of the largest piece of ink
_LARGE = 0.25  # of the largest piece of ink
_BLUR, _STEEPEST_SHADE = 3, 0.045  # pixels; per pixel, as a share of the contrast
_DEEPEST_STROKE = 0.15  # of the picture's longer side
_NEIGHBOURS = np.ones((3, 3))


def lift(picture: Image.Image) -> np.ndarray:
    """Return how much of each pixel is ink: uint8, smaller than the picture where that is large.

    The background is modelled as a smooth surface, so lighting may be uneven. What differs from it by less than half
    of Otsu's threshold is background, by more than one and a half times it full ink. Blank paper and shade are 0.

    Args:
        picture: in grey or in colour (RGB).
    """
    small = picture.copy()
    small.thumbnail((_LONGEST, _LONGEST))
    pixels = np.asarray(small, dtype=float)
    ink = _contrast(pixels.reshape(*pixels.shape[:2], -1))
    if ink.max() < FAINT or _changes_softly(ink):
        return np.zeros(ink.shape, dtype=np.uint8)
    threshold = _otsu(ink)
    return _inside(np.asarray(((ink - threshold / 2) / threshold).clip(0, 1) * 255, dtype=np.uint8))


def large_pieces(ink: np.ndarray) -> int:
    """Return how many pieces of ink are not small beside the largest; for most digits it is one."""
    sizes = _sizes(_pieces(ink))
    return int((sizes > _LARGE * sizes.max()).sum()) if sizes.any() else 0


def _contrast(pixels: np.ndarray) -> np.ndarray:
    """Return how far each pixel is from its ground, along the line in colour space on which they differ most.

    So red on blue of the same brightness is seen as well as black on white. In grey pictures it is the difference.
    """
    apart = np.stack([_ground(channel) - channel for channel in np.moveaxis(pixels, -1, 0)], axis=-1)
    strongest = apart * np.linalg.norm(apart, axis=-1, keepdims=True)  # squared again below: ink counts, not noise
    direction = np.linalg.eigh(np.tensordot(strongest, strongest, axes=((0, 1), (0, 1))))[1][:, -1]
    ink = np.asarray(apart @ direction / np.abs(direction).sum())
    return -ink if -ink.min() > ink.max() else ink  # light on dark


def _changes_softly(ink: np.ndarray) -> bool:
    """Return whether nowhere is an edge as steep as a stroke's, even one out of focus: a soft shadow has none."""
    steepest = ndimage.gaussian_gradient_magnitude(ink, _BLUR).max()
    return bool(steepest < _STEEPEST_SHADE * ndimage.gaussian_filter(ink, _BLUR).max())


def _inside(ink: np.ndarray) -> np.ndarray:
    """Clear specks, and what touches the edge (the table under the paper, say).

    If nothing else would remain, what touches the edge is kept where it is as thin as a stroke.
    """
    pieces = _pieces(ink)
    sizes, at_edge = _sizes(pieces), np.zeros(pieces.max() + 1, dtype=bool)
    for side in (pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]):
        at_edge[side] = True
    kept = np.where(at_edge, 0, sizes)
    if not kept.any():
        kept = np.where(_depths(pieces) > _DEEPEST_STROKE * max(ink.shape), 0, sizes)
    cleared = (pieces > 0) & (kept <= _SPECK * kept.max())[pieces]
    return np.where(cleared, 0, ink).astype(np.uint8) if kept.any() else np.zeros_like(ink)


def _pieces(ink: np.ndarray) -> np.ndarray:
    return np.asarray(ndimage.label(ink > 127, structure=_NEIGHBOURS)[0])


def _sizes(pieces: np.ndarray) -> np.ndarray:
    """Return how many pixels each piece has; the ground, number 0, has none."""
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return sizes


def _depths(pieces: np.ndarray) -> np.ndarray:
    """Return how far the innermost pixel of each piece is from the ground."""
    return np.asarray(ndimage.maximum(ndimage.distance_transform_edt(pieces > 0), pieces, np.arange(pieces.max() + 1)))


def _ground(pixels: np.ndarray) -> np.ndarray:
    """Fit a quadratic surface to the pixels near the median, then to those near that surface, and so on."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, size) for size in pixels.shape), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    values = pixels.ravel()
    surface = np.full(len(values), np.median(values))
    for _ in range(_FITS):
        distance = np.abs(values - surface)
        near = distance <= 1 + 3 * np.median(distance)
        surface = terms @ np.linalg.lstsq(terms[near], values[near], rcond=None)[0]
    return np.asarray(surface.reshape(pixels.shape))


def _otsu(values: np.ndarray) -> float:
    """Return the threshold of largest between-class variance (Otsu, 1979); of equally good ones, the middle."""
    counts, edges = np.histogram(values.clip(0), bins=256)
    centres = (edges[:-1] + edges[1:]) / 2
    below, sums = counts.cumsum()[:-1], (counts * centres).cumsum()
    above = counts.sum() - below
    variance = below * above * (sums[:-1] / below - (sums[-1] - sums[:-1]) / above) ** 2
    return float(edges[1:-1][variance >= 0.999 * np.nanmax(variance)].mean())
