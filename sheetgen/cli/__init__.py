"""The command line: parse, call, print. One file for each group of commands."""

from sheetgen.cli import build, diff, verify
from sheetgen.cli.main import main

__all__ = ["build", "diff", "main", "verify"]
