"""Two processes on the CPU train as one does at the same global batch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.mnist import distributed_run
from tests.mnist.conftest import ROOT, write_files

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
MODELS = {"tests.mnist.small_nets:Plain": 1e-4, "tiny": 0.1}


def torchrun(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*TORCHRUN, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def losses(path: Path) -> list[float]:
    return [row["train_loss"] for row in json.loads(path.read_text())]


@pytest.fixture(scope="module")
def curves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("curves")
    distributed_run.train(folder / "one", list(MODELS))
    done = torchrun("-m", "tests.mnist.distributed_run", str(folder / "two"), *MODELS)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("model", "tolerance"), MODELS.items())
def test_the_loss_curve_of_two_is_that_of_one(curves: Path, model: str, tolerance: float):
    """Batch statistics are of each process's share on the CPU, so only a network without them agrees closely."""
    one, two = (curves / name / model.replace(":", ".") for name in ("one", "two"))
    assert losses(two / "rank0.json") == pytest.approx(losses(one / "rank0.json"), rel=tolerance)
    assert losses(two / "rank0.json") == losses(two / "rank1.json")
    first, second = torch.load(two / "rank0.pt"), torch.load(two / "rank1.pt")
    parameters = [key for key in first if "running" not in key]
    assert all(torch.equal(first[key], second[key]) for key in parameters)
    assert sorted(path.name for path in two.glob("*.csv")) == ["metrics.csv"]


@pytest.mark.slow
def test_statistics_measured_anew_are_the_same_in_both(curves: Path):
    first, second = (torch.load(curves / "two" / f"anew{rank}.pt") for rank in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert first.keys() == second.keys()


@pytest.mark.slow
def test_torchrun_starts_the_command(tmp_path: Path):
    data = write_files(tmp_path / "data")
    options = [
        "train",
        "tiny",
        "--epochs",
        "2",
        "--batch-size",
        "32",
        "--no-md5",
        "--device",
        "cpu",
        "--data",
        str(data),
    ]
    done = torchrun("-m", "mnist", *options, "--out", "run", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("✓") + done.stdout.count("✗") == 6
    assert (tmp_path / "run" / "curves.xlsx").exists()
