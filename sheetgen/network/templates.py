"""Templates: the shipped ones by name, users' own by their paths."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from sheetgen.errors import SheetgenError, did_you_mean
from sheetgen.network.complaints import hint_at_comma
from sheetgen.network.experiment import Experiment, validated

DEFAULT_TEMPLATE = "class"
_MAX_BYTES = 16_000_000
_PLACE = re.compile(r"line (\d+), column (\d+)")


def template_names() -> list[str]:
    """List the names of the shipped templates, the default first."""
    names = sorted(path.stem for path in _template_folder().glob("*.toml"))
    return sorted(names, key=lambda name: name != DEFAULT_TEMPLATE)


def _template_folder() -> Path:
    """Return where the shipped templates are: inside the installed package, or at the top level of a checkout."""
    package = Path(__file__).parents[1]
    return next(folder for folder in (package / "templates", package.parent / "templates") if folder.is_dir())


def load_experiment(
    template: str | Path = DEFAULT_TEMPLATE,
    *,
    learning_rates: Iterable[float] | None = None,
    iterations: int | None = None,
) -> Experiment:
    """Read a shipped template by its name, or a user's own file by its path.

    Args:
        template: the name or the path.
        learning_rates: step sizes η to take instead of the template's, one sheet each, as `sheetgen build -r` does.
        iterations: how many times the weights are updated, instead of the template's number, as `sheetgen build -n`
            does.

    Returns:
        The experiment. For other keys with other values, see `Experiment.model_copy`.

    Raises:
        SheetgenError: there is no such template or file, or its content, or what replaces it, cannot be used.
    """
    where = str(template)
    text = read_template(template)
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _PLACE.search(str(error))
        hint = hint_at_comma(text, int(place[1]), int(place[2])) if place else ""
        remedy = f"{hint}`sheetgen templates class` prints an example"
        raise SheetgenError(where, f"not valid TOML ({error})", remedy) from error
    if data.get("optimizers") == {}:
        remedy = "name those to compare, { sgd = 0.5, adam = 0.1 }, or leave the key out"
        raise SheetgenError(f"{where}, optimizers", "{} is empty", remedy)
    experiment = validated(data, where, text)
    rates = tuple(learning_rates) if isinstance(learning_rates, Iterable) else learning_rates
    given = {"learning_rates": rates, "iterations": iterations}
    return experiment.model_copy(update={key: value for key, value in given.items() if value is not None})


def read_template(template: str | Path) -> str:
    """Return the text of a shipped template, given its name, or of a user's own file.

    Raises:
        SheetgenError: there is none, or it cannot be read.
    """
    name = str(template)
    if name in template_names():
        return (_template_folder() / f"{name}.toml").read_text(encoding="utf-8")
    path = Path(template)
    known = f"the shipped templates are {', '.join(template_names())}"
    if not path.exists():
        near = did_you_mean(name, template_names())
        raise SheetgenError(name, "no such template or file", f"{near}{known}")
    if not path.is_file():
        raise SheetgenError(name, "not a file", f"give a TOML file; {known}")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise SheetgenError(name, "larger than 16 MB", "a template holds one network's numbers")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SheetgenError(name, f"cannot be read ({error.strerror})", "check its permissions") from error
    except UnicodeDecodeError as error:
        raise SheetgenError(name, "not UTF-8 text", "a template is a TOML file") from error
