"""The command line: parse, call, print. One file for each group of commands, imported when one of them is called."""

from sheetgen.cli.main import main

__all__ = ["main"]
