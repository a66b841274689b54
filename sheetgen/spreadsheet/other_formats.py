"""Workbooks in other formats than .xlsx: LibreOffice, where it is installed, writes a copy that can be read."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sheetgen.errors import SheetgenError, reason_of
from sheetgen.libreoffice import convert_to_xlsx, find_libreoffice
from sheetgen.programs import ProgramError
from sheetgen.spreadsheet.refusals import SAVE_AS, OtherFormatError

# LibreOffice's names. With one of them it takes a file for nothing else, such as text.
_IMPORT_FILTERS = {"xls": "MS Excel 97", "xlsb": "Calc MS Excel 2007 Binary", "ods": "calc8"}
_TIMEOUT = 120.0  # seconds


@contextmanager
def converted(file: Path, complaint: OtherFormatError) -> Iterator[Path]:
    """Yield a copy of a workbook as .xlsx, with the same cells at the same places.

    Cached values of an .ods stay. Whatever its settings say, LibreOffice recalculates .xls and .xlsb (seen in 7.4).

    Args:
        file: the workbook.
        complaint: says which format it has.

    Raises:
        SheetgenError: LibreOffice is not installed or cannot read the file, or there is no room for the copy.
    """
    program = find_libreoffice()
    if program is None:
        remedy = f"install LibreOffice, which this needs to read it, or {SAVE_AS}"
        raise SheetgenError(str(file), complaint.what, remedy) from complaint
    try:
        with TemporaryDirectory(prefix="sheetgen-", ignore_cleanup_errors=True) as folder:
            copy = Path(folder) / f"workbook.{complaint.format}"
            shutil.copyfile(file, copy)
            import_filter = _IMPORT_FILTERS[complaint.format]
            yield convert_to_xlsx(program, copy, _TIMEOUT, recalculated=False, import_filter=import_filter)
    except ProgramError as error:
        raise SheetgenError(str(file), f"{complaint.what} that LibreOffice cannot read ({error})", SAVE_AS) from error
    except OSError as error:
        what = f"its copy for LibreOffice cannot be written ({reason_of(error)})"
        raise SheetgenError(str(file), what, "make room in the folder for temporary files") from error
