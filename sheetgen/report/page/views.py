"""What the page shows of each file, as data for its script."""

from collections.abc import Mapping
from typing import Any

from sheetgen.annotate.marks import LOOKS
from sheetgen.report.class_summary import ClassSummary
from sheetgen.report.page.formula_parts import differing_parts, parts_of
from sheetgen.report.page.overview import sign_of
from sheetgen.report.words import common_folder, describe_table, say_mistake, say_values, sentence, sides
from sheetgen.spreadsheet.addresses import get_column_letter, range_boundaries
from sheetgen.types import Value
from sheetgen.verify.file_details import Course, ShownSheet
from sheetgen.verify.findings import FileReport, Finding, FindingKind
from sheetgen.visible_text import clean

_MOST_FINDINGS = 500
_DIGITS = 7
_LARGEST_WHOLE = 1e15


def views(summary: ClassSummary) -> Mapping[str, Any]:
    """Return the kinds of finding, and the view of each file."""
    folder = common_folder(summary.reports) if len(summary.reports) > 1 else ""
    kinds = {str(kind): {"meaning": kind.meaning, "look": LOOKS[kind].name.lower()} for kind in FindingKind}
    return {"kinds": kinds, "files": [_view(report, summary, folder) for report in summary.reports]}


def _view(report: FileReport, summary: ClassSummary, folder: str) -> Mapping[str, Any]:
    group, _, sign = sign_of(report)
    details, shown = report.details, report.findings[:_MOST_FINDINGS]
    return {
        "name": clean(report.file.removeprefix(folder)),
        "group": group,
        "sign": sign,
        "said": sentence(report),
        "notes": [clean(note) for note in report.notes],
        "mistakes": [say_mistake(each) for each in summary.of_file(report)],
        "tables": [
            {"sheet": clean(each.sheet), "head": each.header_row, "last": each.last_row, "said": describe_table(each)}
            for each in report.tables
        ],
        "findings": [_finding(*each) for each in zip(shown, summary.places_in(report), strict=False)],
        "more": max(len(report.findings) - _MOST_FINDINGS, 0),
        "sheets": [] if details is None else [_sheet(sheet) for sheet in details.sheets],
        "courses": [] if details is None else [_course(course) for course in details.courses],
    }


def _finding(finding: Finding, mistake: int) -> Mapping[str, Any]:
    found, expected = sides(finding)
    values = say_values(finding)
    top = range_boundaries(finding.range)[1]
    parts = differing_parts(found.formula, expected.formula, top)
    return {
        "sheet": clean(finding.sheet),
        "cells": finding.range,
        "box": range_boundaries(finding.range),
        "count": finding.count,
        "quantity": clean(finding.quantity),
        "kind": str(finding.kind),
        "why": clean(finding.message),
        "mistake": mistake,
        "found": parts[0],
        "expected": parts[1],
        "values": values,
        "affected": finding.affected,
    }


def _sheet(sheet: ShownSheet) -> Mapping[str, Any]:
    patterns = list(dict.fromkeys(row.formulas for row in sheet.rows))
    places = {pattern: place for place, pattern in enumerate(patterns)}
    return {
        "name": clean(sheet.name),
        "columns": [get_column_letter(column) for column in sheet.columns],
        "formulas": [parts_of(template) for template in sheet.templates],
        "patterns": patterns,
        "rows": [
            [row.number, int(row.folded), places[row.formulas], list(map(_value, row.values))] for row in sheet.rows
        ],
        "leftOut": sheet.left_out,
    }


def _course(course: Course) -> Mapping[str, Any]:
    return {
        "sheet": clean(course.sheet),
        "head": course.header_row,
        "rows": course.rows,
        "found": course.found,
        "expected": () if course.expected == course.found else course.expected,
        "known": bool(course.expected),
        "gradients": [(clean(each.weight), each.first, each.largest) for each in course.gradients],
    }


def _value(value: Value) -> float | str:
    """Shorten a value to what a cell shows; an error is its text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return clean(value)
    if value.is_integer() and abs(value) < _LARGEST_WHOLE:
        return int(value)
    return float(f"{value:.{_DIGITS}g}")
