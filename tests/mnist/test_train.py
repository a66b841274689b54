"""Training on small data made here: it learns, repeats itself, and survives what happens to long runs."""

import json
import math
import os
import platform
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from torch import nn

from mnist import __version__
from mnist.augment import Augment
from mnist.checkpoint import load_checkpoint, save_checkpoint
from mnist.cli import main
from mnist.data import Digits
from mnist.measurement import measure, measure_shifted
from mnist.models import create_model
from mnist.optimizer import make_optimizer
from mnist.recipes import PUBLISHED, Recipe
from mnist.run import Plan, Run
from tests.mnist.conftest import make_digits, refusal, write_files

RECIPE = Recipe(epochs=4, batch_size=32, lr=0.02, ema=0.9, augment=Augment(shift=1, rotation=5, elastic=0.3))
TRAIN, HELD_OUT = make_digits(256), make_digits(100, 1)
CPU = torch.device("cpu")


def run_in(folder: Path, recipe: Recipe = RECIPE, *, seed: int = 0, resume: bool = False, model: str = "tiny") -> Run:
    return Run(Plan(model, recipe, seed, CPU), TRAIN, HELD_OUT, folder, resume=resume)


def figures(run: Run) -> list[tuple[float, ...]]:
    return [(row.train_loss, row.test_loss, row.accuracy) for row in run.history]


def weights(path: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(path).weights


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


def test_it_learns(tmp_path: Path):
    run = run_in(tmp_path / "run", replace(RECIPE, epochs=8))
    history = run.go()
    assert history[-1].train_loss < 0.5 * history[0].train_loss
    assert history[-1].accuracy > 90


def test_what_is_kept_is_what_was_measured(tmp_path: Path):
    run = run_in(tmp_path)
    run.go()
    last, best = load_checkpoint(run.last), load_checkpoint(run.best)
    assert measure(last.build(), HELD_OUT).accuracy == pytest.approx(run.history[-1].accuracy)
    accuracies = [row.accuracy for row in run.history]
    assert best.epoch == accuracies.index(max(accuracies)) + 1
    assert measure(best.build(), HELD_OUT).accuracy == pytest.approx(max(accuracies))
    lines = (tmp_path / "metrics.csv").read_text().splitlines()
    assert lines[0] == "epoch,lr,train_loss,test_loss,accuracy,seconds"
    assert len(lines) == 5
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["recipe"]["augment"]["elastic"] == 0.3
    assert {"mnist", "torch", "python"} == set(config["versions"])


def test_a_checkpoint_says_what_its_epoch_was_chosen_on(tmp_path: Path):
    run = run_in(tmp_path)
    run.go()
    last, best = load_checkpoint(run.last), load_checkpoint(run.best)
    assert (last.chosen_on, best.chosen_on) == ("", "test")
    assert last.caveat("test") == ""
    assert best.caveat("test").startswith(f"epoch {best.epoch} was chosen as the best on these very images")
    assert last.caveat("validation").startswith("these images are part of what it was trained on")
    validated = replace(best, config=best.config | {"held_out": "validation", "chosen_on": "validation"})
    assert validated.caveat("test") == ""
    assert "chosen" in validated.caveat("validation")


def test_an_older_best_epoch_is_known_by_ending_early(tmp_path: Path):
    run_in(tmp_path).go()
    last = load_checkpoint(tmp_path / "last.pt")
    assert replace(last, training={}).chosen_on == ""  # as those that ship
    assert replace(last, training={}, epoch=2).chosen_on == "test"


def test_the_mean_of_nine_shifts():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
    shifted = measure_shifted(model, HELD_OUT)
    total = torch.zeros(len(HELD_OUT), 10)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            images = torch.zeros_like(HELD_OUT.images)
            images[:, max(0, down) : 28 + min(0, down), max(0, right) : 28 + min(0, right)] = HELD_OUT.images[
                :, max(0, -down) : 28 + min(0, -down), max(0, -right) : 28 + min(0, -right)
            ]
            total += measure(model, Digits(images, HELD_OUT.labels)).probabilities
    assert torch.allclose(shifted.probabilities, total / 9, atol=1e-6)
    expected = -(total / 9).log()[range(len(HELD_OUT)), HELD_OUT.labels].mean()
    assert shifted.loss == pytest.approx(float(expected), rel=1e-4)


def test_the_same_seed_gives_the_same_numbers_and_another_does_not(tmp_path: Path):
    first, second, third = (run_in(tmp_path / name, seed=seed) for name, seed in (("a", 0), ("b", 0), ("c", 1)))
    for run in (first, second, third):
        torch.rand(7)  # what others draw must not matter
        run.go()
    assert figures(first) == figures(second) != figures(third)
    assert same(weights(first.last), weights(second.last))


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_resumed_run_ends_bit_equal(tmp_path: Path, optimizer: str):
    recipe = replace(RECIPE, optimizer=optimizer)
    whole = run_in(tmp_path / "whole", recipe, model="slim")
    whole.go()
    part = run_in(tmp_path / "part", recipe, model="slim")

    def stop(_: object) -> None:
        if len(part.history) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        part.go(stop)
    rest = run_in(tmp_path / "part", recipe, model="slim", resume=True)
    assert len(rest.history) == 2
    rest.go()
    assert figures(rest) == figures(whole)
    assert same(weights(rest.last), weights(whole.last))
    assert same(load_checkpoint(rest.last).training["model"], load_checkpoint(whole.last).training["model"])


def stopped_after(folder: Path, epochs: int) -> None:
    run = run_in(folder)

    def stop(_: object) -> None:
        if len(run.history) == epochs:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.go(stop)


def alter_config(folder: Path, **parts: object) -> None:
    kept = load_checkpoint(folder / "last.pt")
    save_checkpoint(folder / "last.pt", replace(kept, config=kept.config | parts))


def test_a_run_records_where_it_was_trained(tmp_path: Path):
    run = run_in(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config == run.config
    assert (config["device"], config["threads"], config["processes"]) == ("cpu", torch.get_num_threads(), 1)
    assert config["processor"] == torch.backends.cpu.get_cpu_capability()


def test_resuming_elsewhere_is_said_and_recorded(tmp_path: Path):
    stopped_after(tmp_path, 2)
    versions = {"mnist": __version__, "torch": "1.13.0", "python": platform.python_version()}
    alter_config(tmp_path, threads=7, versions=versions)
    run = run_in(tmp_path, resume=True)
    assert run.environment_changes == f"threads 1, not 7, torch {torch.__version__}, not 1.13.0"
    config = json.loads((tmp_path / "config.json").read_text())
    assert (config["threads"], config["versions"]["torch"]) == (7, "1.13.0")
    (later,) = config["resumed"]
    assert (later["after_epoch"], later["threads"], later["versions"]["torch"]) == (2, 1, str(torch.__version__))
    run.go(lambda _: None)
    assert load_checkpoint(run.last).config == config


def test_only_what_is_new_since_the_last_part_is_said(tmp_path: Path):
    stopped_after(tmp_path, 1)
    here = json.loads((tmp_path / "config.json").read_text())
    alter_config(tmp_path, threads=7, resumed=[here])
    assert run_in(tmp_path, resume=True).environment_changes == ""


def test_an_older_run_that_records_less_is_resumed_without_a_word(tmp_path: Path):
    stopped_after(tmp_path, 1)
    alter_config(tmp_path, processor=None, processes=None)
    assert run_in(tmp_path, resume=True).environment_changes == ""


@pytest.mark.slow
def test_killed_in_the_middle_and_started_again(tmp_path: Path):
    """The real thing: a process that is killed outright, at some moment of some epoch."""
    options = ["train", "tiny", "--epochs", "6", "--batch-size", "32", "--no-md5", "--device", "cpu", "--threads", "1"]
    options += ["--data", str(write_files(tmp_path / "data"))]
    part, whole = tmp_path / "part", tmp_path / "whole"
    command = [sys.executable, "-m", "mnist", *options, "--out", str(part)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.split()[:1] == ["2"]:
            break
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not (part / "curves.png").exists()
    for rest in (["--out", str(part), "--resume"], ["--out", str(whole)]):
        done = CliRunner().invoke(main, [*options, *rest])
        assert done.exit_code == 0, done.output
    assert same(weights(part / "last.pt"), weights(whole / "last.pt"))
    for name in ("augmented.png", "curves.png", "confusion.png", "misclassified.png", "summary.txt"):
        assert (part / name).read_bytes() == (whole / name).read_bytes(), name


def test_resuming_a_finished_run_changes_nothing(tmp_path: Path):
    run_in(tmp_path).go()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    run_in(tmp_path, resume=True).go()
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_a_run_is_not_overwritten(tmp_path: Path):
    run_in(tmp_path, replace(RECIPE, epochs=1)).go()
    assert "holds a run already; add --resume" in refusal(run_in, tmp_path)
    assert "its run has epochs 1, not 4" in refusal(run_in, tmp_path, resume=True)
    short = replace(RECIPE, epochs=1)
    assert "its run has seed 0, not 5" in refusal(run_in, tmp_path, short, seed=5, resume=True)
    assert "its run has model tiny, not slim" in refusal(run_in, tmp_path, short, model="slim", resume=True)


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_what_was(tmp_path: Path):
    run = run_in(tmp_path)
    run.trainer.run_epoch()
    run._keep(run.history[-1])
    kept = run.last.read_bytes()
    with torch.no_grad():
        next(run.trainer.model.parameters()).fill_(math.nan)
    assert refusal(run.go) == "epoch 2: the loss is nan; choose a smaller --lr"
    assert run.last.read_bytes() == kept


def test_a_full_disk_keeps_the_last_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run = run_in(tmp_path)
    run._keep(run.trainer.run_epoch())
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(_: object, path: Path) -> None:
        path.write_bytes(b"half a check")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    words = refusal(run.go)
    assert words.endswith("cannot be written (No space left on device); make room, or choose another place")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == kept


def test_more_in_a_batch_than_there_are_images(tmp_path: Path):
    words = refusal(run_in, tmp_path, replace(RECIPE, batch_size=257))
    assert words == "--batch-size: 257 of 256 images; choose a smaller one"


def test_checkpoints_that_are_none(tmp_path: Path):
    path = tmp_path / "x.pt"
    assert "No such file" in refusal(load_checkpoint, path)
    noise = (random.Random(seed).randbytes(3000) for seed in range(30))
    for content in (b"", b"not a checkpoint", b"PK\x03\x04 neither", b"root:x:0:0:root", *noise):
        path.write_bytes(content)
        assert refusal(load_checkpoint, path).startswith(f"{path}: damaged, or no checkpoint; ")
    torch.save({"model": 1}, path)
    assert "another program's checkpoint" in refusal(load_checkpoint, path)
    torch.save({"format": "mnist-checkpoint-1", "model": "tiny"}, path)
    assert "another program's checkpoint" in refusal(load_checkpoint, path)
    run_in(tmp_path, replace(RECIPE, epochs=1)).go()
    whole = (tmp_path / "last.pt").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refusal(load_checkpoint, path)


class Harm:
    def __reduce__(self):
        return (Path("harmed").touch, ())


def test_a_checkpoint_that_would_run_code_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"format": "mnist-checkpoint-1", "model": Harm()}, tmp_path / "x.pt")
    assert "damaged, or no checkpoint" in refusal(load_checkpoint, tmp_path / "x.pt")
    assert not (tmp_path / "harmed").exists()


def test_weights_of_another_model(tmp_path: Path):
    run_in(tmp_path, replace(RECIPE, epochs=1)).go()
    kept = load_checkpoint(tmp_path / "last.pt")
    assert "do not fit" in refusal(replace(kept, model="slim").build)


def test_the_learning_rate_rises_and_falls_to_nothing():
    recipe = Recipe(lr=0.5, warmup=0.2)
    assert recipe.rate(0) == pytest.approx(0.02)
    assert recipe.rate(0.1) == pytest.approx(0.26)
    assert recipe.rate(0.2) == pytest.approx(0.5)
    assert recipe.rate(0.6) == pytest.approx(0.25)
    assert recipe.rate(1) == pytest.approx(0, abs=1e-12)


def test_no_warmup_begins_at_the_peak():
    assert Recipe(lr=0.5, warmup=0).rate(0) == 0.5


@pytest.mark.parametrize(("decay", "every"), [(0.9, 10), (0.5, 3), (1, 10)])
def test_a_rate_in_steps_is_that_of_pytorchs_scheduler(decay: float, every: int):
    recipe = Recipe(epochs=19, lr=0.1, schedule="steps", decay=decay, decay_epochs=every)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, every, decay)
    for epoch in range(19):
        expected = pytest.approx(optimizer.param_groups[0]["lr"])
        assert [recipe.rate((epoch + step / 7) / 19) for step in (0, 3, 6)] == [expected] * 3
        optimizer.step()
        scheduler.step()


def test_sgd_without_momentum_is_plain():
    (group, _) = make_optimizer(create_model("tiny"), PUBLISHED["slim"].recipe, CPU).param_groups
    assert (group["lr"], group["momentum"], group["nesterov"], group["weight_decay"]) == (0.04, 0, False, 0)
    (group, _) = make_optimizer(create_model("tiny"), Recipe(optimizer="sgd"), CPU).param_groups
    assert (group["momentum"], group["nesterov"], group["weight_decay"]) == (0.9, True, 0.01)


@pytest.mark.parametrize("model", PUBLISHED)
def test_a_published_recipe_is_what_its_words_say(model: str):
    published = PUBLISHED[model]
    recipe, said, noted = published.recipe, published.said, published.note
    words = f"{said}, {noted}"
    assert "SGD" in words
    assert recipe.optimizer == "sgd"
    assert recipe.schedule == "steps"
    assert f"rate {recipe.lr:g}" in words
    assert f"batches of {recipe.batch_size}" in words
    assert f"{recipe.epochs} epochs" in words
    assert (f"{recipe.decay:g} every {recipe.decay_epochs} epochs" in words) == (recipe.decay != 1)
    assert ("constant rate" in words) == (recipe.decay == 1)
    drops = {layer.p for layer in create_model(model).modules() if isinstance(layer, (nn.Dropout, nn.Dropout2d))}
    assert any(f"dropout {p:g}" in words or f"dropout of whole channels {p:g}" in words for p in drops)
    assert not recipe.augment.changes_anything
    assert (recipe.momentum, recipe.weight_decay, recipe.label_smoothing, recipe.ema) == (0, 0, 0, 0)


def test_the_last_epochs_transform_images_less():
    recipe = Recipe(epochs=5, augment=Augment(rotation=10, elastic=0.4), mild_epochs=2, mild_share=0.25)
    assert [recipe.augment_in(epoch).rotation for epoch in range(1, 6)] == [10, 10, 10, 2.5, 2.5]
    assert recipe.augment_in(4).elastic == pytest.approx(0.1)
    assert not replace(recipe, mild_share=0).augment_in(5).changes_anything


def test_a_milder_last_epoch_leaves_the_earlier_ones_as_they_are(tmp_path: Path):
    plain = run_in(tmp_path / "plain", replace(RECIPE, epochs=2)).go()
    mild = run_in(tmp_path / "mild", replace(RECIPE, epochs=2, mild_epochs=1, mild_share=0)).go()
    assert plain[0].train_loss == mild[0].train_loss
    assert plain[1].train_loss > mild[1].train_loss


def test_a_run_from_before_an_option_is_resumed_with_its_default(tmp_path: Path):
    stopped_after(tmp_path, 1)
    recipe = json.loads((tmp_path / "config.json").read_text())["recipe"]
    alter_config(tmp_path, recipe={name: value for name, value in recipe.items() if name != "reestimate"})
    assert len(run_in(tmp_path, resume=True).history) == 1
    changed = replace(RECIPE, reestimate=50)
    assert "its run has reestimate 0, not 50" in refusal(run_in, tmp_path, changed, resume=True)


def test_the_running_mean_is_the_mean(tmp_path: Path):
    run = run_in(tmp_path, replace(RECIPE, epochs=1, ema=0.5))
    seen: list[torch.Tensor] = []
    parameter = next(run.trainer.model.parameters())
    run.trainer.run_epoch(lambda *_: seen.append(parameter.detach().clone()))
    mean = seen[0]
    for step, value in enumerate(seen[1:], start=1):
        decay = min(0.5, (1 + step) / (10 + step))
        mean = decay * mean + (1 - decay) * value
    assert torch.allclose(next(run.trainer.measured_model.parameters()), mean, atol=1e-6)
