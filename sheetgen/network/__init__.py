"""The mathematics, told twice: as formulas in the class's notation, and in matrix form with NumPy."""
