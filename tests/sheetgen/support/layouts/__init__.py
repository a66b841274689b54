"""Training sheets, right and faulty, in thousands of layouts: mathematics × labels × arrangement × fault."""
