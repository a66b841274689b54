"""`python -m mnist`, `torchrun -m mnist`, and the program `mnist`."""

from sheetgen.command_group import run


def main() -> None:
    """Run the command line."""
    run("mnist.cli", "mnist")


if __name__ == "__main__":
    main()
