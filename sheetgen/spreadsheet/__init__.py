"""Reading workbooks that anyone may have made: formulas and cached values of every cell, in one pass."""
