"""What does this sheet claim? Labels, tables, the shape of the network, the cells that feed it."""
