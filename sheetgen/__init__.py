"""Backpropagation worked out in a spreadsheet.

    >>> from sheetgen import build_workbook, load_experiment, trace
    >>> experiment = load_experiment("class")
    >>> report = build_workbook(experiment, "BackPropagation.xlsx")  # doctest: +SKIP
    >>> float(trace(experiment, 0.5)["E_total"][0])
    0.014181377937891659

`load_experiment` reads a template, `Experiment` is one; `build_workbook` writes the workbook, `check_workbook` tells
where a file differs from what would be written, `verify_file` judges any workbook of the exercise, and `trace` is the
NumPy reference. Mistakes in what a user gives raise `SheetgenError`, whose text is one line.
"""

from importlib.metadata import version

from sheetgen.errors import SheetgenError
from sheetgen.network.experiment import Experiment, Sample, load_experiment, template_names
from sheetgen.network.numpy_reference import Trace, trace
from sheetgen.verify.file import Options, verify_file
from sheetgen.verify.findings import FileReport, Finding, FindingKind, TableSummary
from sheetgen.workbook.book import BuildReport, RateResult, build_workbook
from sheetgen.workbook.check import check_workbook

__version__ = version("backpropagation-sheets")

__all__ = [
    "BuildReport",
    "Experiment",
    "FileReport",
    "Finding",
    "FindingKind",
    "Options",
    "RateResult",
    "Sample",
    "SheetgenError",
    "TableSummary",
    "Trace",
    "__version__",
    "build_workbook",
    "check_workbook",
    "load_experiment",
    "template_names",
    "trace",
    "verify_file",
]
