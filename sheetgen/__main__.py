"""`python -m sheetgen`, and the program `sheetgen`."""

from sheetgen.command_group import run


def main() -> None:
    """Run the command line."""
    run("sheetgen.cli", "sheetgen")


if __name__ == "__main__":
    main()
