"""One module a sheet of the workbook, named as the sheet."""
