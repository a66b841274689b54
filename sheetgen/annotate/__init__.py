"""Marking wrong cells in a copy of a workbook, in which nothing else is touched.

The parts of the workbook are changed in place: whatever is not marked stays the same bytes, charts, pictures and cached
values included.
"""

from sheetgen.annotate.marked_workbook import mark_workbook

__all__ = ["mark_workbook"]
