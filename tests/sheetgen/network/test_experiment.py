"""Templates: what is accepted, and what is said of what is not."""

from pathlib import Path
from typing import Any

import pytest

from sheetgen import Experiment, Sample, SheetgenError, build_workbook, load_experiment, template_names

GOOD = """
title = "mine"
layers = [2, 2, 1]
inputs = [0.1, 0.2]
targets = [0.5]
weights = [1, 2, 3, 4, 5, 6]
"""


def test_shipped_templates_are_listed_default_first():
    names = "class adam class-eva deep eva6 mazur minibatch momentum optimizers softmax xor"
    assert template_names() == names.split()


def test_a_file_of_ones_own_works_in_place_of_a_name(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    experiment = load_experiment(path)
    assert experiment.layers == (2, 2, 1)
    assert experiment.activations == ("sigmoid", "sigmoid")
    assert experiment.learning_rates == (0.1, 0.2, 0.5, 0.8, 1.0, 2.0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("weights", "wieghts", ["wieghts", "unknown key", "did you mean 'weights'?"]),
        ("layers = [2, 2, 1]", "layers = []", ["layers", "at least 2"]),
        ("layers = [2, 2, 1]", "layers = [2, 0, 1]", ["layers[2]", "0 is not usable"]),
        ("layers = [2, 2, 1]", "layers = [2, 2.5, 1]", ["layers[2]", "2.5"]),
        ("layers = [2, 2, 1]", "layers = 3", ["layers", "3 is not usable"]),
        ("[1, 2, 3, 4, 5, 6]", "[1, 2, 3]", ["weights", "3 values given", "6 expected", "2·2 + 2·1"]),
        ("[1, 2, 3, 4, 5, 6]", "[1, 2, 3, 4, 5, nan]", ["weights[6]", "nan", "finite"]),
        ("[1, 2, 3, 4, 5, 6]", "[1, 2, 3, 4, 5, inf]", ["weights[6]", "inf", "finite"]),
        ("[1, 2, 3, 4, 5, 6]", "[1, 2, 3, 4, 5, '6']", ["weights[6]", "'6'", "number"]),
        ("[1, 2, 3, 4, 5, 6]", "[1, 2, 3, 4, 5, true]", ["weights[6]", "True"]),
        ("[1, 2, 3, 4, 5, 6]", "[1, 2, 3, 4, 5, 1e300]", ["weights[6]", "1e+300"]),
        ("inputs = [0.1, 0.2]", "inputs = []", ["inputs"]),
        ("inputs = [0.1, 0.2]", "inputs = [0.1]", ["inputs", "1 value given", "2 expected"]),
        ("inputs = [0.1, 0.2]", "inputs = 0.1", ["inputs", "0.1 is not usable", "a list of values"]),
        ("inputs = [0.1, 0.2]", "[samples]", ["samples", "[[samples]]"]),
        ("targets = [0.5]", "", ["targets", "missing"]),
        ("title = \"mine\"", "", ["title", "missing"]),
        ("title = \"mine\"", 'title = "a\\nb"', ["title"]),
        ("title = \"mine\"", 'title = "m"\nactivation = "sigmod"', ["activation", "did you mean 'sigmoid'?"]),
        ("title = \"mine\"", 'title = "m"\nactivation = ["tanh"]', ["activation", "2 expected"]),
        ("title = \"mine\"", 'title = "m"\nloss = "mse"', ["loss", "half squared error"]),
        ("title = \"mine\"", 'title = "m"\nbiases = [1]', ["biases", "3 expected"]),
        ("title = \"mine\"", 'title = "m"\ntrain_biases = true', ["train_biases", "no biases"]),
        ("title = \"mine\"", 'title = "m"\nlearning_rates = []', ["learning_rates"]),
        ("title = \"mine\"", 'title = "m"\nlearning_rates = [0.1, 0.1]', ["learning_rates", "twice"]),
        ("title = \"mine\"", 'title = "m"\nlearning_rates = [-1]', ["learning_rates[1]", "greater than 0"]),
        ("title = \"mine\"", 'title = "m"\niterations = 0', ["iterations", "0 is not usable"]),
        ("title = \"mine\"", 'title = "m"\nloss = "binary cross-entropy"\nactivation = "tanh"', ["loss", "sigmoid"]),
        ("title = \"mine\"", "title = 'm", ["not valid TOML"]),
        ("title", "momentum = 0.8\ntitle", ["momentum: unknown key; put it into constants = { momentum = 0.8 }"]),
        ("title = \"mine\"", 'title = "m"\nbeta_1 = true', ["unknown key; put it into constants = { beta_1 = … }"]),
        ("title = \"mine\"", 'title = "m"\noptimizers = { }', ["optimizers: {} is empty", "leave the key out"]),
    ],
)  # fmt: skip
def test_mistakes_are_named_in_one_line(tmp_path: Path, old: str, new: str, said: list[str]):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(SheetgenError) as caught:
        load_experiment(path)
    line = str(caught.value)
    assert line.startswith(str(path))
    assert "\n" not in line
    for words in said:
        assert words in line, line


def test_an_unknown_template_is_answered_with_the_known_ones():
    with pytest.raises(SheetgenError, match=r"did you mean 'mazur'.*class, adam, class-eva, deep"):
        load_experiment("mazurr")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00" * 20])
def test_files_that_are_not_text_are_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(SheetgenError):
        load_experiment(path)


def test_a_folder_is_not_a_template(tmp_path: Path):
    with pytest.raises(SheetgenError, match="not a file"):
        load_experiment(tmp_path)


def test_another_run_of_the_same_network_is_checked_too():
    experiment = load_experiment()
    assert experiment.with_run([0.3], 7).iterations == 7
    with pytest.raises(SheetgenError, match=r"learning_rates\[1\].*nan"):
        experiment.with_run([float("nan")])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"learning_rates": [-1.0]}, "learning_rates[1]: -1.0 is not usable; it should be greater than 0"),
        ({"learning_rates": [0.1, 0.1]}, "learning_rates: 0.1 stands there twice; give each one once"),
        ({"learning_rates": []}, "learning_rates: () is not usable; it should be a list of values in [ ], at least 1"),
        (
            {"learning_rates": 0.5},
            "learning_rates: 0.5 is not usable; it should be a list of values in [ ], at least 1",
        ),
        ({"iterations": 0}, "iterations: 0 is not usable; it should be greater than or equal to 1"),
        ({"iterations": 1.5}, "iterations: 1.5 is not usable; it should be a valid integer"),
    ],
)
def test_what_replaces_a_templates_run_is_checked(given: dict[str, Any], said: str):
    with pytest.raises(SheetgenError) as caught:
        load_experiment("class", **given)
    assert str(caught.value) == said


def test_a_templates_run_can_be_replaced():
    experiment = load_experiment("mazur", learning_rates=(rate / 4 for rate in (1, 2)), iterations=7)
    assert (experiment.learning_rates, experiment.iterations) == ((0.25, 0.5), 7)
    assert experiment.weights == load_experiment("mazur").weights


@pytest.mark.parametrize("update", [{"learning_rates": (-1.0,)}, {"weights": "many"}, {"lerning_rates": (1.0,)}])
def test_a_copy_with_nonsense_is_refused(update: dict[str, object]):
    with pytest.raises(SheetgenError):
        load_experiment().model_copy(update=update)


def test_nonsense_that_nobody_checked_does_not_reach_the_writer(tmp_path: Path):
    good = dict(load_experiment())
    for bad in (good | {"learning_rates": (-1.0,)}, good | {"samples": (Sample.model_construct(inputs=("x",)),)}):
        with pytest.raises(SheetgenError):
            build_workbook(Experiment.model_construct(**bad), tmp_path / "x.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[0.1, 0.2]", "[0,1, 0,2]"),
        ("weights = [1", "weights = [0,05"),
        ("weights = [1, 2", "weights = [-0,25, # the first\n 2.5e-1"),
        ("targets = [0.5]", "targets = [0,5]"),
        ("title", "learning_rates = [0,5, 1]\ntitle"),
        ("title", "weight_decay = 0,5\ntitle"),
        ("title", "optimizers = { sgd = 0,5 }\ntitle"),
        ("title", "optimizers = { sgd = 0,5, adam = 0.1 }\ntitle"),
    ],
)
def test_a_decimal_comma_is_answered_with_the_point(tmp_path: Path, old: str, new: str):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(SheetgenError, match=r"write decimals with a point: 0\.5, not 0,5"):
        load_experiment(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("weights", "wieghts"),
        ("[1, 2, 3, 4, 5, 6]", "[1,0,0,1,0]"),
        ("layers = [2, 2, 1]", "layers = [2, 2, 2]"),
        ('title = "mine"', "title = 'm"),
        ("title", "learning_rates = [1,0,2]\ntitle"),
        ("title", "weight_decay = 0.1 0\ntitle"),
    ],
)
def test_a_comma_between_values_is_not_taken_for_a_decimal_one(tmp_path: Path, old: str, new: str):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("[0.1, 0.2]", "[1,0]").replace("[0.5]", "[1,0,0]").replace(old, new))
    with pytest.raises(SheetgenError) as caught:
        load_experiment(path)
    assert "with a point" not in str(caught.value)


def test_targets_out_of_reach_are_named():
    assert load_experiment("xor").unreachable_targets() == []
    tanh = load_experiment().model_copy(update={"activation": "tanh", "targets": (-1.5, 1.0)})
    (line,) = tanh.unreachable_targets()
    assert line.startswith("targets[1]: -1.5 is out of reach, as the output of tanh is between -1 and 1")
    linear = load_experiment().model_copy(update={"activation": "linear", "targets": (7.0, -7.0)})
    assert linear.unreachable_targets() == []
    (line,) = linear.model_copy(update={"activation": ("sigmoid", "relu")}).unreachable_targets()
    assert "targets[2]: -7.0 is out of reach, as the output of relu is 0 or more" in line
