"""Spreadsheet engines that recalculate a workbook whose cached values were destroyed first."""
