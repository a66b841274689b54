"""Judges a sheet by its own loss: every gradient against the derivative of what the sheet itself computes."""
