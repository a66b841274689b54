"""Other spreadsheet engines: a workbook's cached values are destroyed, recalculated, and compared."""

from sheetgen.recalculate.engines import ENGINES
from sheetgen.recalculate.stale_findings import add_stale_findings

__all__ = ["ENGINES", "add_stale_findings"]
