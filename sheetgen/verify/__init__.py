"""Judging the backpropagation tables of any workbook, cell by cell."""
