"""Templates: what is accepted, and what is said of what is not."""

from pathlib import Path

import pytest

from sheetgen import SheetgenError, load_experiment, template_names

GOOD = """
title = "mine"
layers = [2, 2, 1]
inputs = [0.1, 0.2]
targets = [0.5]
weights = [1, 2, 3, 4, 5, 6]
"""


def test_shipped_templates_are_listed_default_first():
    assert template_names() == ["class", "class-eva", "deep", "eva6", "mazur", "xor"]


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
    with pytest.raises(SheetgenError, match=r"did you mean 'mazur'.*class, class-eva, deep"):
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
