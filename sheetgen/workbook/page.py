"""How every sheet is set up: its columns, and how it is printed."""

from collections.abc import Sequence

from sheetgen.workbook.xlsxwriter_classes import Worksheet

_A4 = 9


def set_columns(sheet: Worksheet, widths: Sequence[float]) -> None:
    """Hide the gridlines, set the widths of the first columns, and make room for a title."""
    sheet.hide_gridlines(2)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 30)


def set_up_printing(sheet: Worksheet, pages_wide: int = 1) -> None:
    """Print in landscape, so many pages wide and as many long as it takes, with sheet name and page number below."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(pages_wide, 0)
    sheet.set_footer("&L&A&RPage &P of &N")
