"""The bars that a terminal shows during a training, at a clock of our own."""

import io
from collections.abc import Iterator

import pytest
from rich.console import Console
from rich.progress import Progress

from mnist.cli.progress import Bars, progress
from mnist.train import EpochResult, Step


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[Progress]:
    seconds = [0.0]
    shown = Progress(console=Console(file=io.StringIO()), auto_refresh=False, get_time=lambda: seconds[0])

    def wait(count: float) -> None:
        seconds[0] += count

    monkeypatch.setattr(shown, "wait", wait, raising=False)
    return shown


def train(bars: Bars, display: Progress, epoch: int, until: int, *, epochs: int = 3, pace: float = 1) -> None:
    for done in range(1, until + 1):
        display.wait(pace)
        bars.show(Step(epoch, epochs, done, 10))


def left(display: Progress) -> list[float | None]:
    return [task.time_remaining for task in display.tasks]


def test_the_time_left_of_the_epoch_and_of_the_training(display: Progress):
    bars = Bars(display)
    train(bars, display, 1, 4)
    assert left(display) == [6, 26]
    assert display.tasks[0].description == "epoch 1 of 3"


def test_a_second_epoch_has_time_left_again(display: Progress):
    bars = Bars(display)
    train(bars, display, 1, 10)
    train(bars, display, 2, 7)
    assert left(display) == [3, 13]
    assert display.tasks[0].description == "epoch 2 of 3"


def test_a_resumed_training_is_not_thought_to_be_fast(display: Progress):
    bars = Bars(display)
    train(bars, display, 3, 5, pace=2)
    assert left(display) == [10, 10]


def test_the_next_training_begins_anew(display: Progress):
    bars = Bars(display)
    for epoch in (1, 2, 3):
        train(bars, display, epoch, 10)
    train(bars, display, 1, 5, epochs=2, pace=3)
    assert left(display) == [15, 45]


def test_a_terminal_shows_the_bars_and_keeps_the_lines(monkeypatch: pytest.MonkeyPatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    console = Console(file=terminal, force_terminal=True, width=100, color_system=None)
    monkeypatch.setattr("mnist.cli.progress.Output", lambda: console)
    with progress() as (on_epoch, on_step):
        assert on_step is not None
        on_step(Step(1, 2, 10, 10))
        on_epoch(EpochResult(1, 0.01, 0.5, 0.25, 97.5, 3.0))
        on_step(Step(2, 2, 5, 10))
    text = terminal.getvalue()
    assert "epoch 1 of 2" in text
    assert "    1      0.5000     0.2500   97.50 %      3.0\n" in text
    assert "left" in text
