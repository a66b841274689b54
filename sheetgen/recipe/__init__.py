"""Our own workbooks: what `sheetgen build` wrote is written again, in memory, and compared with what stands there."""

from sheetgen.recipe.judge import verify_file

__all__ = ["verify_file"]
