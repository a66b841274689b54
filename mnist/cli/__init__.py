"""The command line: parse, call, print. PyTorch takes seconds to import, so commands import what they need."""

from mnist.cli.main import main

__all__ = ["main"]
