"""Lifting the ink of a digit off its ground: paper, screen, or a table with paper on it."""

import numpy as np
from PIL import Image
from scipy import ndimage

FAINT = 24  # of 255; less contrast than this is only paper
_LONGEST = 400  # pixels; photographs have more than is useful
_SPECK = 0.05  # of the largest piece of ink
_LARGE = 0.25  # of the largest piece of ink
_SMALLEST_DIGIT = 0.08  # of the picture's longer side
_BLUR, _STEEPEST_SHADE = 3, 0.045  # pixels; per pixel, as a share of the contrast
_DEEPEST_STROKE = 0.15  # of the picture's longer side
_DARKEST_GROUND = 48  # of 255; on darker ground the light is not told from the paper
_SOFT_EDGE = 2  # pixels
_LINE = 4  # pixels; on lined paper the lines are thinner, and the pen is broader
_NEIGHBOURS = np.ones((3, 3))


def lift(picture: Image.Image) -> np.ndarray:
    """Return how much of each pixel is ink: uint8, smaller than the picture where that is large.

    The ground is what remains where everything narrower than the broadest stroke is filled from its sides, so shadows
    stay in it, however sharp their edges are. What differs from it by less than half of Otsu's threshold is ground, by
    more than one and a half times it full ink. Where lines of the paper join the digit with the edge, they go because
    they are thinner, or else because Otsu's threshold among the ink divides them from it. Blank paper and shade are 0.

    Args:
        picture: in grey or in colour (RGB).
    """
    small = picture.copy()
    small.thumbnail((_LONGEST, _LONGEST))
    pixels = np.asarray(small, dtype=float)
    contrast = _contrast(pixels.reshape(*pixels.shape[:2], -1))
    if ndimage.gaussian_filter(contrast, 1).max() < FAINT or _changes_softly(contrast):
        return np.zeros(contrast.shape, dtype=np.uint8)
    threshold = _otsu(contrast)
    ink = _above(contrast, threshold)
    without_lines = ndimage.grey_opening(ink, (_LINE, _LINE)), _above(contrast, _otsu(contrast[contrast > threshold]))
    inside = (_inside(each) for each in (ink, *without_lines))
    return next((each for each in inside if each.any()), _thin(ink))


def large_pieces(ink: np.ndarray) -> int:
    """Return how many pieces of ink are not small beside the largest; for most digits it is one."""
    sizes = _sizes(_pieces(ink))
    return int((sizes > _LARGE * sizes.max()).sum()) if sizes.any() else 0


def _contrast(pixels: np.ndarray) -> np.ndarray:
    """Return how far each pixel is from its ground, along the line in colour space on which they differ most.

    So red on blue of the same brightness is seen as well as black on white. In grey pictures it is the difference.
    """
    apart = np.stack([_apart(channel) for channel in np.moveaxis(pixels, -1, 0)], axis=-1)
    strongest = apart * np.linalg.norm(apart, axis=-1, keepdims=True)  # squared again below: ink counts, not noise
    direction = np.linalg.eigh(np.tensordot(strongest, strongest, axes=((0, 1), (0, 1))))[1][:, -1]
    ink = np.asarray(apart @ direction / np.abs(direction).sum())
    return -ink if -ink.min() > ink.max() else ink


def _apart(channel: np.ndarray) -> np.ndarray:
    """Return how much darker than its ground each pixel is, or lighter (negative), in one channel of a picture.

    Ink takes away a share of the light that falls on the paper, so what is darker counts as such a share, of 255.
    """
    reach = round(_DEEPEST_STROKE * max(channel.shape))
    # A mean would move edges. Beyond the picture its border goes on.
    smooth = np.pad(ndimage.median_filter(channel, 3), reach, mode="edge")
    inner, window = (slice(reach, -reach),) * 2, (2 * reach + 1,) * 2
    middle, lightest = np.median(channel), smooth.max()
    if lightest - middle > middle - smooth.min():
        ground = ndimage.grey_opening(smooth, window)
        if ground.max() < (middle + lightest) / 2:  # else what is light is broader than a stroke: paper beside a shadow
            return np.asarray((ground[inner] - channel).clip(max=0))
    ground = ndimage.grey_closing(smooth, window)[inner]
    return np.asarray((ground - channel).clip(0) * 255 / ground.clip(_DARKEST_GROUND))


def _changes_softly(ink: np.ndarray) -> bool:
    """Return whether nowhere is an edge as steep as a stroke's, even one out of focus: a soft shadow has none."""
    steepest = ndimage.gaussian_gradient_magnitude(ink, _BLUR).max()
    return bool(steepest < _STEEPEST_SHADE * ndimage.gaussian_filter(ink, _BLUR).max())


def _above(contrast: np.ndarray, threshold: float) -> np.ndarray:
    return np.asarray(((contrast - threshold / 2) / threshold).clip(0, 1) * 255, dtype=np.uint8)


def _inside(ink: np.ndarray) -> np.ndarray:
    """Keep what does not touch the edge, without specks.

    Where a digit is joined with the edge by lines of the paper, what is left are bits of other lines: they are thinner.
    """
    pieces = _pieces(ink)
    sizes, depths = _sizes(pieces), _depths(pieces)
    at_edge = np.unique(np.concatenate([pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]]))
    pen = max((depth for depth in depths[at_edge] if depth <= _DEEPEST_STROKE * max(ink.shape)), default=0)
    sizes[at_edge] = 0
    sizes[depths < pen / 2] = 0
    boxes = zip(ndimage.find_objects(pieces), sizes[1:], strict=True)
    longest = max((_length(box) for box, size in boxes if size), default=0)
    return _kept(ink, pieces, sizes) if longest >= _SMALLEST_DIGIT * max(ink.shape) else np.zeros_like(ink)


def _thin(ink: np.ndarray) -> np.ndarray:
    """Keep what is as thin as a stroke, without specks, even where it touches the edge."""
    pieces = _pieces(ink)
    return _kept(ink, pieces, np.where(_depths(pieces) > _DEEPEST_STROKE * max(ink.shape), 0, _sizes(pieces)))


def _kept(ink: np.ndarray, pieces: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Clear everything but the pieces whose size is not small beside the largest, and their soft edges."""
    kept = ndimage.binary_dilation((sizes > _SPECK * sizes.max())[pieces], _NEIGHBOURS, iterations=_SOFT_EDGE)
    return np.where(kept, ink, 0).astype(np.uint8)


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


def _length(box: tuple[slice, ...]) -> int:
    return max(int(side.stop - side.start) for side in box)


def _otsu(values: np.ndarray) -> float:
    """Return the threshold of largest between-class variance (Otsu, 1979); of equally good ones, the middle."""
    if values.min() == values.max():
        return float(values.max())
    counts, edges = np.histogram(values.clip(0), bins=256)
    centres = (edges[:-1] + edges[1:]) / 2
    below, sums = counts.cumsum()[:-1], (counts * centres).cumsum()
    above = counts.sum() - below
    variance = below * above * (sums[:-1] / below - (sums[-1] - sums[:-1]) / above) ** 2
    return float(edges[1:-1][variance >= 0.999 * np.nanmax(variance)].mean())
