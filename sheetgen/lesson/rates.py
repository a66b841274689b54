"""What is said of the learning rate η, which means something else to each optimiser; and rates worth trying."""

from sheetgen.network.constants import OPTIMIZER_NAMES
from sheetgen.network.experiment import Experiment

_ADAPTIVE = ("adagrad", "rmsprop", "adam", "adamw")
_WITH_VELOCITY = ("momentum", "nesterov")
_START = "Every sheet starts from the same weights, so iteration 0 is the same everywhere."
_PLAIN = (
    f"{_START} The gradient says which way",
    "is down and how steep; η says how far to step. A small η takes short steps: safe, and slow. A large one takes",
    "long steps, and need not arrive where a small one does. Where the slope flattens out, on a plateau or at the",
    "bottom of a valley, the gradients shrink, and so do the steps: the curve levels off by itself. Too large an η",
    "steps over the valley and climbs the other side: the curve jumps up or swings. Try 10, then 100, on “Your η”.",
)
_VELOCITY = (
    f"{_START} Each step repeats a share μ of",
    "the step before: steps in one direction add up, to as much as 1/(1 − μ) times the length, and steps to and fro",
    "cancel. So training gathers speed along a valley, and stays calm across it; a smaller η does what plain gradient",
    "descent needs a larger one for. With a large η the weights run past the bottom before they can turn, and the",
    "curve rises again: see the logarithmic axis. Try 3, then 10, on “Your η”, or 0.99 for μ on Start.",
)
_PER_WEIGHT = (
    f"{_START} The gradient says which way",
    "is down. {name} divides it by how large it has been, for each weight alone, so that a weight on a flat slope",
    "moves as far as one on a steep slope. A small η takes many steps, however steep it is; a large one runs past the",
    "bottom, and the curve rises again: see the logarithmic axis. Where the slope flattens out, the gradients shrink",
    "while the large ones are still remembered, and the steps get short. Try 1, then 10, on “Your η”.",
)
_STEPS = (
    "The length of a step is η times the length of the gradient, √(sum of all (∂E/∂w)²): it shrinks as the slope",
    "flattens, and it grows from row to row where training runs out of control. On the right, every line is the",
    "way of two weights, one point {each}, all from the same start. Choose the two weights here:",
)
_MEASURED = (
    "The length of a step, √(sum of all (new w − w)²), is measured from the weights themselves. It is not just η times",
    "the length of the gradient, as {why}. On the right, every line is the",
    "way of two weights, one point {each}, all from the same start. Choose the two weights here:",
)


def offered_rates(experiment: Experiment) -> tuple[float, ...]:
    """Rates to try beside those of the tables."""
    if experiment.optimizer in _ADAPTIVE:
        return (0.001, 0.003, 0.05, 0.5, 1, 10)
    return (0.05, 3, 5, 10, 50, 100)


def hint_at_eta(experiment: Experiment) -> str:
    """What η is, in the words that stand beside it."""
    if experiment.optimizer in _ADAPTIVE:
        return "the learning rate: how far each update moves a weight, on steep slopes and on flat ones alike"
    if experiment.optimizer in _WITH_VELOCITY:
        return "the learning rate: how far each update steps against the velocity v, which sums up the gradients"
    return "the learning rate: how far each update steps against the gradient"


def what_changes(experiment: Experiment) -> tuple[str, ...]:
    """Five lines about what a larger or smaller η changes, and why."""
    if experiment.optimizer in _WITH_VELOCITY:
        return _VELOCITY
    if experiment.optimizer in _ADAPTIVE:
        return tuple(line.format(name=OPTIMIZER_NAMES[experiment.optimizer]) for line in _PER_WEIGHT)
    return _PLAIN


def about_steps(experiment: Experiment, each: str) -> tuple[str, ...]:
    """Three lines about the length of the steps and the path of two weights; `each` says what a point stands for."""
    lines = _STEPS if experiment.is_plain else _MEASURED
    return tuple(line.format(each=each, why=_why(experiment)) for line in lines)


def _why(experiment: Experiment) -> str:
    if experiment.optimizer in _ADAPTIVE:
        return f"{OPTIMIZER_NAMES[experiment.optimizer]} gives every weight a length of its own"
    if experiment.optimizer in _WITH_VELOCITY:
        return "a share of the step before comes with it"
    if experiment.batch_size > 1:
        return "the gradients of a batch are averaged first"
    return "the schedule changes η" if experiment.schedule != "constant" else "the weight decay pulls as well"
