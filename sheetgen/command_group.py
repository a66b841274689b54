"""The frame around the commands of `sheetgen` and `mnist`: whatever stops one gives a line and an exit code."""

import gc
import io
import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module

import click

from sheetgen.errors import UserError, did_you_mean, reason_of

UNUSABLE = 2  # 1 is reserved for commands that found something
INTERRUPTED = 128 + 2  # as shells report a program killed by SIGINT
_CLOSED_PIPE = 128 + 13  # and SIGPIPE
# What click quotes at the beginning of a complaint about a value; numbers as many people write them.
_QUOTED = re.compile(r"'(.*?)' is ")
_THOUSANDS = re.compile(r"\d{1,3}(?:[., '_]\d{3})+")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")
# Reference cycles are rare here, and searching the pieces of formulas for them takes an eighth of the time.
_OBJECTS_TO_A_COLLECTION = 100_000


class LazyCommand(click.Command):
    """A command as its group lists it; the module that defines it is imported when it is called.

    Args:
        name: its name, and that of the function in the module.
        module: the module.
        summary: what the group's help says of it, in one line.
    """

    def __init__(self, name: str, module: str, summary: str) -> None:
        super().__init__(name, short_help=summary)
        self._module = module

    def imported(self) -> click.Command:
        """Import the command."""
        command: click.Command = getattr(import_module(self._module), str(self.name))
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: object
    ) -> click.Context:
        """Import the command, and let it read its arguments."""
        return self.imported().make_context(info_name, args, parent, **extra)


class CommandGroup(click.Group):
    """A group of commands that end in the same way.

    A user's mistake, a file or a standard output that cannot be written, and a lack of memory give one line and exit
    code 2; Ctrl-C gives one word and 130; a closed pipe gives silence and 141. Only a fault of our own shows a
    traceback.
    """

    remedy = "install this package again, with all that it requires"
    """What to do if a module is missing."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: object
    ) -> click.Context:
        """Read the group's own options; without any arguments click shows its help instead."""
        if not args:
            return super().make_context(info_name, args, parent, **extra)
        with self._frame():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        with self._frame():
            return super().invoke(ctx)

    @contextmanager
    def _frame(self) -> Iterator[None]:
        try:
            _prepare_streams()
            try:
                yield
            finally:
                sys.stdout.flush()
        except click.exceptions.Exit:
            raise
        except (Exception, KeyboardInterrupt) as error:
            code, words = self._ending(error)
            with suppress(OSError):  # there is nowhere left to complain to
                click.echo(words, err=True, nl=bool(words))
            sys.exit(code)

    def _ending(self, error: BaseException) -> tuple[int, str]:
        """Return the exit code and the final message of a command that was stopped."""
        if isinstance(error, KeyboardInterrupt | click.Abort):
            return INTERRUPTED, "Interrupted."
        if isinstance(error, click.UsageError):
            place = error.ctx.command_path if error.ctx else self.name
            return UNUSABLE, f"{place}: {error.format_message()} {_suggestion(error)}See {place} --help."
        if isinstance(error, BrokenPipeError):
            _discard_stdout()
            return _CLOSED_PIPE, ""
        return UNUSABLE, f"{self.name}: {self._complaint(error)}"

    def _complaint(self, error: BaseException) -> str:
        if isinstance(error, UserError):
            return str(error)
        if isinstance(error, click.ClickException):
            return error.format_message()
        if isinstance(error, ModuleNotFoundError):
            return f"{error.name}: not installed; {self.remedy}"
        if isinstance(error, OSError):
            if error.filename is None:  # an open stream; only stdout and temporary files are not guarded
                _discard_stdout()
            where = error.filename or "standard output, or a temporary file"
            return f"{where}: cannot be read or written ({reason_of(error)}); make room, or choose another place"
        sentence = _sentence(error)
        if sentence is None:
            traceback.print_exception(error)
        return sentence or "this is a fault of ours; please report the lines above"


def run(command_line: str, name: str) -> None:
    """Import a module that has the command line `main`, and run it; Ctrl-C is handled from the start."""
    try:
        main = import_module(command_line).main
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTED)
    gc.set_threshold(_OBJECTS_TO_A_COLLECTION)
    main(prog_name=name)


def _sentence(error: BaseException) -> str | None:
    """Say in words what the system, or Python, could not bear; None if it was something else."""
    if isinstance(error, MemoryError):
        return "more memory is needed than there is; try a smaller file"
    if isinstance(error, RecursionError):
        return "something is nested too deeply; try a simpler file"
    from concurrent.futures.process import BrokenProcessPool  # slow to import

    if isinstance(error, BrokenProcessPool):
        return "a process was ended by the system; is memory short?"
    return None


def _suggestion(error: click.UsageError) -> str:
    """Ask whether a value that an option does not take was meant to be one that it takes; empty if none is near."""
    given = _QUOTED.match(getattr(error, "message", ""))
    kind = getattr(getattr(error, "param", None), "type", None)
    if given is None:
        return ""
    near = ""
    if isinstance(kind, click.Choice):
        near = did_you_mean(given[1], map(str, kind.choices))
    elif isinstance(kind, click.types.IntParamType) and _THOUSANDS.fullmatch(given[1]):
        near = f"did you mean '{re.sub('[^0-9]', '', given[1])}'? "
    elif isinstance(kind, click.types.FloatParamType) and _DECIMAL_COMMA.fullmatch(given[1]):
        near = f"did you mean '{given[1].replace(',', '.')}'? "
    return near[:1].upper() + near[1:]


def _prepare_streams() -> None:
    """Make sure that there is an output, and that it can show any character, if only escaped."""
    if sys.stdout is None:
        raise UserError("standard output", "is closed", "send it to a file, a pipe or /dev/null")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # the default encoding of pipes on Windows lacks η and ∂
            stream.reconfigure(errors="backslashreplace")


def _discard_stdout() -> None:
    """Give the interpreter nothing to complain about when it flushes on exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
