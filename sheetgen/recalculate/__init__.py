"""Other spreadsheet engines: a workbook's cached values are destroyed, recalculated, and compared."""

TITLES = {"formualizer": "formualizer", "ironcalc": "IronCalc", "gnumeric": "Gnumeric", "libreoffice": "LibreOffice"}
"""The engines, as the command line calls them, and their names as people write them."""
