"""Do the cached numbers follow from their formulas?"""
