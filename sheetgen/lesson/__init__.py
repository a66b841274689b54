"""What the workbook teaches, as data: derivation, questions, the common mistake, the picture of the network."""
