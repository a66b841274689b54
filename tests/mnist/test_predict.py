"""Pictures as people bring them: on paper that is grey, lit unevenly, ruled, noisy, or lies on a table."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFilter

from mnist.ink import large_pieces, lift
from mnist.predict import predict, read_picture
from mnist.pretrained import NAMES, open_checkpoint, temperature
from tests.mnist.conftest import refusal
from tests.mnist.support.photographs import kinds, make_picture

HEIGHT, WIDTH = 300, 400
ORIENTATION = 274  # the tag of Exif
FOUR = ((170, 60), (120, 170), (250, 170)), ((215, 100), (215, 240))
X, Y = np.meshgrid(np.linspace(-1, 1, WIDTH), np.linspace(-1, 1, HEIGHT))
FLAT = np.full((HEIGHT, WIDTH), 200.0)


def ruled() -> np.ndarray:
    paper = FLAT.copy()
    paper[::30] = paper[:, ::40] = 150
    return paper


def on_a_table() -> np.ndarray:
    paper = FLAT + 20 * X
    paper[:, -30:] = 60
    paper[-25:] = 70
    return paper


PAPERS: dict[str, tuple[Callable[[], np.ndarray], int, float]] = {
    "white": (lambda: FLAT + 55, 0, 0),
    "grey": (lambda: FLAT, 40, 0),
    "noisy": (lambda: FLAT, 40, 8),
    "lit from the side": (lambda: FLAT + 40 * X, 40, 4),
    "darker at its corners": (lambda: FLAT - 40 * (X**2 + Y**2), 30, 4),
    "ruled": (ruled, 40, 4),
    "in pencil": (lambda: FLAT, 120, 4),
    "on a table": (on_a_table, 40, 4),
    "black": (lambda: FLAT - 190, 230, 4),
}


def photograph(path: Path, name: str) -> Path:
    paper, ink, noise = PAPERS[name]
    picture = Image.fromarray(paper().clip(0, 255).astype(np.uint8))
    for stroke in FOUR:
        ImageDraw.Draw(picture).line(stroke, fill=ink, width=14, joint="curve")
    pixels = np.asarray(picture) + np.random.default_rng(0).normal(0, noise, (HEIGHT, WIDTH))
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
    return path


@pytest.mark.alike(3)
@pytest.mark.parametrize("model", ["flagship", "tiny"])
@pytest.mark.parametrize("name", PAPERS)
def test_a_photograph_is_read_like_a_drawing(tmp_path: Path, name: str, model: str):
    image = read_picture(photograph(tmp_path / "4.png", name)).image
    (answer,) = predict(open_checkpoint(model).build(), image[None])
    assert answer.digit == 4
    assert answer.probability > 0.9


@pytest.mark.alike(3)
@pytest.mark.parametrize("name", PAPERS)
def test_only_the_digit_is_left(tmp_path: Path, name: str):
    """Whatever the paper, what is cut out is what would be cut out of black on white."""
    expected = read_picture(photograph(tmp_path / "plain.png", "white")).image.double()
    image = read_picture(photograph(tmp_path / "4.png", name)).image.double()
    assert (image - expected).abs().mean().item() < 6


def test_a_bold_digit_does_not_pull_the_ground_along():
    picture = Image.fromarray((FLAT + 55 * X).astype(np.uint8))
    bold = Image.new("L", (WIDTH, HEIGHT), 0)
    for image, ink in ((picture, 130), (bold, 255)):
        ImageDraw.Draw(image).rectangle((90, 40, 200, 260), fill=ink)
    assert np.abs(lift(picture).astype(int) - np.asarray(bold)).max() < 30


def test_paper_that_shows_nothing_is_empty():
    noise = np.random.default_rng(1).normal(0, 3, FLAT.shape)
    for paper in (FLAT, FLAT + 40 * X, FLAT + noise):
        assert lift(Image.fromarray(paper.astype(np.uint8))).max() == 0


def test_what_fills_the_picture_to_its_edge_is_kept(tmp_path: Path):
    picture = Image.new("L", (100, 200), 255)
    ImageDraw.Draw(picture).line(((50, 0), (50, 199)), fill=0, width=20)
    picture.save(tmp_path / "1.png")
    (answer,) = predict(open_checkpoint("flagship").build(), read_picture(tmp_path / "1.png").image[None])
    assert answer.digit == 1


def test_a_photograph_that_says_how_to_turn_it_is_turned(tmp_path: Path):
    upright = photograph(tmp_path / "4.png", "grey")
    sideways = Image.open(upright).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # shown after a quarter turn clockwise
    sideways.save(tmp_path / "4-turned.png", exif=exif)
    assert (read_picture(tmp_path / "4-turned.png").image == read_picture(upright).image).all()


def test_a_picture_of_16_bits_is_read_like_one_of_8(tmp_path: Path):
    path = photograph(tmp_path / "4.png", "lit from the side")
    deep = np.asarray(Image.open(path)).astype(np.uint16) * 257
    Image.fromarray(deep).save(tmp_path / "4-deep.png")
    assert (read_picture(tmp_path / "4-deep.png").image == read_picture(path).image).all()


def four(mode: str, ground: object, ink: object) -> Image.Image:
    picture = Image.new(mode, (WIDTH, HEIGHT), ground)
    for stroke in FOUR:
        ImageDraw.Draw(picture).line(stroke, fill=ink, width=14, joint="curve")
    return picture


def plain(tmp_path: Path) -> np.ndarray:
    four("L", 255, 0).save(tmp_path / "plain.png")
    return read_picture(tmp_path / "plain.png").image.numpy().astype(int)


@pytest.mark.parametrize("ink", [(0, 0, 0, 255), (255, 255, 255, 255), (240, 240, 90, 255)])
def test_ink_on_a_transparent_ground_is_read_whatever_its_colour(tmp_path: Path, ink: tuple[int, ...]):
    four("RGBA", (255, 255, 255, 0), ink).save(tmp_path / "4.png")
    image = read_picture(tmp_path / "4.png").image.numpy().astype(int)
    assert np.abs(image - plain(tmp_path)).max() < 3


def test_a_picture_with_a_transparent_corner_is_read_as_it_is_seen(tmp_path: Path):
    picture = four("RGBA", (200, 210, 200, 255), (20, 30, 90, 255))
    picture.paste((0, 0, 0, 0), (0, 0, 20, 20))
    picture.save(tmp_path / "4.png")
    assert np.abs(read_picture(tmp_path / "4.png").image.numpy().astype(int) - plain(tmp_path)).mean() < 6


COLOURS = {
    "red on blue of the same brightness": ((80, 80, 255), (191, 57, 80)),
    "blue on red of the same brightness": ((191, 57, 80), (80, 80, 255)),
    "yellow on white": ((255, 255, 255), (255, 255, 0)),
    "green on grey": ((128, 128, 128), (40, 190, 40)),
}


@pytest.mark.parametrize("name", COLOURS)
def test_a_digit_may_differ_in_colour_alone(tmp_path: Path, name: str):
    picture = four("RGB", *COLOURS[name])
    noise = np.random.default_rng(0).normal(0, 4, (HEIGHT, WIDTH, 3))
    Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8)).save(tmp_path / "4.png")
    assert np.abs(read_picture(tmp_path / "4.png").image.numpy().astype(int) - plain(tmp_path)).mean() < 6


def test_grey_in_three_channels_is_read_like_grey(tmp_path: Path):
    path = photograph(tmp_path / "4.png", "lit from the side")
    Image.open(path).convert("RGB").save(tmp_path / "rgb.png")
    assert (read_picture(tmp_path / "rgb.png").image == read_picture(path).image).all()


SHADES = {
    "a soft shadow in a corner": FLAT - 90 / (1 + np.exp(-(X + Y - 1) * 8)),
    "a soft round shadow": FLAT - 70 * np.exp(-((X - 0.2) ** 2 + Y**2) * 8),
    "a bright spot": FLAT - 60 + 90 * np.exp(-(X**2 + (Y - 0.3) ** 2) * 10),
    "a hard shadow over a third": FLAT - 80 * (X > 0.35),
    "a hard shadow in a corner": FLAT - 80 * (X + Y > 0.8),
}


@pytest.mark.parametrize("noise", [0, 3])
@pytest.mark.parametrize("name", SHADES)
def test_nothing_but_shade_is_nothing_to_see(tmp_path: Path, name: str, noise: float):
    pixels = SHADES[name] + np.random.default_rng(2).normal(0, noise, FLAT.shape)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(tmp_path / "shade.png")
    assert "nothing to see in it" in refusal(read_picture, tmp_path / "shade.png")


@pytest.mark.parametrize("blur", [2, 5])
def test_a_digit_out_of_focus_is_no_shade(blur: float):
    picture = four("L", 200, 40).filter(ImageFilter.GaussianBlur(blur))
    assert lift(picture).max() == 255


def test_several_digits_are_counted(tmp_path: Path):
    picture = four("L", 255, 0)
    assert large_pieces(lift(picture)) == 1
    ImageDraw.Draw(picture).line(((330, 60), (330, 240)), fill=0, width=14)
    ImageDraw.Draw(picture).line(((40, 60), (40, 65)), fill=0, width=14)  # a blot
    picture.save(tmp_path / "41.png")
    assert read_picture(tmp_path / "41.png").pieces == 2


def test_a_picture_of_floating_point_numbers_is_read_like_one_of_8_bits(tmp_path: Path):
    path = photograph(tmp_path / "4.png", "lit from the side")
    pixels = np.asarray(Image.open(path)).astype(np.float32)
    for number, scale in enumerate((1, 255)):
        Image.fromarray(pixels / scale).save(tmp_path / f"{number}.tiff")
        difference = read_picture(tmp_path / f"{number}.tiff").image.double() - read_picture(path).image.double()
        assert difference.abs().max() < 4


def squared(paper: np.ndarray, line: float) -> np.ndarray:
    for offset in (0, 1):
        paper[offset::25] = paper[:, offset::25] = line
    return paper


ACROSS: dict[str, Callable[[], np.ndarray]] = {
    "the edge of a shadow": lambda: FLAT - 90 * (X + 0.3 * Y > 0.05),
    "lighter squares": lambda: squared(FLAT + 40, 150),
    "squares as dark as the pen": lambda: squared(FLAT + 40, 40),
    "squares and a shadow": lambda: squared(FLAT + 40, 150) * np.where(X + 0.3 * Y > 0.05, 0.5, 1),
}


@pytest.mark.parametrize("name", ACROSS)
def test_what_runs_across_a_digit_is_not_taken_for_ink(tmp_path: Path, name: str):
    ink = np.asarray(four("L", 0, 255)) / 255
    pixels = ACROSS[name]() * (1 - 0.85 * ink) + np.random.default_rng(0).normal(0, 3, FLAT.shape)
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(tmp_path / "4.png")
    difference = read_picture(tmp_path / "4.png").image.numpy().astype(int) - plain(tmp_path)
    assert np.abs(difference).mean() < 8


@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_hairline_is_thickened(tmp_path: Path, width: int):
    picture = Image.new("L", (WIDTH, HEIGHT), 255)
    for stroke in FOUR:
        ImageDraw.Draw(picture).line(stroke, fill=0, width=width)
    picture.save(tmp_path / "4.png")
    image = read_picture(tmp_path / "4.png").image
    assert image.amax(dim=1)[10:18].min() > 150
    (answer,) = predict(open_checkpoint("flagship").build(), image[None])
    assert answer.digit == 4


def test_a_temperature_changes_how_sure_an_answer_is_and_not_the_answer(tmp_path: Path):
    model, image = open_checkpoint("tiny").build(), read_picture(photograph(tmp_path / "4.png", "in pencil")).image
    (sharp,), (soft,) = predict(model, image[None]), predict(model, image[None], temperature=3)
    assert (sharp.digit, sharp.second) == (soft.digit, soft.second)
    assert sharp.probability > soft.probability > 0.1


def test_what_ships_has_a_temperature_and_other_checkpoints_have_none():
    assert all(0.2 < temperature(name) < 10 for name in NAMES)
    assert temperature("runs/mine/last.pt") == 1


def test_pictures_of_a_dozen_kinds_are_read(tmp_path: Path):
    """A small share of what `benchmarks/predict_pictures.py` tries."""
    numbers = range(12)
    places = {number: number * len(kinds()) // len(numbers) for number in numbers}
    images = [read_picture(make_picture(tmp_path, places[number], number, seed=7)).image for number in numbers]
    answers = predict(open_checkpoint("flagship").build(), torch.stack(images))
    assert [answer.digit for answer in answers] == [number % 10 for number in numbers]
