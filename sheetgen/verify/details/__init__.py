"""What reports show of a file beside its findings: fingerprints, error curves and parts of its sheets."""
