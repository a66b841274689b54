"""Judging the formulas outside the training tables."""
