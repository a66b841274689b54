"""The command line: parse, call, print. PyTorch takes seconds to import, so commands import what they need."""

from mnist.cli import bench, evaluate, models, train
from mnist.cli.main import main

__all__ = ["bench", "evaluate", "main", "models", "train"]
