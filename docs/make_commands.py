"""Write the reference of all commands, docs/commands.md, from the commands: `python docs/make_commands.py`."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

import mnist.cli
import sheetgen.cli

PAGE = Path(__file__).parent / "commands.md"
PROGRAMS = {"sheetgen": sheetgen.cli.main, "mnist": mnist.cli.main}
INTRODUCTION = """# Commands

Every command and option. This page is made from the commands themselves by `python docs/make_commands.py`; each command
says the same with `--help`.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """Return the page: one section for each command, and one for what several commands of a program share."""
    return "\n".join([INTRODUCTION, *(line for name in PROGRAMS for line in _program(name))])


def _program(program: str) -> Iterator[str]:
    commands = {name: command.imported() for name, command in PROGRAMS[program].commands.items()}
    shared = _shared(commands)
    for command in commands.values():
        yield from (f"## {_usage(program, command)}\n", f"{_words(command.help)}\n")
        own = [option for option in _options(command) if option.opts[-1] not in shared]
        yield from _table(own)
        others = [f"`{option.opts[-1]}`" for option in _options(command) if option.opts[-1] in shared]
        if others:
            yield f"Also, as below: {', '.join(others)}.\n"
    if shared:
        yield f"## Options that several `{program}` commands have\n"
        yield from _table(list(shared.values()))


def _shared(commands: Mapping[str, click.Command]) -> dict[str, click.Option]:
    """Return the options that mean the same in several commands, by name."""
    found: dict[str, list[click.Option]] = {}
    for command in commands.values():
        for option in _options(command):
            found.setdefault(option.opts[-1], []).append(option)
    return {
        name: options[0]
        for name, options in found.items()
        if len(options) > 1 and len({_row(option) for option in options}) == 1
    }


def _options(command: click.Command) -> list[click.Option]:
    return [parameter for parameter in command.params if isinstance(parameter, click.Option)]


def _usage(program: str, command: click.Command) -> str:
    arguments = [parameter for parameter in command.params if isinstance(parameter, click.Argument)]
    return " ".join([program, str(command.name), *(_metavar(argument) for argument in arguments)])


def _metavar(argument: click.Argument) -> str:
    name = argument.human_readable_name + ("..." if argument.nargs != 1 and argument.metavar is None else "")
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _table(options: list[click.Option]) -> Iterator[str]:
    if options:
        yield "| option | what it does |\n|---|---|"
        yield from map(_row, options)
        yield ""


def _row(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    value = "" if option.is_flag else f" {_value(option)}"
    variable = f" Environment variable: `{option.envvar}`." if option.envvar else ""
    default = "" if option.is_flag or not option.show_default else f" Default: {_default(option)}."
    return f"| {names}{value} | {_words(option.help)}{variable}{default} |"


def _value(option: click.Option) -> str:
    """Return what an option takes; limits, which may depend on the machine, are left to `--help`."""
    if isinstance(option.type, click.Choice):
        return ", ".join(f"`{choice}`" for choice in option.type.choices)
    kind = "number" if option.type.name.startswith(("integer", "float")) else option.type.name
    return option.metavar or f"*{kind}*"


def _default(option: click.Option) -> str:
    if isinstance(option.show_default, str):
        return option.show_default
    return f"{option.default:,}" if isinstance(option.default, int) else f"`{option.default}`"


def _words(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
