"""The class's rules, one by one."""

from dataclasses import dataclass

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

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


def checklist(model: nn.Module, summary: Summary, accuracies: list[float]) -> list[Check]:
    """Check a trained model against the rules.

    Args:
        model: the model.
        summary: what it is made of.
        accuracies: in percent, after each epoch; the last one counts.
    """
    norms = sum(isinstance(module, _BatchNorm) for module in model.modules())
    drops = [module.p for module in model.modules() if isinstance(module, _DropoutNd)]
    epochs, last, best = len(accuracies), accuracies[-1], max(accuracies)
    at = accuracies.index(best) + 1
    end = ending(model, summary)
    return [
        Check(
            f"fewer than {MOST_PARAMETERS:,} parameters",
            f"{summary.parameters:,}",
            summary.parameters < MOST_PARAMETERS,
        ),
        Check(f"fewer than {MOST_EPOCHS} epochs", str(epochs), epochs < MOST_EPOCHS),
        Check("batch normalisation", _counted(norms), norms > 0),
        Check("dropout", f"{_counted(len(drops))}, p = {max(drops):g}" if drops else "none", any(p > 0 for p in drops)),
        Check("global average pooling or fully connected", end or "neither", bool(end)),
        Check(f"at least {LEAST_ACCURACY} %", f"{last:.2f} %, best {best:.2f} % (epoch {at})", _enough(last)),
    ]


def ending(model: nn.Module, summary: Summary) -> str:
    """Say which of global average pooling and fully connected layers a model has; an empty text if neither."""
    pooled = any("AvgPool" in layer.kind and layer.output[1:] == (1, 1) for layer in summary.layers)
    linear = any(isinstance(module, nn.Linear) for module in model.modules())
    return " and ".join(name for name, there in (("pooling", pooled), ("linear", linear)) if there)


def _counted(layers: int) -> str:
    return f"{layers or 'no'} layer{'' if layers == 1 else 's'}"


def _enough(accuracy: float) -> bool:
    return round(accuracy, 6) >= LEAST_ACCURACY


def checklist_lines(checks: list[Check]) -> list[str]:
    """Return the list as text, a tick or a cross before each rule."""
    width = max(len(check.rule) for check in checks)
    return [f"{'✓' if check.kept else '✗'} {check.rule:<{width}}  {check.found}" for check in checks]
