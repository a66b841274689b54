"""The temperatures that ship are those of the kept pictures, and docs/mnist.md says what they are worth."""

import json
from types import ModuleType

import pytest
from PIL import Image

from mnist.pretrained import NAMES, temperature
from tests.conftest import load_script
from tests.mnist.support.photographs import kinds


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    return load_script("make_calibration")


@pytest.fixture(scope="module")
def kept(maker: ModuleType) -> dict:
    return json.loads(maker.OUTPUTS.read_text(encoding="utf-8"))


def test_every_kind_has_as_many_pictures(maker: ModuleType, kept: dict):
    assert kept["kinds"] == [kind.name for kind in kinds() for _ in range(maker.EACH)]
    assert all(len(kept["logits"][name]) == len(kept["digits"]) == len(kept["kinds"]) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_temperature_is_that_of_the_half_it_is_fitted_on(maker: ModuleType, kept: dict, name: str):
    assert temperature(name) == pytest.approx(maker.fit(*maker.part(kept, name, fitting=True)), abs=0.002)


def test_the_halves_share_no_picture_and_have_the_same_digits(maker: ModuleType, kept: dict):
    fitting = [maker.for_fitting(place) for place in range(len(kept["digits"]))]
    halves = [
        sorted(digit for digit, mine in zip(kept["digits"], fitting, strict=True) if mine is half)
        for half in (True, False)
    ]
    assert halves[0] == halves[1]


def test_the_tables_on_the_page_are_those_of_the_pictures(maker: ModuleType, kept: dict):
    page = maker.PAGE.read_text(encoding="utf-8")
    temperatures = {name: temperature(name) for name in NAMES}
    assert maker.with_tables(page, kept, temperatures) == page, "run docs/make_calibration.py"
    for lines in (maker.by_kind(kept), maker.by_network(kept, temperatures)):
        assert "\n".join(lines) in page


def test_the_plot_is_of_the_pictures(maker: ModuleType):
    with Image.open(maker.PLOT) as plot:
        assert plot.info["Description"] == maker.digest(maker.OUTPUTS), "run docs/make_calibration.py"
