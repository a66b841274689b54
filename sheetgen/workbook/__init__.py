"""Writing the workbook: one module a sheet, one for the look, one for long tables, one that puts them together."""
