"""Random transformations of a whole batch, on the images' device: affine, and elastic after Simard et al. (2003)."""

import math
from dataclasses import astuple, dataclass

import torch
from torch import Generator, Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate

_KNOTS = 6


@dataclass(frozen=True)
class Augment:
    """How far each image may be rotated, scaled, sheared, shifted and bent.

    The first four are drawn uniformly from ± the given value.

    Attributes:
        rotation: degrees.
        zoom: a fraction of the size, 0.1 for 10 %, drawn for each axis.
        shear: in pixels across per pixel down.
        shift: pixels, drawn for each axis.
        elastic: standard deviation, in pixels, of the shifts of 6×6 knots; they are interpolated smoothly in between.
    """

    rotation: float = 0.0
    zoom: float = 0.0
    shear: float = 0.0
    shift: float = 0.0
    elastic: float = 0.0

    @property
    def changes_anything(self) -> bool:
        """Whether any image would be changed at all."""
        return any(astuple(self))

    def scaled(self, share: float) -> "Augment":
        """Return the same transformations, each going only this share of its way."""
        return Augment(*(share * extent for extent in astuple(self)))


@dataclass(frozen=True)
class Maps:
    """One transformation per image, from output to input positions, in coordinates from −1 to 1.

    Attributes:
        affine: float32 on the CPU, shape (n, 2, 3), as `affine_grid` takes it.
        bends: how far the knots are shifted, float32 on the CPU, shape (n, 2, 6, 6); or None.
    """

    affine: Tensor
    bends: Tensor | None = None


def draw_maps(augment: Augment, count: int, side: int, generator: Generator) -> Maps:
    """Draw transformations for `count` images of side × side pixels."""
    angle, wide, high, shear, across, down = 2 * torch.rand(6, count, generator=generator) - 1
    angle = angle * math.radians(augment.rotation)
    wide, high = 1 + wide * augment.zoom, 1 + high * augment.zoom
    slant, pixel = shear * augment.shear, 2 / side
    # rotation · shear · zoom
    rows = (
        angle.cos() * wide,
        (angle.cos() * slant - angle.sin()) * high,
        across * augment.shift * pixel,
        angle.sin() * wide,
        (angle.sin() * slant + angle.cos()) * high,
        down * augment.shift * pixel,
    )
    affine = torch.stack(rows, dim=1).view(count, 2, 3)
    if not augment.elastic:
        return Maps(affine)
    knots = torch.randn(count, 2, _KNOTS, _KNOTS, generator=generator)
    return Maps(affine, knots * augment.elastic * pixel)


def warp(images: Tensor, maps: Maps) -> Tensor:
    """Transform each image, with bilinear interpolation; pixels beyond the edge equal those at the edge.

    Args:
        images: normalised float, shape (n, 1, side, side), on any device.
        maps: one for each image.
    """
    grid = affine_grid(maps.affine.to(images.device), list(images.shape), align_corners=False)
    if maps.bends is not None:
        bends = interpolate(maps.bends.to(images.device), images.shape[2:], mode="bicubic", align_corners=True)
        grid = grid + bends.permute(0, 2, 3, 1)
    return grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)
