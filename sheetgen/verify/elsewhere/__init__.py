"""Judging the formulas that stand outside of the training tables."""
