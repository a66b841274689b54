"""Reading workbooks of any origin: formulas and cached values of every cell, in one pass."""
