"""Random maps: what they do when they do nothing, and when they do one thing."""

import math

import pytest
import torch

from mnist.augment import Augment, Maps, draw_maps, warp

SIDE = 28


def draw(**parts: float) -> Maps:
    return draw_maps(Augment(**parts), 500, SIDE, torch.Generator().manual_seed(0))


def image_with(*places: tuple[int, int]) -> torch.Tensor:
    image = torch.zeros(1, 1, SIDE, SIDE)
    for row, column in places:
        image[0, 0, row, column] = 1
    return image


def affine(rows: list[list[float]]) -> Maps:
    return Maps(torch.tensor([rows], dtype=torch.float32))


def test_nothing_changes_nothing():
    images = torch.rand(500, 1, SIDE, SIDE)
    assert not Augment().changes_anything
    assert torch.allclose(warp(images, draw()), images, atol=1e-5)


def test_a_shift_moves_every_pixel():
    shifted = warp(image_with((10, 12)), affine([[1, 0, 2 * 3 / SIDE], [0, 1, 0]]))
    assert torch.allclose(shifted, image_with((10, 9)), atol=1e-5)
    shifted = warp(image_with((10, 12)), affine([[1, 0, 0], [0, 1, -2 * 2 / SIDE]]))
    assert torch.allclose(shifted, image_with((12, 12)), atol=1e-5)


def test_a_quarter_turn():
    image = torch.rand(1, 1, SIDE, SIDE)
    assert torch.allclose(warp(image, affine([[0, -1, 0], [1, 0, 0]])), image.rot90(1, (2, 3)), atol=1e-5)


def test_beyond_the_edge_is_as_the_edge():
    image = torch.full((1, 1, SIDE, SIDE), -0.42)
    assert torch.allclose(warp(image, affine([[3.0, 0, 0], [0, 3.0, 0]])), image)


@pytest.mark.parametrize("most", [5.0, 30.0])
def test_rotation_stays_within_its_degrees(most: float):
    maps = draw(rotation=most).affine
    angles = torch.atan2(maps[:, 1, 0], maps[:, 0, 0]) * 180 / math.pi
    assert 0.9 * most < angles.abs().max() <= most + 1e-4
    assert abs(float(angles.mean())) < 0.1 * most
    assert torch.allclose(torch.linalg.det(maps[:, :, :2]), torch.ones(500), atol=1e-5)


def test_shift_and_zoom_and_shear_stay_within_theirs():
    shifts = draw(shift=2).affine[:, :, 2] * SIDE / 2
    assert 1.8 < shifts.abs().max() <= 2
    zooms = draw(zoom=0.1).affine[:, [0, 1], [0, 1]]
    assert 0.9 <= zooms.min() < 0.92
    assert 1.08 < zooms.max() <= 1.1
    slants = draw(shear=0.3).affine[:, 0, 1]
    assert 0.27 < slants.abs().max() <= 0.3


def test_elastic_bends_by_its_pixels():
    bends = draw(elastic=1.5).bends
    assert bends is not None
    assert float(bends.std()) * SIDE / 2 == pytest.approx(1.5, rel=0.03)
    image = torch.rand(500, 1, SIDE, SIDE)
    assert not torch.allclose(warp(image, draw(elastic=1.5)), image, atol=0.1)


def test_the_same_generator_draws_the_same():
    first, second = draw(rotation=10, elastic=1), draw(rotation=10, elastic=1)
    assert torch.equal(first.affine, second.affine)
    assert torch.equal(first.bends, second.bends)
