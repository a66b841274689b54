"""Run the notebooks in docs/, and keep what they print and draw: `python docs/make_notebooks.py`.

    python docs/make_notebooks.py                run both; --data names the folder of MNIST's files
    python docs/make_notebooks.py mnist.ipynb    run one; with --folder in a folder that stays, so that the training
                                                 need not be repeated

A notebook keeps the SHA-256 of the code that its outputs are of, so that a test can tell when they are out of date.
"""

import argparse
import hashlib
import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
NOTEBOOKS = tuple(sorted((ROOT / "docs").glob("*.ipynb")))


def main() -> None:
    """Run what was asked for in an empty folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=[path.name for path in NOTEBOOKS], metavar="NOTEBOOK")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "mnist")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    for name in arguments.names:
        path = ROOT / "docs" / name
        notebook = nbformat.read(path, as_version=4)
        with tempfile.TemporaryDirectory() as folder:
            run(notebook, arguments.folder or Path(folder), MNIST_DATA=str(arguments.data.resolve()))
        notebook.metadata["executed"] = digest(notebook)
        nbformat.write(notebook, path)


def run(notebook: NotebookNode, folder: Path, **environment: str) -> None:
    """Run all cells of a notebook in a folder; their outputs go into it.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed.
    """
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    place = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, kernel_name="python3", timeout=3600, record_timing=False, resources=place)
    client.execute(env=os.environ | {"PYTHONPATH": paths} | environment)


def digest(notebook: NotebookNode) -> str:
    """Return the SHA-256 of a notebook's code."""
    code = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return hashlib.sha256(code.encode()).hexdigest()


if __name__ == "__main__":
    main()
