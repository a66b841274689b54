"""What is wrong with a template, in one line: its key, what stands there, and what was expected."""

from collections.abc import Sequence
from typing import Any, get_args

from pydantic_core import ErrorDetails, PydanticCustomError

from sheetgen.errors import SheetgenError, did_you_mean
from sheetgen.network.names import Activation, Loss, Optimizer, Schedule

_CHOICES: dict[str, Any] = {"activation": Activation, "loss": Loss, "optimizer": Optimizer, "schedule": Schedule}
_EXPECTED = {
    "batch": 'it should be the number of samples for each update, or "all"',
    "constants": "it should be a table of numbers, such as { momentum = 0.9 }",
    "optimizers": f"it should give a learning rate to each, {{ adam = 0.1 }}, of {', '.join(get_args(Optimizer))}",
}
_NO_KEYS = ("tuple", "literal", "constrained-int", "key")  # what pydantic calls its own steps


def check_count(key: str, values: Sequence[object], expected: int, reason: str) -> None:
    """Complain where a key does not have as many values as it should; the reason says why so many."""
    if len(values) != expected:
        raise complaint(key, f"{len(values)} value{'s' * (len(values) != 1)} given", f"{expected} expected ({reason})")


def complaint(key: str, what: str, remedy: str) -> PydanticCustomError:
    """Make the error that `explained` turns into one line."""
    return PydanticCustomError("inconsistent", "{key}: {what}; {remedy}", {"key": key, "what": what, "remedy": remedy})


def explained(error: ErrorDetails, where: str, keys: Sequence[str]) -> SheetgenError:
    """Turn pydantic's first complaint into one line with file, key and remedy."""
    context = error.get("ctx", {})
    if error["type"] == "inconsistent":
        return SheetgenError(f"{where}{context['key']}", context["what"], context["remedy"])
    steps = [step for step in error["loc"] if str(step).strip("[]").partition("[")[0] not in _NO_KEYS]
    key = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    location = f"{where}{key}"
    if error["type"] == "missing":
        return SheetgenError(location, "missing", "every template needs it")
    if error["type"] == "extra_forbidden":
        near = did_you_mean(str(steps[-1]), keys)
        return SheetgenError(location, "unknown key", f"{near}the keys are {', '.join(keys)}")
    shown = repr(error["input"])
    given = f"{shown[:60]}… is not usable" if len(shown) > 60 else f"{shown} is not usable"
    if steps[0] in _CHOICES:
        choices = get_args(_CHOICES[str(steps[0])])
        near = did_you_mean(str(error["input"]), choices)
        return SheetgenError(location, given, f"{near}choose from {', '.join(choices)}")
    return SheetgenError(location, given, _expectation(error))


def _expectation(error: ErrorDetails) -> str:
    """Say in a template author's words what was expected."""
    if error["loc"][0] in _EXPECTED:
        return _EXPECTED[str(error["loc"][0])]
    if error["type"] in ("tuple_type", "too_short"):
        least = error.get("ctx", {}).get("min_length", 1)
        tables = "several tables, each under [[samples]]"
        several = tables if error["loc"][-1] == "samples" else "a list of values in [ ]"
        return f"it should be {several}, at least {least}"
    if error["type"] == "model_type":
        return "it should be a table with inputs and targets under [[samples]]"
    if error["type"] == "string_pattern_mismatch":
        return "it should be one line without control characters"
    if error["type"] in ("less_than_equal", "greater_than_equal") and "e+" in repr(error["input"]):
        return "it should lie between -1e150 and 1e150"
    message = error["msg"][0].lower() + error["msg"][1:]
    return message.replace("input should", "it should")
