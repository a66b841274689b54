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

from importlib import import_module
from typing import TYPE_CHECKING

from sheetgen.errors import SheetgenError

if TYPE_CHECKING:
    __version__: str
    from sheetgen.network.experiment import Experiment, Sample
    from sheetgen.network.numpy_reference import Trace, trace
    from sheetgen.network.templates import load_experiment, template_names
    from sheetgen.recipe import verify_file
    from sheetgen.spreadsheet.package import Limits
    from sheetgen.verify.findings import FileReport, Finding, FindingKind, TableSummary
    from sheetgen.workbook.book import BuildReport, RateResult, build_workbook
    from sheetgen.workbook.check import check_workbook

__all__ = [
    "BuildReport",
    "Experiment",
    "FileReport",
    "Finding",
    "FindingKind",
    "Limits",
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

# Everything together takes half a second to import, so a name is imported when it is asked for.
_PLACES = {
    "BuildReport": "sheetgen.workbook.book",
    "Experiment": "sheetgen.network.experiment",
    "FileReport": "sheetgen.verify.findings",
    "Finding": "sheetgen.verify.findings",
    "FindingKind": "sheetgen.verify.findings",
    "Limits": "sheetgen.spreadsheet.package",
    "RateResult": "sheetgen.workbook.book",
    "Sample": "sheetgen.network.experiment",
    "TableSummary": "sheetgen.verify.findings",
    "Trace": "sheetgen.network.numpy_reference",
    "build_workbook": "sheetgen.workbook.book",
    "check_workbook": "sheetgen.workbook.check",
    "load_experiment": "sheetgen.network.templates",
    "template_names": "sheetgen.network.templates",
    "trace": "sheetgen.network.numpy_reference",
    "verify_file": "sheetgen.recipe",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("backpropagation-sheets")
    if name not in _PLACES:
        raise AttributeError(f"module 'sheetgen' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
