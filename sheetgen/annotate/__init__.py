"""Marks the wrong cells in a copy of a workbook, lists them on a new first sheet, and leaves everything else alone.

The parts of the workbook are edited in place: whatever is not marked stays the same byte for byte, including charts,
pictures and cached values.
"""

from sheetgen.annotate.marked_folder import mark_files, marked_places
from sheetgen.annotate.marked_workbook import mark_workbook

__all__ = ["mark_files", "mark_workbook", "marked_places"]
