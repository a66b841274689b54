"""Does each formula mean what its label says?"""
