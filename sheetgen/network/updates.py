"""How the weights are updated, in the class's notation: by the gradient alone, or by what an optimiser makes of it.

Each optimiser is written as its paper has it, and as PyTorch computes it where the two differ:

- momentum: Polyak, *Some methods of speeding up the convergence of iteration methods* (1964), without dampening;
- nesterov: Sutskever, Martens, Dahl and Hinton, *On the importance of initialization and momentum* (2013);
- adagrad: Duchi, Hazan and Singer, *Adaptive subgradient methods* (2011), diagonal;
- rmsprop: Tieleman and Hinton, *Lecture 6.5* (2012);
- adam: Kingma and Ba, *Adam: a method for stochastic optimization* (2015), algorithm 1;
- adamw: Loshchilov and Hutter, *Decoupled weight decay regularization* (2019), algorithm 2.

With batches, every row shows one sample. The weights stay as they are until the last row of the batch, which holds the
mean of the gradients and what the optimiser keeps; the next row has the new weights.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from sheetgen.network.names import Optimizer, Schedule, gradient
from sheetgen.network.quantities import Group, Quantity

if TYPE_CHECKING:
    from sheetgen.network.experiment import Experiment

# What {w} is reduced by, η left out: {g} is the gradient, the others what the optimiser keeps.
_STEPS: dict[Optimizer, str] = {
    "sgd": "{g@1}",
    "momentum": "{v@1}",
    "nesterov": "({g@1}+{momentum@start}*{v@1})",
    "adagrad": "{g@1}/(SQRT({s@1})+{epsilon@start})",
    "rmsprop": "{g@1}/(SQRT({v@1})+{epsilon@start})",
    "adam": "{m̂@1}/(SQRT({v̂@1})+{epsilon@start})",
    "adamw": "{m̂@1}/(SQRT({v̂@1})+{epsilon@start})",
}
# What it keeps: name, meaning, the formula of the first update, and of every further one.
_Kept = tuple[str, str, str, str]
_VELOCITY = (
    "v",
    "The velocity of {w}: the gradient, and a share of the velocity before.",
    "{g}",
    "{momentum@start}*{v@1}+{g}",
)
_MEAN_SQUARE = "The running mean of the squared gradients of {w}."
_ADAM: tuple[_Kept, ...] = (
    (
        "m",
        "The running mean of the gradients of {w}: which way they point.",
        "(1-{beta_1@start})*{g}",
        "{beta_1@start}*{m@1}+(1-{beta_1@start})*{g}",
    ),
    (
        "v",
        f"{_MEAN_SQUARE} Its root says how large they are.",
        "(1-{beta_2@start})*{g}^2",
        "{beta_2@start}*{v@1}+(1-{beta_2@start})*{g}^2",
    ),
    (
        "m̂",
        "m of {w} without its bias: m begins at 0, and has not yet seen many gradients.",
        *("{m}/(1-{beta_1@start}^({iteration}+1))",) * 2,
    ),
    (
        "v̂",
        "v of {w} without its bias: v begins at 0, and has not yet seen many gradients.",
        *("{v}/(1-{beta_2@start}^({iteration}+1))",) * 2,
    ),
)
_KEPT: dict[Optimizer, tuple[_Kept, ...]] = {
    "sgd": (),
    "momentum": (_VELOCITY,),
    "nesterov": (_VELOCITY,),
    "adagrad": (("s", "The sum of the squared gradients of {w} so far.", "{g}^2", "{s@1}+{g}^2"),),
    "rmsprop": (("v", _MEAN_SQUARE, "(1-{rho@start})*{g}^2", "{rho@start}*{v@1}+(1-{rho@start})*{g}^2"),),
    "adam": _ADAM,
    "adamw": _ADAM,
}
# The learning rate of an iteration. {last} is the number of iterations: the rate after the last of them is not used.
_SCHEDULES: dict[Schedule, str] = {
    "constant": "",
    "step": "{eta}*{gamma@start}^INT({iteration}/{step_size@start})",
    "cosine": "{eta}*(1+COS(PI()*{iteration}/{last}))/2",
    "one-cycle": (
        "IF({iteration}<={rise},"
        "{eta}-({eta}-{low})/2*(1+COS(PI()*{iteration}/{rise})),"
        "{end}+({eta}-{end})/2*(1+COS(PI()*MIN(1,({iteration}-{rise})/({last}-1-{rise})))))"
    ),
}
_ONE_CYCLE = {
    "rise": "({pct_start@start}*{last}-1)",
    "end": "{low}/{final_div_factor@start}",
    "low": "{eta}/{div_factor@start}",
}


class Updates:
    """Writes the updates of one experiment, and the columns that they need."""

    def __init__(self, experiment: "Experiment") -> None:
        self._experiment = experiment
        self._batch: int = experiment.batch_size
        self._averages: bool = self._batch > 1 or (experiment.decay > 0 and experiment.optimizer != "adamw")

    def counters(self) -> Iterator[Quantity]:
        """The columns that count: the iterations, and where one takes several rows, the rows before them."""
        meaning = "How many times the weights have been updated. Row 0 holds the first weights."
        count = "{iteration@1}+1"
        if self._batch > 1:
            yield Quantity("row", Group.ITERATION, "Counts the samples that are shown, from 0.", ("0", "{row@1}+1"))
            meaning = f"How many times the weights have been updated: once for every {self._batch} rows, a batch."
        yield Quantity("iteration", Group.ITERATION, meaning, self._held("iteration", "0", count), repeats=self._batch)

    def weight(self, name: str, meaning: str) -> Quantity:
        """The column of a trained weight or bias."""
        formula = self.update(name)
        taken = (
            "subtracts η times the gradient of the row above"
            if self._experiment.is_plain
            else "steps from the row above"
        )
        every = "every later row" if self._batch == 1 else "the first row of every later batch"
        meaning = f"{meaning}. Row 0 takes it from Start; {every} {taken}."
        formulas = self._held(name, f"{{{name}@start}}", formula)
        return Quantity(name, Group.WEIGHTS, meaning, formulas, (f"new {name}", formula), self._batch)

    def update(self, name: str) -> str:
        """The formula of a weight's new value, from the row above."""
        rate = "{η_t@1}" if _SCHEDULES[self._experiment.schedule] else "{eta}"
        step = f"{rate}*{self._of(_STEPS[self._experiment.optimizer], name)}"
        decay = f"-{rate}*{{weight_decay@start}}*{{{name}@1}}" if self._experiment.optimizer == "adamw" else ""
        return f"{{{name}@1}}{decay}-{step}"

    def columns(self, trained: list[str]) -> Iterator[Quantity]:
        """What stands to the right of the gradients: the rate, and what is kept of each weight."""
        schedule = self._filled(_SCHEDULES[self._experiment.schedule])
        if schedule:
            meaning = f"The learning rate of this iteration, by the schedule “{self._experiment.schedule}”."
            yield Quantity("η_t", Group.OPTIMIZER, meaning, (schedule,))
        for name in trained:
            if self._averages:
                yield self._mean(name)
            for kept in _KEPT[self._experiment.optimizer]:
                yield self._kept(name, *kept)

    @property
    def use_of_gradient(self) -> str:
        """What becomes of a gradient, in a sentence."""
        return (
            "The update subtracts η times it."
            if self._experiment.is_plain
            else "The update is made from it, see on the right."
        )

    def _filled(self, formula: str) -> str:
        """Put the parts of a schedule's formula into it."""
        for part, text in (*_ONE_CYCLE.items(), ("last", str(self._experiment.iterations))):
            formula = formula.replace(f"{{{part}}}", text)
        return formula

    def _of(self, formula: str, name: str) -> str:
        """Say in a formula which weight is meant: {v} of w1 is {v_w1}."""
        used = f"g_{name}" if self._averages else gradient(name)
        for short in ("m̂", "v̂", "m", "v", "s"):
            formula = formula.replace(f"{{{short}}}", f"{{{short}_{name}}}")
            formula = formula.replace(f"{{{short}@1}}", f"{{{short}_{name}@1}}")
        return formula.replace("{g}", f"{{{used}}}").replace("{g@1}", f"{{{used}@1}}").replace("{w}", name)

    def _mean(self, name: str) -> Quantity:
        """The gradient that the optimiser is given: the mean over the batch, and the pull of the weight decay."""
        slope, so_far = f"{{{gradient(name)}}}", f"{{g_{name}@1}}+{{{gradient(name)}}}"
        decay = f"+{{weight_decay@start}}*{{{name}}}" if self._experiment.decay > 0 else ""
        if self._experiment.optimizer == "adamw":
            decay = ""
        if self._batch == 1:
            meaning = f"The gradient of {name}, and the pull of the weight decay towards 0."
            return Quantity(f"g_{name}", Group.OPTIMIZER, meaning, (slope + decay,))
        formulas = (slope, *(so_far,) * (self._batch - 2), f"({so_far})/{self._batch}{decay}")
        meaning = f"The gradients of {name} in this batch added up; its last row divides by {self._batch}: their mean."
        rule = (f"g_{name}", f"mean of {slope} over the batch{decay}")
        return Quantity(f"g_{name}", Group.OPTIMIZER, meaning, formulas, rule, self._batch)

    def _kept(self, name: str, short: str, meaning: str, first: str, later: str) -> Quantity:
        own, first, later = f"{short}_{name}", self._of(first, name), self._of(later, name)
        before = (f"{{{own}@1}}",) * (self._batch - 1)
        formulas = ("0",) * (self._batch - 1) + (first, *before, later)
        if first == later and self._batch == 1:
            formulas = (later,)
        kept = Quantity(own, Group.OPTIMIZER, meaning.replace("{w}", name), formulas, None, self._batch)
        return replace(kept, rule=(own, kept.from_before))

    def _held(self, name: str, first: str, later: str) -> tuple[str, ...]:
        """The formulas of what changes from batch to batch, and stays as it is within one."""
        return (first, *(f"{{{name}@1}}",) * (self._batch - 1), later)
