"""What changed between two workbooks, cell by cell."""
