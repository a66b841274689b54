"""How other programs are run on untrusted files: quietly, in a folder of their own, and with a time limit."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

_LOG = "program.log"
_MOST_WORDS = 160
_WINDOWS = os.name == "nt"


class ProgramError(Exception):
    """A program could not be started, failed, took too long or wrote nothing; its text says which, for people."""


def run_program(folder: Path, timeout: float, environment: Mapping[str, str], *command: str | Path) -> None:
    """Run a program and wait for it to end.

    Args:
        folder: where to run it; its output goes to a file there.
        timeout: seconds it may take.
        environment: variables to set for it, besides those already set.
        command: the program and its arguments.

    Raises:
        ProgramError: it cannot be started, fails or takes too long; it and all that it started are then killed.
    """
    with (folder / _LOG).open("wb") as stream:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=not _WINDOWS,
            )
        except OSError as error:
            raise ProgramError("it cannot be started") from error
        code = _wait(process, timeout)
    if code:
        raise ProgramError("it crashed" if code < 0 else last_words(folder) or f"its exit code is {code}")


def last_words(folder: Path) -> str:
    """Return the last line that a program wrote, fit to be shown; empty if there is none."""
    lines = (folder / _LOG).read_text(encoding="utf-8", errors="replace").replace(str(folder), "").split("\n")
    line = next((line for line in reversed(lines) if line.strip()), "")
    return "".join(letter if letter.isprintable() else " " for letter in line).strip()[:_MOST_WORDS]


def without_user_settings(folder: Path) -> dict[str, str]:
    """Return the environment in which an office program finds no settings of the user's."""
    home = str(folder)
    return {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home, "GSETTINGS_BACKEND": "memory"}


def _wait(process: "subprocess.Popen[bytes]", timeout: float) -> int:
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        raise ProgramError(f"it was not done after {timeout:g} seconds") from None
    finally:
        if process.poll() is None:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill a program and everything that it has started, such as LibreOffice, which is started by a script."""
    if _WINDOWS:
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
