"""Other spreadsheet engines: a workbook's cached values are destroyed, computed anew, and compared."""

from sheetgen.recalculate.engines import DEFAULT_ENGINE, ENGINES, TITLES, recalculate
from sheetgen.recalculate.stale_findings import add_stale_findings

__all__ = ["DEFAULT_ENGINE", "ENGINES", "TITLES", "add_stale_findings", "recalculate"]
