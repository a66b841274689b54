"""Results as data, and the README and docs/mnist.md held to them."""

import json
import re
import statistics
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType

import pytest

from mnist import MnistError
from mnist.models import MODELS, create_model, parameter_count
from mnist.pretrained import NAMES, open_checkpoint
from mnist.recipes import PUBLISHED, flat_recipe, recipe_for
from mnist.results import Result, read_results, read_run, summarise_seeds, write_results
from mnist.summary import summarise, summary_lines
from tests.conftest import load_script
from tests.mnist.conftest import ROOT

README, PAGE = ((ROOT / place).read_text(encoding="utf-8") for place in ("README.md", "docs/mnist.md"))
WIDE = "full 3×3: 8 16 / separable: 40 40 / 64 64 64"
STUDENT_T_5 = 2.776  # 95 %, two-sided, of five values


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    return load_script("make_mnist")


def result(*accuracy: float, seed: int = 0) -> Result:
    config = {"model": "tiny", "parameters": 9, "seed": seed}
    return Result(config, list(accuracy), [0.1] * len(accuracy), [10.0 + seed] * len(accuracy))


def test_seeds_are_summed_up_by_last_and_by_best_epoch():
    line = summarise_seeds([result(99.0, 99.6, 99.4), result(99.1, 99.2, 99.3, seed=1), result(98, 99.2, 99.5, seed=2)])
    assert (line.epochs, line.seeds, line.lowest, line.highest) == (3, 3, 99.3, 99.6)
    assert line.last == pytest.approx(99.4)
    assert line.deviation == pytest.approx(0.1)
    assert line.best == pytest.approx((99.6 + 99.3 + 99.5) / 3)
    assert line.seconds == pytest.approx(11)


def test_one_seed_has_no_deviation():
    assert summarise_seeds([result(99.0)]).deviation is None


def test_the_best_epoch_is_the_first_of_equals():
    assert result(99.0, 99.6, 99.6).best_epoch == 2


def test_results_are_read_as_written(tmp_path: Path):
    rows = [result(99.0, 99.5), result(99.1, 99.2, seed=1)]
    write_results(tmp_path / "r.json", rows)
    assert read_results(tmp_path / "r.json") == rows


def test_a_run_that_is_not_finished_is_no_result(tmp_path: Path):
    with pytest.raises(MnistError, match="no run there"):
        read_run(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"recipe": {"epochs": 2}}))
    (tmp_path / "metrics.csv").write_text("epoch,test_loss,accuracy,seconds\n1,0.1,99.0,3\n")
    with pytest.raises(MnistError, match="1 epochs; a run of 2 was expected"):
        read_run(tmp_path)


def test_files_that_are_no_results(tmp_path: Path):
    for text in ("", "{", "[1]", '[{"other": 1}]'):
        (tmp_path / "r.json").write_text(text)
        with pytest.raises(MnistError, match="no results"):
            read_results(tmp_path / "r.json")


def test_the_tables_of_the_readme_and_of_the_page_are_those_of_the_results(maker: ModuleType):
    selection = json.loads(maker.SELECTION.read_text(encoding="utf-8"))
    ablation = read_results(maker.ABLATION)
    ours, theirs = (
        maker.grouped([run for run in read_results(maker.RESULTS) if run.recipe_source == source])
        for source in ("own", "published")
    )
    tables = maker.make_tables(ours, theirs, selection, ablation)
    for text, marks in ((README, {"short"}), (PAGE, {"results", "published", "selection", "ablation"})):
        assert set(re.findall(r"<!-- (\w+): docs/make_mnist.py -->", text)) == marks
        assert maker.with_tables(text, tables) == text, "run docs/make_mnist.py"
    assert all(f"| {run['parameters']:,} |" in PAGE for run in selection)
    assert all(run["config"]["held_out"] == "validation" for run in selection)
    assert all(run.config["held_out"] == "validation" for run in ablation)
    assert all(f"`{maker.changes(run)}`" in PAGE for run in ablation if maker.changes(run))
    assert f"`{maker.ABLATED}`" in " ".join(PAGE.split())
    for text in (README, PAGE):
        assert re.findall(r"^\| `[\w-]+` \| [\d,]+ \| \d+ \| \d+ \|", text, flags=re.MULTILINE)


def test_a_published_network_by_both_recipes_has_one_row(maker: ModuleType):
    def two_seeds(source: str, *accuracy: float) -> list[Result]:
        config = {"model": "slim", "parameters": 12088, "recipe_source": source}
        seconds = [1.0] * len(accuracy)
        return [Result(config | {"seed": seed}, list(accuracy), [0.1], seconds) for seed in (0, 1)]

    runs = [*two_seeds("own", 99.6, 99.5), *two_seeds("published", 99.2, 99.3, 99.1)]
    groups = maker.grouped(runs)
    assert len(groups) == 2
    row = maker.make_tables(groups[:1], groups[1:], [], [])["published"][-1]
    assert row == "| `slim` | 99.49 | 2 × 3 | 99.100 ± 0.000 | 99.300 | 2 × 2 | 99.500 ± 0.000 | 99.600 |"
    row = maker.make_tables(groups[:1], [], [], [])["published"][-1]
    assert row == "| `slim` | 99.49 |  |  |  | 2 × 2 | 99.500 ± 0.000 | 99.600 |"


def test_the_pictures_are_of_these_results_and_shown(maker: ModuleType):
    manifest = json.loads(maker.MANIFEST.read_text(encoding="utf-8"))
    shown = (maker.RESULTS, maker.SELECTION, maker.ABLATION, maker.CURVES, maker.SAMPLES)
    assert manifest == {path.name: maker.digest(path) for path in shown}
    for path in (maker.CURVES, maker.SAMPLES):
        assert f"(mnist/{path.name})" in PAGE


def test_the_results_are_of_the_models_and_recipes_as_they_are(maker: ModuleType):
    for row in read_results(maker.RESULTS):
        model, recipe = row.config["model"], row.config["recipe"]
        assert row.config["parameters"] == parameter_count(create_model(model))
        its_own = asdict(replace(recipe_for(model, row.recipe_source), epochs=len(row.accuracy)))
        assert flat_recipe(recipe) == flat_recipe(its_own)


def test_no_run_is_counted_twice(maker: ModuleType):
    rows = [row.run for row in read_results(maker.RESULTS)]
    assert len(set(rows)) == len(rows)


def test_what_the_page_says_in_words(maker: ModuleType, runs: list[Result]):
    """Every accuracy that a sentence gives to a model is that of the table, rounded."""
    groups = {(g[0].config["model"], len(g[0].accuracy)): g for g in maker.grouped(runs)}
    said = re.findall(r"`([\w-]+)` reaches ([\d.]+) % \(mean of (\d+) seeds, last of (\d+) epochs\)", PAGE)
    assert said
    for model, accuracy, seeds, epochs in said:
        group = groups[model, int(epochs)]
        assert f"{statistics.mean(row.last for row in group):.2f}" == accuracy
        assert len(group) == int(seeds)


@pytest.fixture(scope="module")
def runs(maker: ModuleType) -> list[Result]:
    """Those by our own recipes."""
    return [run for run in read_results(maker.RESULTS) if run.recipe_source == "own"]


def test_times_and_spread_of_fast_are_said_as_measured(runs: list[Result]):
    fast = [run for run in runs if run.config["model"] == "fast"]
    times = [f"{time:.0f}" for time in sorted(sum(run.seconds) for run in fast)]
    lasts = [run.last for run in fast]
    text = " ".join(PAGE.split())
    assert f"after {times[2]} s of training, the median of {', '.join(times[:-1])} and {times[-1]} s" in text
    assert all(run.config["threads"] == run.config["cores"] == 2 for run in fast)
    assert f"The lowest seed ends at {min(lasts):.2f} %" in text
    assert f"the 95 % interval of the mean, by Student's t, is {interval(lasts)}" in text


def interval(five: list[float]) -> str:
    """The 95 % interval of the mean of five values."""
    margin = STUDENT_T_5 * statistics.stdev(five) / 5**0.5
    low, high = (statistics.mean(five) + side * margin for side in (-1, 1))
    return f"{low:.2f} to {high:.2f} %"


@pytest.mark.parametrize("name", NAMES)
def test_what_ships_is_said_to_be_as_good_as_it_is(name: str):
    shipped = open_checkpoint(name)
    accuracy = f"{shipped.history[-1]['accuracy']:.2f}"
    (said,) = re.findall(r"`mnist evaluate` prints that seed's accuracy: (.*?)\. ", " ".join(PAGE.split()))
    assert f"`{name}` {accuracy} %" in said


@pytest.mark.parametrize("name", ["flagship", "tiny"])
def test_where_our_best_are_advertised_it_is_said_what_ships_and_how_low_they_go(runs: list[Result], name: str):
    accuracies = {run.config["seed"]: run.last for run in runs if run.config["model"] == name}
    text = " ".join(PAGE.split())
    assert f"`{name}` is of seed {open_checkpoint(name).config['seed']}" in text
    assert re.search(rf"`{name}` reaches [^`]*, no seed below {min(accuracies.values()):.2f} %", text)
    assert len(accuracies) == 5
    assert min(accuracies.values()) >= 99.4


def test_how_sure_the_mean_of_flagship_is_and_what_it_was_before_are_said(runs: list[Result]):
    lasts = [run.last for run in runs if run.config["model"] == "flagship"]
    text = " ".join(PAGE.split())
    assert f"the 95 % interval of the mean, by Student's t, is {interval(lasts)}. `tiny`" in text
    slim = statistics.mean(run.last for run in runs if run.run[:2] == ("slim", "own"))
    assert f"two seeds of `slim` end at {slim:.3f} %, five of `flagship` at {statistics.mean(lasts):.3f} %" in text
    assert "(99.586 ± 0.044, the mean of five seeds" in text
    assert f"end at {statistics.mean(lasts):.2f} % in the mean. With maxima" in text


def test_where_the_tiny_network_is_advertised_it_says_what_ships(runs: list[Result]):
    tiny = {run.config["seed"]: run.last for run in runs if run.config["model"] == "tiny"}
    shipped = open_checkpoint("tiny").config["seed"]
    assert f"the `tiny` that ships has {tiny[shipped]:.2f} %" in " ".join(README.split())
    assert "mean" in MODELS["tiny"].about


def test_what_measuring_the_statistics_anew_gained_is_said(maker: ModuleType):
    selection = json.loads(maker.SELECTION.read_text(encoding="utf-8"))
    ratios = [run["reestimated"]["loss"] / run["loss"][-1] for run in selection if "reestimated" in run]
    assert max(ratios) < 1
    words = f"the loss of each of these {len(ratios)} runs, by {100 * (1 - statistics.mean(ratios)):.1f} % in the mean"
    assert words in " ".join(PAGE.split())


def test_what_was_chosen_for_flagship_and_slim_is_said_as_measured(maker: ModuleType):
    selection = [row for row in json.loads(maker.SELECTION.read_text(encoding="utf-8")) if "reestimated" in row]
    text = " ".join(PAGE.split())
    for network, elastic, words in (
        (f"{WIDE}, smooth pooling (flagship)", 0.5, "to {loss:.4f} and the accuracy from 99.34 to {accuracy:.2f} %"),
        (f"{WIDE}, mean pooling", 0.5, "mean pooling to {loss:.4f} and {accuracy:.2f} %"),
        ("slim", 0.0, "`slim` has {loss:.4f} and {accuracy:.2f} %"),
        ("slim", 0.5, "with bending {loss:.4f} and {accuracy:.2f} %"),
    ):
        runs = [row for row in selection if row["network"] == network]
        runs = [row for row in runs if row["config"]["recipe"]["augment"]["elastic"] == elastic]
        loss, accuracy = (statistics.mean(row[name][-1] for row in runs) for name in ("loss", "accuracy"))
        assert words.format(loss=loss, accuracy=accuracy) in text
    losses = [row.loss[-1] for row in read_results(maker.ABLATION) if not maker.changes(row)]
    losses += [row["loss"][-1] for row in selection if row["network"] == WIDE]
    assert f"took the loss from {statistics.mean(losses):.4f} to" in text


def test_the_last_epoch_of_every_seed_is_above_what_was_published(runs: list[Result]):
    published = [run for run in runs if MODELS[run.config["model"]].published]
    assert {run.config["model"] for run in published} == {name for name in MODELS if MODELS[name].published}
    assert all(run.last > (MODELS[run.config["model"]].published or 100) for run in published)
    assert "the last epoch of every seed is above the published figure" in " ".join(PAGE.split())


def test_it_is_said_which_networks_were_trained_by_their_published_recipes(maker: ModuleType):
    seeds = Counter(run.config["model"] for run in read_results(maker.RESULTS) if run.recipe_source == "published")
    assert seeds == dict.fromkeys(PUBLISHED, 2)
    text = " ".join(PAGE.split())
    assert (
        "two seeds each of `slim`, `two-transition`, `gap-linear` and `pyramid`, which end below the published" in text
    )


def test_what_the_best_epoch_adds_is_said(runs: list[Result]):
    assert f"up to {max(run.best - run.last for run in runs):.2f} points to a run" in " ".join(PAGE.split())


def test_the_epoch_of_a_published_figure_is_said_where_it_is_known():
    known = {name: entry.published_epoch for name, entry in MODELS.items() if entry.published_epoch}
    assert known == {"two-transition": 19, "gap-linear": 14}
    for name, epoch in known.items():
        assert f"at epoch {epoch}" in (MODELS[name].build.__doc__ or "")
        assert re.search(rf"`{name}`'s [\d.]+ %[^`]* epoch {epoch}\b", " ".join(PAGE.split()))


def test_the_summary_on_the_page_is_the_models():
    shown = PAGE.split("$ mnist summary tiny\n")[1].split("\n```")[0]
    assert shown.splitlines() == summary_lines(summarise(create_model("tiny")))


def test_parameters_in_words_are_those_of_the_models():
    for name in ("flagship", "tiny"):
        count = parameter_count(create_model(name))
        assert f"{count:,}" in README
        assert f"{count:,}" in PAGE
        assert f"{count:,}" in MODELS[name].build.__doc__
