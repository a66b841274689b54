"""What is wrong with a template, in one line: its key, what stands there, and what was expected."""

import re
from collections.abc import Sequence
from typing import Any, get_args

from pydantic_core import ErrorDetails, PydanticCustomError

from sheetgen.errors import SheetgenError, did_you_mean
from sheetgen.network.constants import OF_OPTIMIZERS, OF_SCHEDULES
from sheetgen.network.names import Activation, Loss, Optimizer, Schedule

_CHOICES: dict[str, Any] = {"activation": Activation, "loss": Loss, "optimizer": Optimizer, "schedule": Schedule}
_EXPECTED = {
    "batch": 'it should be the number of samples for each update, or "all"',
    "constants": "it should be a table of numbers, such as { momentum = 0.9 }",
    "optimizers": "it should give a learning rate above 0 to each, { adam = 0.1 }, of "
    + ", ".join(get_args(Optimizer)),
}
_CONSTANTS = {name for kinds in (*OF_OPTIMIZERS.values(), *OF_SCHEDULES.values()) for name in kinds}
_NUMBER = re.compile(r"[-+]?\d[\d.eE+-]*(,\d+)?")
_WITH_COMMA = re.compile(r"[-+]?0,\d*[1-9]\d*")
# A comma that cannot separate values: the value has no brackets, or a number after it would begin with 0.
_STRAY_COMMA = re.compile(r"=\s*[-+]?\d+,\d+\s*|\d+,0\d+")
_POINT = "write decimals with a point: 0.5, not 0,5; "
_NO_KEYS = ("tuple", "literal", "constrained-int", "key")  # what pydantic calls its own steps


def check_count(key: str, values: Sequence[object], expected: int, reason: str) -> None:
    """Complain where a key does not have as many values as it should; the reason says why so many."""
    if len(values) != expected:
        what, remedy = f"{len(values)} value{'s' * (len(values) != 1)} given", f"{expected} expected ({reason})"
        raise _inconsistent({"key": key, "what": what, "remedy": remedy, "count": expected})


def complaint(key: str, what: str, remedy: str) -> PydanticCustomError:
    """Make the error that `explained` turns into one line."""
    return _inconsistent({"key": key, "what": what, "remedy": remedy})


def _inconsistent(context: dict[str, Any]) -> PydanticCustomError:
    return PydanticCustomError("inconsistent", "{key}: {what}; {remedy}", context)


def urgency(error: ErrorDetails) -> int:
    """Return a number to sort pydantic's complaints by, the most useful one first."""
    if error["type"] == "extra_forbidden":  # often the misspelling of a key that is missing
        return 0
    # Where one name or a list of them is allowed, a name in the list says more than that the list is no name.
    return 2 if error["type"] == "literal_error" and isinstance(error["input"], list | tuple) else 1


def explained(error: ErrorDetails, where: str, keys: Sequence[str], text: str = "") -> SheetgenError:
    """Turn pydantic's first complaint into one line with file, key and remedy.

    Args:
        error: the complaint.
        where: what to write before the key: the file, and a comma.
        keys: the keys that are known there.
        text: the template, in which decimal commas may have made two values of one.
    """
    context = error.get("ctx", {})
    if error["type"] == "inconsistent":
        hint = _POINT if "count" in context and _splits_decimals(text, context["key"], context["count"]) else ""
        return SheetgenError(f"{where}{context['key']}", context["what"], f"{hint}{context['remedy']}")
    steps = [step for step in error["loc"] if str(step).strip("[]").partition("[")[0] not in _NO_KEYS]
    key = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    location = f"{where}{key}"
    if error["type"] == "missing":
        return SheetgenError(location, "missing", "every template needs it")
    if error["type"] == "extra_forbidden":
        return SheetgenError(location, "unknown key", _place_of_key(error, str(steps[-1]), keys))
    shown = repr(error["input"])
    given = f"{shown[:60]}… is not usable" if len(shown) > 60 else f"{shown} is not usable"
    if steps[0] in _CHOICES:
        choices = get_args(_CHOICES[str(steps[0])])
        near = did_you_mean(str(error["input"]), choices)
        return SheetgenError(location, given, f"{near}choose from {', '.join(choices)}")
    # No learning rate is 0, so one in the text's 0,5 is half of a decimal.
    hint = _POINT if steps[0] == "learning_rates" and _splits_decimals(text, "learning_rates") else ""
    return SheetgenError(location, given, f"{hint}{_expectation(error)}")


def hint_at_comma(text: str, line: int, column: int) -> str:
    """Return a hint where TOML breaks off at a decimal comma; line and column, both from 1, say where it does."""
    commas = _STRAY_COMMA.finditer(text.split("\n")[line - 1])
    return _POINT if any(comma.start() < column <= comma.end() + 1 for comma in commas) else ""


def _splits_decimals(text: str, key: str, count: int | None = None) -> bool:
    """Tell whether a list has decimals, and the right count of values, once commas without a blank are decimal ones."""
    lists = re.findall(rf"\b{key.rpartition('.')[2]}\s*=\s*\[([^\]]*)\]", re.sub("#.*", "", text))
    values = [re.sub(r",\s+|,?\s*$", " ", each).split() for each in lists]
    return any(
        count in (None, len(each)) and any(map(_WITH_COMMA.fullmatch, each)) and all(map(_NUMBER.fullmatch, each))
        for each in values
    )


def _place_of_key(error: ErrorDetails, name: str, keys: Sequence[str]) -> str:
    """Say where an unknown key belongs, or which keys there are."""
    if len(error["loc"]) == 1 and name in _CONSTANTS:
        value = error["input"]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return f"put it into constants = {{ {name} = {value if number else '…'} }}"
    return f"{did_you_mean(name, keys)}the keys are {', '.join(keys)}"


def _expectation(error: ErrorDetails) -> str:
    """Say in a template author's words what was expected."""
    key = str(error["loc"][0])
    if key == "constants" and error["type"] in ("float_type", "finite_number"):
        return "it should be a number, as in { momentum = 0.9 }"
    if key == "optimizers" and error["type"] == "literal_error":
        return f"{did_you_mean(str(error['input']), get_args(Optimizer))}{_EXPECTED[key]}"
    if key in _EXPECTED:
        return _EXPECTED[key]
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
