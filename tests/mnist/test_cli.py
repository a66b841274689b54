"""The command line as a user meets it: what it writes, and what it says to mistakes."""

import json
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from PIL import Image, ImageDraw

import mnist
from mnist import __version__
from mnist.augment import Augment
from mnist.checkpoint import load_checkpoint, save_checkpoint
from mnist.cli import main
from mnist.data import load_digits
from mnist.models import MODELS
from mnist.results import read_results
from tests.mnist.conftest import ROOT, write_files

FILES = {
    "augmented.png",
    "best.pt",
    "config.json",
    "confusion.png",
    "curves.png",
    "curves.xlsx",
    "last.pt",
    "metrics.csv",
    "misclassified.png",
    "summary.txt",
}
SHORT = ("--epochs", "2", "--batch-size", "32", "--no-md5", "--device", "cpu")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MNIST_DATA", raising=False)
    write_files(tmp_path / "data")
    return lambda *arguments: CliRunner().invoke(main, list(arguments), prog_name="mnist")


@pytest.mark.slow
def test_train_writes_all_there_is_to_look_at(run, tmp_path: Path):
    result: Result = run("train", "fast", *SHORT)
    assert result.exit_code == 0, result.output
    folder = tmp_path / "runs" / "fast-2-seed0"
    assert {path.name for path in folder.iterdir()} == FILES
    assert len([line for line in result.output.splitlines() if line.strip()[:2] in ("1 ", "2 ")]) == 2
    assert "✓ fewer than 20,000 parameters" in result.output
    assert "wrote runs/fast-2-seed0" in result.output
    for name in ("augmented.png", "curves.png", "confusion.png", "misclassified.png"):
        with Image.open(folder / name) as picture:
            assert min(picture.size) > 150
            assert np.asarray(picture.convert("L")).std() > 5


@pytest.mark.slow
def test_the_workbook_has_the_figures_and_two_charts(run, tmp_path: Path):
    assert run("train", "tiny", *SHORT, "--out", "o").exit_code == 0
    book = load_workbook(tmp_path / "o" / "curves.xlsx")
    sheet = book.active
    rows = list(sheet.iter_rows(min_row=4, max_row=6, max_col=6, values_only=True))
    assert rows[0] == ("epoch", "learning rate", "training loss", "test loss", "accuracy, %", "seconds")
    written = [line.split(",") for line in (tmp_path / "o" / "metrics.csv").read_text().splitlines()[1:]]
    for row, line in zip(rows[1:], written, strict=True):
        assert row == pytest.approx([float(value) for value in line])
    assert len(sheet._charts) == 2
    assert [series.yVal.numRef.f for chart in sheet._charts for series in chart.series] == [
        "Training!$D$5:$D$6",
        "Training!$C$5:$C$6",
        "Training!$E$5:$E$6",
    ]
    assert book.properties.created.year == 2000


@pytest.mark.slow
def test_options_reach_the_recipe(run, tmp_path: Path):
    options = ("--lr", "0.003", "--optimizer", "sgd", "--seed", "7", "--rotation", "3", "--elastic", "0", "--ema", "0")
    assert run("train", "tiny", *SHORT, *options, "--out", "o").exit_code == 0
    config = (tmp_path / "o" / "config.json").read_text()
    for words in ('"lr": 0.003', '"optimizer": "sgd"', '"seed": 7', '"rotation": 3.0', '"elastic": 0.0', '"ema": 0.0'):
        assert words in config


@pytest.mark.slow
def test_a_published_network_by_its_published_recipe(run, tmp_path: Path):
    options = ("--recipe", "published", "--no-md5", "--device", "cpu", "--batch-size", "256")
    result = run("train", "slim", *options)
    assert result.exit_code == 0, result.output
    assert "20 epochs, seed 0, cpu (1 thread), float32" in result.output
    assert "✗ fewer than 20 epochs" in result.output
    config = json.loads((tmp_path / "runs" / "slim-published-20-seed0" / "config.json").read_text())
    recipe = config["recipe"]
    assert config["recipe_source"] == "published"
    assert (recipe["optimizer"], recipe["lr"], recipe["momentum"], recipe["batch_size"]) == ("sgd", 0.04, 0, 256)
    assert recipe["augment"] == asdict(Augment())
    rates = {line.split(",")[1] for line in (tmp_path / "runs/slim-published-20-seed0/metrics.csv").read_text().split()}
    assert rates == {"lr", "0.04"}
    again = run("train", "slim", *options, "--resume", "--recipe", "own", "--out", "runs/slim-published-20-seed0")
    assert "its run has recipe_source published, not own, epochs 20, not 19" in again.output


@pytest.mark.slow
def test_bench_trains_by_the_published_recipes(run, tmp_path: Path):
    options = ("--recipe", "published", "--epochs", "1", "--batch-size", "128", "--no-md5", "--device", "cpu")
    assert run("bench", "pyramid", "--seeds", "1", *options).exit_code == 0
    assert run("bench", "pyramid", "--seeds", "1", *options[2:]).exit_code == 0
    sources = [(row.recipe_source, row.run) for row in read_results(tmp_path / "runs" / "results.json")]
    assert sources == [("published", ("pyramid", "published", 1, 0)), ("own", ("pyramid", "own", 1, 0))]


@pytest.mark.slow
def test_the_precision_is_said_and_recorded(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mnist.devices.computes_bfloat16", lambda _: False)
    result = run("train", "tiny", *SHORT, "--out", "o")
    assert result.output.startswith("tiny: 3,862 parameters, 2 epochs, seed 0, cpu (1 thread), float32\n")
    assert '"precision": "float32"' in (tmp_path / "o" / "config.json").read_text()
    monkeypatch.setattr("mnist.devices.free_cores", lambda: 1)
    busy = run("train", "tiny", *SHORT, "--out", "p", "--threads", "2", "--precision", "bfloat16")
    assert busy.stderr == "mnist: 2 threads, but 1 core is free; --threads 1 may be many times faster\n"
    assert "cpu (2 threads), bfloat16\n" in busy.output


@pytest.mark.slow
def test_a_users_own_model(run, tmp_path: Path):
    (tmp_path / "mine.py").write_text(
        "from torch import nn\nclass Net(nn.Sequential):\n"
        "    def __init__(self): super().__init__(nn.Flatten(), nn.Linear(784, 10))\n"
    )
    result = run("train", "mine:Net", *SHORT, "--out", "o")
    assert result.exit_code == 0, result.output
    assert "✗ batch normalisation" in result.output
    evaluated = run("evaluate", "o/best.pt", "--no-md5", "--out", "pictures")
    assert evaluated.exit_code == 0, evaluated.output
    assert evaluated.output.startswith("mine:Net, seed 0, epoch ")
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {"misclassified.png", "confusion.png"}
    assert "was chosen as the best on these very images" in evaluated.output
    assert "chosen" not in run("evaluate", "o/last.pt", "--no-md5").output


def test_evaluate_needs_only_the_test_files(run, tmp_path: Path):
    for path in (tmp_path / "data").glob("train-*"):
        path.unlink()
    result = run("evaluate", "tiny", "--no-md5")
    assert result.exit_code == 0, result.output
    assert "% of 100, " in result.output


def test_shifts_have_a_column_of_their_own(run):
    plain, both = run("evaluate", "tiny", "--no-md5"), run("evaluate", "tiny", "--no-md5", "--shifts")
    first, headings, accuracy, wrong, loss = both.output.splitlines()
    assert plain.output == f"{first}\n"
    assert headings.split("  ")[-2:] == ["as they are", "mean of nine shifts"]
    assert first.split(": ")[1].startswith(" ".join(accuracy.split()[1:3]))
    assert [line.split()[0] for line in (accuracy, wrong, loss)] == ["accuracy", "wrong", "loss"]


@pytest.mark.slow
def test_bench_takes_up_what_is_there(run, tmp_path: Path):
    arguments = ("bench", "tiny", "fast", "--seeds", "2", *SHORT)
    first = run(*arguments)
    assert first.exit_code == 0, first.output
    assert len(list((tmp_path / "runs").glob("*-seed*"))) == 4
    before = {path: path.read_bytes() for path in (tmp_path / "runs").rglob("*.*")}
    second = run(*arguments)
    assert second.output.splitlines()[-3:] == first.output.splitlines()[-3:]
    assert before == {path: path.read_bytes() for path in (tmp_path / "runs").rglob("*.*")}
    assert " ± " in first.output


@pytest.mark.slow
def test_bench_keeps_the_results_of_earlier_models(run, tmp_path: Path):
    for model in ("tiny", "fast", "tiny"):
        result = run("bench", model, "--seeds", "1", *SHORT)
        assert result.exit_code == 0, result.output
    kept = read_results(tmp_path / "runs" / "results.json")
    assert [row.config["model"] for row in kept] == ["tiny", "fast"]


def test_bench_says_of_a_run_with_other_options_what_can_be_done(run, tmp_path: Path):
    assert run("bench", "tiny", "--seeds", "1", *SHORT).exit_code == 0
    before = {path: path.read_bytes() for path in (tmp_path / "runs").rglob("*.*")}
    other = run("bench", "tiny", "--seeds", "1", *SHORT, "--lr", "0.5")
    assert other.exit_code == 2
    remedy = "give the same options, or choose another place with --out"
    assert other.output.splitlines()[-1].endswith(f"its run has lr 0.01, not 0.5; {remedy}")
    assert before == {path: path.read_bytes() for path in (tmp_path / "runs").rglob("*.*")}


def test_bench_reads_the_earlier_results_before_it_trains(run, tmp_path: Path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "results.json").write_text("{")
    result = run("bench", "tiny", "--seeds", "1", *SHORT)
    assert result.exit_code == 2
    assert "runs/results.json: no results" in result.output
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["results.json"]


def test_summary_and_models(run):
    assert "19,944" in run("summary", "pyramid").output
    listed = run("models").output
    assert all(name in listed for name in MODELS)
    assert "99.49 %" in listed


def test_predict_reads_what_people_draw(run, tmp_path: Path):
    """Dark on light and large, or light on dark and small; the answers are those of the model, whatever they are."""
    strokes = np.full((300, 200), 255, np.uint8)
    strokes[40:260, 90:115] = 0
    Image.fromarray(strokes).save(tmp_path / "one.png")
    small = np.zeros((28, 28), np.uint8)
    small[4:24, 13:16] = 255
    Image.fromarray(small).save(tmp_path / "small.png")
    result = run("predict", "one.png", "small.png")
    assert result.exit_code == 0, result.output
    assert [line.split()[:2] for line in result.output.splitlines()[1:]] == [["one.png", "1"], ["small.png", "1"]]


def test_a_bad_picture_does_not_stop_the_others(run, tmp_path: Path):
    picture = Image.new("L", (200, 300), 255)
    ImageDraw.Draw(picture).line(((100, 40), (100, 260)), fill=0, width=20)
    picture.save(tmp_path / "one.png")
    ImageDraw.Draw(picture).line(((160, 40), (160, 260)), fill=0, width=20)
    picture.save(tmp_path / "two.png")
    Image.new("L", (50, 50), 255).save(tmp_path / "empty.png")
    (tmp_path / "note.txt").write_text("not what you think")
    result = run("predict", "none.png", "one.png", "empty.png", "two.png", "note.txt")
    assert result.exit_code == 2
    lines = result.output.splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["none.png", "one.png", "empty.png", "two.png", "note.txt"]
    assert lines[0].endswith("No such file or directory")
    assert lines[1].split()[1] == "1"
    assert "pieces" not in lines[1]
    assert lines[2].endswith("nothing to see in it")
    assert lines[3].endswith("2 large pieces; one digit was expected")
    assert lines[4].endswith("no picture that can be read")


MISTAKES = {
    "no such model": (("train", "tinny"), "mnist: tinny: no such model; did you mean 'tiny'? one of flagship"),
    "no such command": (("trian",), "mnist: No such command 'trian'"),
    "no epochs": (("train", "tiny", "--epochs", "0"), "mnist train: Invalid value for '--epochs'"),
    "not MNIST": (("train", "tiny"), "damaged or another file, its md5 is"),
    "too large a batch": (("train", "tiny", "--no-md5", "--batch-size", "999"), "--batch-size: 999 of 256 images"),
    "no validation": (("train", "tiny", "--no-md5", "--validate"), "--validate: 256 training images"),
    "no GPU": (("train", "tiny", "--no-md5", "--device", "cuda"), "--device: no cuda here"),
    "nothing to resume": (("train", "tiny", "--no-md5", "--resume"), "runs/tiny-19-seed0: no run there to resume"),
    "a file for a folder": (
        ("train", "tiny", "--no-md5", "--out", "note.txt"),
        "note.txt/config.json: cannot be written",
    ),
    "no number": (("train", "tiny", "--lr", "nan"), "Invalid value for '--lr': nan is not a number."),
    "no end": (("train", "tiny", "--lr", "inf"), "Invalid value for '--lr': inf is not a number."),
    "too many threads": (("train", "tiny", "--threads", "9999"), "Invalid value for '--threads'"),
    "too large a seed": (("train", "tiny", "--seed", str(2**32)), "Invalid value for '--seed'"),
    "untrained": (
        ("evaluate", "slim"),
        "slim: comes without trained weights; flagship, tiny, live or a file was",
    ),
    "no checkpoint": (("evaluate", "none.pt"), "none.pt: cannot be read (No such file or directory)"),
    "a picture for a checkpoint": (("evaluate", "note.txt"), "note.txt: damaged, or no checkpoint"),
    "no picture": (("predict", "none.png"), "none.png: No such file or directory; a picture of one digit"),
    "text for a picture": (("predict", "note.txt"), "note.txt: no picture that can be read"),
    "an empty picture": (("predict", "empty.png"), "empty.png: nothing to see in it"),
    "no recipe published": (
        ("train", "wide-stem", "--recipe", "published"),
        "wide-stem: no recipe of it is published; ",
    ),
    "a recipe of our own net": (
        ("bench", "tiny", "--recipe", "published"),
        "tiny: no recipe of it is published; one of",
    ),
    "bench of nothing": (("bench", "none:None"), "none:None: no module none in this folder"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_and_writes_nothing(run, tmp_path: Path, name: str):
    if name == "no GPU" and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    (tmp_path / "note.txt").write_text("not what you think")
    Image.new("L", (50, 50), 255).save(tmp_path / "empty.png")
    before = set(tmp_path.rglob("*"))
    arguments, words = MISTAKES[name]
    arguments = (*arguments, "--no-md5") if name == "bench of nothing" else arguments
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert words in result.output
    assert result.output.count("\n") == 1
    assert set(tmp_path.rglob("*")) == before


OWN = """
from torch import nn
class Wrong(nn.Sequential):
    def __init__(self): super().__init__(nn.Flatten(), nn.Linear(784, 7))
class Empty(nn.Flatten):
    def forward(self, x): return super().forward(x)[:, :10]
class Broken(nn.Linear):
    def __init__(self): super().__init__(784, 10)
    def forward(self, x): return flaten(x)
class Needy(nn.Module):
    def __init__(self, width): super().__init__()
"""
OWN_MISTAKES = {
    "own:Wrong": "own:Wrong: gives (2, 7) for two images; (2, 10) was expected",
    "own:Empty": "own:Empty: has no parameters",
    "own:Broken": "own:Broken: cannot take images (NameError: name 'flaten' is not defined)",
    "own:Needy": "own:Needy: cannot be made (TypeError: ",
    "own:Absent": "own:Absent: cannot be made (AttributeError: module 'own' has no attribute 'Absent')",
    "owm:Wrong": "owm:Wrong: no module owm in this folder",
    "own:": "own:: cannot be made",
}


@pytest.mark.parametrize("command", ["train", "summary"])
@pytest.mark.parametrize("name", OWN_MISTAKES)
def test_a_mistake_in_ones_own_model(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, command: str):
    monkeypatch.delitem(sys.modules, "own", raising=False)
    (tmp_path / "own.py").write_text(OWN)
    result = run(command, name, *(SHORT if command == "train" else ()))
    assert result.exit_code == 2, result.output
    assert OWN_MISTAKES[name] in result.output
    assert result.output.count("\n") == 1
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_ctrl_c_in_the_first_epoch_says_that_nothing_is_kept(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("mnist.train.Trainer._step", interrupted)
        result = run("train", "fast", *SHORT)
    assert result.exit_code == 130
    assert result.output.endswith(
        "mnist: stopped in the first epoch, of which nothing is kept; the same command starts anew\n"
    )
    assert [path.name for path in (tmp_path / "runs" / "fast-2-seed0").iterdir()] == ["config.json"]
    assert run("train", "fast", *SHORT).exit_code == 0


@pytest.mark.slow
def test_a_log_has_no_bar_even_where_colours_are_asked_for(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    output = run("train", "fast", *SHORT).output
    assert "\x1b" not in output
    assert "left" not in output


@pytest.mark.slow
def test_ctrl_c_keeps_the_finished_epochs(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from mnist.train import Trainer

    whole = Trainer._step
    steps: list[int] = []

    def interrupted(self: Trainer, *arguments: object) -> torch.Tensor:
        steps.append(1)
        if len(steps) == 12:  # in the second epoch of eight steps
            raise KeyboardInterrupt
        return whole(self, *arguments)

    monkeypatch.setattr(Trainer, "_step", interrupted)
    result = run("train", "tiny", *SHORT)
    assert result.exit_code == 130
    assert result.output.endswith("mnist: stopped after epoch 1; --resume goes on from there\n")
    kept = load_checkpoint(tmp_path / "runs" / "tiny-2-seed0" / "last.pt")
    save_checkpoint(tmp_path / "runs" / "tiny-2-seed0" / "last.pt", replace(kept, config=kept.config | {"threads": 64}))
    resumed = run("train", "tiny", *SHORT, "--resume")
    assert "going on after epoch 1" in resumed.output
    assert resumed.stderr.splitlines() == [
        "mnist: going on with threads 1, not 64; the last digits may differ from those of a run in one piece"
    ]
    assert "finished already" in run("train", "tiny", *SHORT, "--resume").output
    other = run("train", "tiny", *SHORT, "--resume", "--lr", "0.5", "--out", "runs/tiny-2-seed0")
    assert "its run has lr 0.01, not 0.5; give the same options, or choose another place with --out" in other.output
    assert (tmp_path / "runs" / "tiny-2-seed0" / "best.pt").exists()


def test_without_data_and_without_network(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import torchvision.datasets

    def no_network(folder: str, **_: object) -> None:
        (Path(folder) / "MNIST" / "raw").mkdir(parents=True, exist_ok=True)  # as torchvision does
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz:\nTried https://…")

    monkeypatch.setattr(torchvision.datasets, "MNIST", no_network)
    result = run("train", "tiny", "--data", "elsewhere")
    assert result.exit_code == 2
    assert result.output.startswith("mnist: elsewhere: no MNIST files there, and no download (Error downloading ")
    assert result.output.count("\n") == 1
    assert not (tmp_path / "elsewhere").exists()
    next((tmp_path / "data").glob("t10k-labels*")).unlink()
    assert "data: no t10k-labels-idx1-ubyte.gz there, and no download (" in run("evaluate", "tiny").output


def test_every_command_has_help(run):
    for name, listed in main.commands.items():
        assert run(name, "--help").exit_code == 0
        assert "..." not in listed.get_short_help_str(limit=60)
        command = listed.imported()
        assert command.help
        assert all(
            getattr(parameter, "help", "") for parameter in command.params if parameter.param_type_name == "option"
        )


def test_help_needs_no_torch():
    code = "import sys, mnist.cli; sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_public_names_are_there_and_no_others():
    assert set(mnist.__all__) - {"MnistError", "__version__"} == set(mnist._PLACES)
    assert all(getattr(mnist, name).__doc__ for name in mnist._PLACES)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = mnist.nothing


def test_the_version(run):
    assert run("--version").output == f"mnist, version {__version__}\n"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["flagship", "tiny", "live"])
def test_the_checkpoints_that_ship_reach_what_is_committed(run, name: str, real_mnist: Path):
    from mnist.pretrained import open_checkpoint

    kept = open_checkpoint(name)
    result = run("evaluate", name, "--data", str(real_mnist), "--device", "cpu")
    assert result.exit_code == 0, result.output
    assert f"{kept.history[-1]['accuracy']:.2f} % of 10,000" in result.output
    committed = read_results(ROOT / "docs" / "mnist" / "results.json")
    last = {(row.config["model"], row.config["seed"]): row.last for row in committed}
    assert last[name, kept.config["seed"]] == pytest.approx(kept.history[-1]["accuracy"])


def test_predict_knows_real_digits(run, tmp_path: Path, real_mnist: Path):
    digits = load_digits(real_mnist, "test")
    for place in range(5):
        picture = Image.fromarray(255 - digits.images[place].numpy()).resize((140, 140))
        picture.save(tmp_path / f"{place}.png")
    result = run("predict", *(f"{place}.png" for place in range(5)))
    assert [line.split()[1] for line in result.output.splitlines()[1:]] == [str(int(x)) for x in digits.labels[:5]]
