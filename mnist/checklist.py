"""The class's rules, one by one."""

from dataclasses import dataclass

from torch import nn

from mnist.observed import Observed, observe
from mnist.summary import Summary

MOST_PARAMETERS, MOST_EPOCHS, LEAST_ACCURACY = 20_000, 20, 99.4


@dataclass(frozen=True)
class Check:
    """One rule, and whether the model keeps it.

    Attributes:
        rule: what is required.
        found: what the model has.
        kept: whether that satisfies the rule.
    """

    rule: str
    found: str
    kept: bool


def checklist(model: nn.Module, summary: Summary, accuracies: list[float], held_out: str = "test") -> list[Check]:
    """Check a trained model against the rules.

    Args:
        model: the model.
        summary: what it is made of.
        accuracies: in percent, after each epoch; the last one counts.
        held_out: the images they were measured on, "test" or "validation".
    """
    seen = observe(model)
    drops, end = seen.drops, _ending(seen)
    epochs, last, best = len(accuracies), accuracies[-1], max(accuracies)
    at = accuracies.index(best) + 1
    where = "" if held_out == "test" else f", on the {held_out} split"
    return [
        Check(
            f"fewer than {MOST_PARAMETERS:,} parameters",
            f"{summary.parameters:,}" + (f", {summary.frozen:,} of them frozen" if summary.frozen else ""),
            summary.parameters < MOST_PARAMETERS,
        ),
        Check(f"fewer than {MOST_EPOCHS} epochs", str(epochs), epochs < MOST_EPOCHS),
        Check("batch normalisation", _counted(seen.norms), seen.norms > 0),
        Check("dropout", f"{_counted(len(drops))}, p = {max(drops):g}" if drops else "none", any(p > 0 for p in drops)),
        Check("global average pooling or fully connected", end or "neither", bool(end)),
        Check(f"at least {LEAST_ACCURACY} %{where}", f"{last:.2f} %, best {best:.2f} % (epoch {at})", _enough(last)),
    ]


def _ending(seen: Observed) -> str:
    return " and ".join(name for name, there in (("pooling", seen.pooled), ("linear", seen.linear)) if there)


def _counted(layers: int) -> str:
    return f"{layers or 'no'} layer{'' if layers == 1 else 's'}"


def _enough(accuracy: float) -> bool:
    return round(accuracy, 6) >= LEAST_ACCURACY


def checklist_lines(checks: list[Check]) -> list[str]:
    """Return the list as text, a tick or a cross before each rule."""
    width = max(len(check.rule) for check in checks)
    return [f"{'✓' if check.kept else '✗'} {check.rule:<{width}}  {check.found}" for check in checks]
