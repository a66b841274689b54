"""One module for each sheet, or for each part of *Network*."""
