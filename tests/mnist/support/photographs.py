"""Pictures of drawn digits as people bring them: kinds of paper, light, pen, view and file, one at a time and mixed.

Where a kind says nothing, the digit is written with a blue ball pen on white paper under even light.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tests.mnist.support.drawn_digits import draw_digit

WIDTH, HEIGHT = 400, 500
Random = np.random.Generator
Colour = tuple[int, int, int]
Page = np.ndarray
_LARGER = 1.5  # than the picture is the page, so that it can be turned
_TALL = 270  # pixels, of the digit
_IN_THE_BOX = 20  # pixels of MNIST's digits; pens are measured in them
_ORIENTATION = 274  # the tag of Exif
_WHITE, _BLUE, _BLACK = (244, 243, 240), (40, 60, 150), (30, 30, 35)


@dataclass(frozen=True)
class Pen:
    """What one writes with.

    Attributes:
        ink: its colour.
        width: of its stroke, from least to most, where the digit is 20 pixels tall.
        cover: how much of the paper the ink hides, 0 to 1.
        grain: how unevenly, as pencils and chalk do.
    """

    ink: Colour = _BLUE
    width: tuple[float, float] = (1.0, 1.6)
    cover: float = 0.9
    grain: float = 0.0


@dataclass(frozen=True)
class Kind:
    """A kind of picture.

    Attributes:
        group: what is special in it: paper, light, pen, view or file.
        name: its own.
        paper: makes the colours of an empty page of some height and width: shape (height, width, 3).
        light: makes the light on it: shape (height, width, 1), 1 for full.
        pen: what the digit is written with.
        turn: by how many degrees the camera is turned at most.
        save: writes the picture, and returns the path.
    """

    group: str
    name: str
    paper: Callable[[Random, int, int], Page]
    light: Callable[[Random, int, int], Page]
    pen: Pen
    turn: float
    save: Callable[[Image.Image, Path], Path]


def make_pictures(folder: Path, each: int, seed: int = 0, words: str = "") -> Iterator[tuple[Kind, int, Path]]:
    """Draw pictures of every kind whose name contains some words: the kind, the digit, and where the picture is."""
    for place, kind in enumerate(kinds()):
        for number in range(each if words in kind.name else 0):
            yield kind, number % 10, make_picture(folder, place, number, seed)


def make_picture(folder: Path, place: int, number: int, seed: int = 0) -> Path:
    """Draw one picture of the kind at a place in the list of all kinds; the last figure of its number is the digit."""
    kind, random = kinds()[place], np.random.default_rng([seed, place, number])
    picture = _photograph(_mixed(random) if kind.name == "mixed" else kind, number % 10, random)
    return kind.save(picture, folder / f"{place:02}-{number:03}")


def kinds() -> list[Kind]:
    """List all kinds."""
    plain = (plain_paper(_WHITE), even, Pen(), 3, png)
    papers = [Kind("paper", name, paper, *plain[1:]) for name, paper in _PAPERS.items()]
    lights = [Kind("light", name, plain[0], light, *plain[2:]) for name, light in _LIGHTS.items()]
    pens = [Kind("pen", name, plain_paper(ground), even, pen, 3, png) for name, (ground, pen) in _PENS.items()]
    views = [Kind("view", name, *plain[:3], turn, png) for name, turn in _VIEWS.items()]
    files = [Kind("file", name, *plain[:4], save) for name, save in _FILES.items()]
    return [*papers, *lights, *pens, *views, *files, Kind("all", "mixed", *plain)]


def _mixed(random: Random) -> Kind:
    """Take one each of the papers, the lights, the pens for paper, and a turn of up to 12 degrees."""
    paper = list(_PAPERS.values())[random.integers(len(_PAPERS))]
    light = list(_LIGHTS.values())[random.integers(len(_LIGHTS))]
    pen = (Pen(), _PENS["black felt pen"][1], _PENS["pencil"][1])[random.integers(3)]
    return Kind("all", "mixed", paper, light, pen, 12, png)


def _photograph(kind: Kind, digit: int, random: Random) -> Image.Image:
    width, height = round(WIDTH * _LARGER), round(HEIGHT * _LARGER)
    pen = kind.pen.width[0] + (kind.pen.width[1] - kind.pen.width[0]) * random.random()
    cover = draw_digit(
        digit, random, round(_TALL * random.uniform(0.7, 1.1)), pen * _TALL / _IN_THE_BOX, (width, height)
    )
    cover = cover * kind.pen.cover * (1 - kind.pen.grain * random.random(cover.shape))
    page = kind.paper(random, height, width) * (1 - cover[..., None]) + np.array(kind.pen.ink) * cover[..., None]
    page = page * kind.light(random, height, width)
    turned = Image.fromarray(page.clip(0, 255).astype(np.uint8)).rotate(
        random.uniform(-kind.turn, kind.turn), Image.Resampling.BICUBIC
    )
    left, top = (width - WIDTH) // 2 + random.integers(-40, 41), (height - HEIGHT) // 2 + random.integers(-40, 41)
    seen = np.asarray(turned.crop((left, top, left + WIDTH, top + HEIGHT))) + random.normal(0, 3, (HEIGHT, WIDTH, 3))
    return Image.fromarray(seen.clip(0, 255).astype(np.uint8))


def plain_paper(colour: Colour) -> Callable[[Random, int, int], Page]:
    """Return what makes a page of one colour."""
    return lambda _, height, width: np.full((height, width, 3), colour, dtype=float)


def lined_paper(colour: Colour, line: Colour, *, squared: bool) -> Callable[[Random, int, int], Page]:
    """Return what makes a page with lines across it, or with squares."""

    def make(random: Random, height: int, width: int) -> Page:
        page, gap, thick = plain_paper(colour)(random, height, width), random.integers(28, 60), random.integers(1, 4)
        first = random.integers(gap)
        for offset in range(thick):
            page[first + offset :: gap] = line
            if squared:
                page[:, first + offset :: gap] = line
        return page

    return make


def crumpled_paper(random: Random, height: int, width: int) -> Page:
    """Make a page with soft spots, as recycled paper has."""
    spots = Image.fromarray((random.random((height // 25, width // 25)) * 255).astype(np.uint8))
    relief = np.asarray(spots.resize((width, height), Image.Resampling.BICUBIC)) / 255.0 - 0.5
    return np.array((214, 206, 190)) + 26 * relief[..., None]


def on_a_table(random: Random, height: int, width: int) -> Page:
    """Make a page that lies on a darker table, which is seen on two sides."""
    page = plain_paper(_WHITE)(random, height, width)
    page[:, (width + WIDTH) // 2 - 30 - random.integers(40) :] = (96, 66, 44)
    page[(height + HEIGHT) // 2 - 30 - random.integers(40) :] = (96, 66, 44)
    return page


def even(_: Random, height: int, width: int) -> Page:
    """Light a page evenly."""
    return np.ones((height, width, 1))


def _across(random: Random, height: int, width: int) -> Page:
    """Return how far each pixel is from a line near the middle of a page, in pixels: shape (height, width, 1)."""
    y, x = np.mgrid[:height, :width]
    angle = random.uniform(0, 2 * np.pi)
    away = (x - width / 2) * np.cos(angle) + (y - height / 2) * np.sin(angle) - random.uniform(-60, 60)
    return np.asarray(away[..., None])


def gradient(random: Random, height: int, width: int) -> Page:
    """Light a page from one side."""
    return np.clip(0.7 + _across(random, height, width) / 900, 0.2, 1.0)


def shadow(soft: float, dark: float) -> Callable[[Random, int, int], Page]:
    """Return what lets a shadow fall on a part of the page; its edge is that many pixels wide."""

    def light(random: Random, height: int, width: int) -> Page:
        return np.asarray(1 - (1 - dark) / (1 + np.exp(-np.clip(_across(random, height, width) / soft, -50, 50))))

    return light


def lamp(_: Random, height: int, width: int) -> Page:
    """Light a page in its middle more than at its corners."""
    y, x = np.mgrid[:height, :width]
    near = ((x - width / 2) ** 2 + (y - height / 2) ** 2) / (0.6 * height) ** 2
    return np.asarray(np.clip(1 - 0.5 * near, 0.25, 1)[..., None])


def png(picture: Image.Image, path: Path) -> Path:
    """Write a picture as it is."""
    return _write(picture, path, "png")


def _write(picture: Image.Image, path: Path, suffix: str, **options: object) -> Path:
    place = path.with_suffix(f".{suffix}")
    picture.save(place, **options)
    return place


def turned_by_exif(picture: Image.Image, path: Path) -> Path:
    """Write a photograph as a phone that is held upright does: lying, with a note how to turn it."""
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    return _write(picture.transpose(Image.Transpose.ROTATE_90), path, "jpg", exif=exif)


def ink_in_alpha(picture: Image.Image, path: Path) -> Path:
    """Write the ink as opaque black on a transparent ground, as drawing programs do."""
    darkness = 255 - np.asarray(picture.convert("L"), dtype=float)
    alpha = Image.fromarray(((darkness - 60) * 2).clip(0, 255).astype(np.uint8))
    drawn = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    drawn.putalpha(alpha)
    return _write(drawn, path, "png")


def in_16_bits(picture: Image.Image, path: Path) -> Path:
    """Write a grey picture with 16 bits to a pixel, of which scanners use only a part."""
    return _write(Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 180), path, "png")


def in_floats(picture: Image.Image, path: Path) -> Path:
    """Write a grey picture of floating-point numbers from 0 to 1."""
    return _write(Image.fromarray(np.asarray(picture.convert("L"), dtype=np.float32) / 255), path, "tiff")


def resized(width: int) -> Callable[[Image.Image, Path], Path]:
    """Return what writes a picture in another size."""
    return lambda picture, path: png(picture.resize((width, width * HEIGHT // WIDTH), Image.Resampling.LANCZOS), path)


_PAPERS = {
    "white": plain_paper(_WHITE),
    "grey": plain_paper((170, 168, 165)),
    "yellow": plain_paper((250, 225, 110)),
    "green": plain_paper((150, 205, 160)),
    "ruled": lined_paper(_WHITE, (150, 175, 215), squared=False),
    "squared": lined_paper(_WHITE, (165, 185, 215), squared=True),
    "squared in grey": lined_paper(_WHITE, (140, 140, 140), squared=True),
    "recycled": crumpled_paper,
    "on a table": on_a_table,
}
_LIGHTS = {
    "from one side": gradient,
    "from a lamp": lamp,
    "soft shadow": shadow(25, 0.6),
    "hard shadow": shadow(1, 0.6),
    "deep hard shadow": shadow(1, 0.35),
}
_PENS: dict[str, tuple[Colour, Pen]] = {
    "hairline": (_WHITE, Pen(_BLACK, (0.25, 0.5), 0.85)),
    "black felt pen": (_WHITE, Pen(_BLACK, (2.2, 3.6), 1.0)),
    "pencil": (_WHITE, Pen((110, 110, 112), (0.8, 1.3), 0.8, 0.5)),
    "chalk on a board": ((38, 62, 50), Pen((235, 235, 225), (1.6, 2.6), 0.95, 0.7)),
    "white on black": ((12, 12, 14), Pen((250, 250, 250), (1.2, 2.2), 1.0)),
    "red on blue": ((90, 110, 215), Pen((200, 60, 60), (1.4, 2.4), 1.0)),
    "yellow on white": (_WHITE, Pen((245, 215, 30), (1.6, 2.8), 0.9)),
}
_VIEWS = {"turned by up to 15°": 15.0, "turned by up to 25°": 25.0}
_FILES = {
    "turned by EXIF": turned_by_exif,
    "ink in alpha": ink_in_alpha,
    "16 bits": in_16_bits,
    "floats": in_floats,
    "40 pixels wide": resized(40),
    "3,000 pixels wide": resized(3000),
}
