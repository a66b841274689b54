"""Writes a workbook's seal into its custom properties, once all other parts are written."""

import zlib
from functools import partial
from pathlib import Path

from sheetgen.spreadsheet.seal import SEALED_IN, seal_of
from sheetgen.workbook.xlsxwriter_classes import Packager, Workbook

PLACEHOLDER = "unsealed"
_CHUNK = 1 << 20


class SealingPackager(Packager):
    """XlsxWriter's packager, which replaces the placeholder in the custom properties by the seal."""

    def _create_package(self) -> list[tuple[str, str, bool]]:
        parts = super()._create_package()
        files = {part: Path(file) for file, part, _ in parts}
        seal = seal_of({part: _checksum(file) for part, file in files.items()})
        properties = files[SEALED_IN].read_text(encoding="utf-8")
        files[SEALED_IN].write_text(properties.replace(PLACEHOLDER, seal), encoding="utf-8")
        return parts


class SealedWorkbook(Workbook):
    """XlsxWriter's workbook, packed with a seal."""

    def _get_packager(self) -> SealingPackager:
        return SealingPackager()


def _checksum(file: Path) -> int:
    checksum = 0
    with file.open("rb") as stream:
        for chunk in iter(partial(stream.read, _CHUNK), b""):
            checksum = zlib.crc32(chunk, checksum)
    return checksum
