"""The notebooks in docs/ run, and show what they print."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import load_script
from tests.mnist.conftest import write_files

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
pytest.importorskip("nbclient", reason="nbclient is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")

NOTEBOOKS = sorted((Path(__file__).parents[1] / "docs").glob("*.ipynb"))
LARGEST = 400_000
# What the test has in the place of the cell with the parameters: small files, which are not MNIST's own.
SMALL = """
from functools import partial
DATA, OUT, EPOCHS = Path(os.environ["MNIST_DATA"]), Path("run"), 1
load_digits = partial(load_digits, md5=False)
"""


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    return load_script("make_notebooks")


def read(name: str):
    return nbformat.read(next(path for path in NOTEBOOKS if path.name == name), as_version=4)


def printed(notebook) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    return "".join(output.text for output in outputs if output.get("name") == "stdout")


@pytest.mark.slow
def test_the_notebook_of_mnist_runs_on_small_files(maker: ModuleType, tmp_path: Path):
    notebook = read("mnist.ipynb")
    (parameters,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    parameters.source = SMALL
    maker.run(notebook, tmp_path, MNIST_DATA=str(write_files(tmp_path / "digits")), OMP_NUM_THREADS="1")
    text = printed(notebook)
    assert "256 images to train on, 100 to test with" in text
    assert "epoch 1: training loss" in text
    assert len(re.findall(r"^✓ fewer than 20,000 parameters +3,862$", text, re.MULTILINE)) == 2
    assert (tmp_path / "run" / "curves.xlsx").exists()


@pytest.mark.slow
def test_the_notebook_of_the_workbook_runs(maker: ModuleType, tmp_path: Path):
    notebook = read("backpropagation.ipynb")
    maker.run(notebook, tmp_path)
    text = printed(notebook)
    assert "~D21 0.5 → 0.01\n1 value changed" in text
    assert "after.xlsx: all right" in text
    assert "a_h1 stands where a_h2 belongs" in text
    gradients = re.findall(r"^∂E/∂w\d((?: +0\.\d{14}){4})$", text, re.MULTILINE)
    assert len(gradients) == 8
    for line in gradients:
        cell, *others = map(float, line.split())
        assert others == pytest.approx([cell] * 3, rel=1e-7)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_what_a_notebook_shows_is_of_its_code(maker: ModuleType, path: Path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert notebook.metadata["executed"] == maker.digest(notebook), "run docs/make_notebooks.py"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_small_and_names_no_folder_of_the_machine_it_ran_on(path: Path):
    notebook = nbformat.read(path, as_version=4)
    assert path.stat().st_size < LARGEST
    assert not re.search(r"(?:^|[\s'\"])/(?:home|root|tmp|Users|work)/", printed(notebook))
