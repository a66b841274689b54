"""Marks the wrong cells in a copy of a workbook and leaves everything else alone.

The parts of the workbook are edited in place: whatever is not marked stays the same byte for byte, including charts,
pictures and cached values.
"""

from sheetgen.annotate.marked_workbook import mark_workbook

__all__ = ["mark_workbook"]
