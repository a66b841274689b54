"""`python -m mnist`, and `torchrun -m mnist`."""

from mnist.cli import main

main(prog_name="mnist")
