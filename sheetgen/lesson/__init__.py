"""What the workbook teaches, as data: the derivation, the questions, the common mistake, the diagram of the network."""
