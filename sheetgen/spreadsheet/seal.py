"""A seal on a workbook's parts: it is broken by any program that saves the workbook again, whatever it changes."""

from collections.abc import Mapping
from hashlib import sha256

SEAL = "sheetgen seal"
"""The name of the custom property that holds the seal."""
SEALED_IN = "docProps/custom.xml"
"""The part that holds the custom properties, which the seal leaves out."""


def seal_of(checksums: Mapping[str, int]) -> str:
    """Return the seal of a workbook, given the CRC-32 of each of its parts by name."""
    lines = sorted(f"{name} {checksum}" for name, checksum in checksums.items() if name != SEALED_IN)
    return sha256("\n".join(lines).encode()).hexdigest()
