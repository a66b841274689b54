"""Judging what is outside the training tables: formulas, charts, defined names, settings."""
