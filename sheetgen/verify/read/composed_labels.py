"""What the words of a label mean together: plain names, derivatives of them, δs, steps, states, sums and measures."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Literal, NamedTuple

from sheetgen.verify.read.label_grammar import Reading, Role, Words, readings_of

When = Literal["old", "new"]


class Meaning(NamedTuple):
    """What a label may mean.

    Attributes:
        role: what part the quantity plays. `rate` is any setting of the training, `iteration` any counter, and
            `other_measure` what is computed beside the training: an accuracy, a difference, a column's total.
        subject: the canonical name: `w1`, `w[i1,h1]` (by what it joins), `w[1,2]` (by two indices, in an order that the
            label does not say), `w1[1,2]` (the same in layer 1), `h1`, `a_h1`, `h2_3` (neuron 3 of hidden layer 2),
            `z1` (weighted sum 1 of a layer that the label does not say), `a_z1` (its activation), `t1`, `E1`,
            `E_total`, `eta`. Without a number (`w`, `h`) it is the only one, or all of them. Of a derivative it is the
            numerator; of a step or a state, the parameter.
        wrt: the denominator of a derivative.
        when: before or after the update, where the label says so.
        total: whether it is a sum or an average over samples.
        percent: whether it is in percent.
        kind: `mse`, `bce`, … of a loss; `m`, `v`, `velocity`, … of a state; `error` of a δ that is called so.
        sign_open: whether people use the label for the quantity as well as for its negative, as `δ` and `Δw`.
        alternatives: what else the label may mean; these have no alternatives of their own.
    """

    role: Role
    subject: str
    wrt: str | None = None
    when: When | None = None
    total: bool = False
    percent: bool = False
    kind: str = ""
    sign_open: bool = False
    alternatives: tuple["Meaning", ...] = ()

    @property
    def name(self) -> str:
        """The quantity's name as in the notation: `w5`, `∂E/∂w5`, `∂a_h1/∂h1`."""
        above = "E" if self.subject == "E_total" else self.subject
        return self.subject if self.wrt is None else f"∂{above}/∂{self.wrt}"


_PARAMETER = ("weight", "bias")
_NEURON = ("pre_activation", "activation")
_LOSS = ("loss", "part_loss")
_SUMMED = (*_LOSS, "gradient", "step")

_PART = r"(?:(?:[el][tT]?|T[el]|eTe|Q)(?:o?#)?)"
_WITHOUT_FRACTION = (
    re.compile(rf"[dδGP]?(?P<num>{_PART})[dδ](?P<den>.+)"),
    re.compile(rf"[GP](?P<num>{_PART})?[dδ]?(?P<den>.+)"),
    re.compile(r"[dδ](?P<den>[wbazhogOy].*)"),
    re.compile(r"g(?P<den>[wb].*)"),
    re.compile(r"(?P<den>.+?)[dδ]?[GP]"),
)
_SLOPE = re.compile(r"(?:[fa]'|[fa]?Pf?|Pf?)(?P<of>[hgozO].*)|a?(?P<before>[hgozO].*)[Pf]*P")
_WITH_RESPECT_TO = re.compile(r"[dGP]*(?P<num>.+?)R(?P<den>.+)")
_DELTA = re.compile(r"(?:[δD]|d(?=#)|e(?=[hg]))(?P<of>.*)|(?P<before>.+)[δD]")
_STEP = re.compile(r"(?:S|D)n?(?P<of>[wbiθ].*)|(?P<before>[wbθ].*?)(?:S|D)|-?r\*?-?(?P<slope>.*[dG].*)")
_STATE = re.compile(r"(?P<kind>[mvVs])[dG]?(?P<of>[wb].*|#)|(?P<before>[wb].*)(?P<last>[mvV])")
_MEASURE = re.compile(r"[sA]*X.*|[ty]#?-[apOyo].*|[apOyo].*-[ty]#?")

# What else a plain label may mean, by its words written together; `{n}` is its first number.
_ALSO: tuple[tuple[str, Meaning], ...] = (
    (r"(?:error|err)(?:o|output)?\d+", Meaning("gradient", "E_total", "o{n}", sign_open=True)),
    (r"(?:error|err|e)(?:o|output)?\d+", Meaning("other_measure", "t{n}-a_o{n}", sign_open=True)),
    (r"error|err", Meaning("other_measure", "t-a_o", sign_open=True)),
    (r"g\d+", Meaning("gradient", "E_total", "w{n}")),
    (r"v\d+", Meaning("state", "w{n}", kind="v")),
    (r"a\d+", Meaning("activation", "a_h{n}")),
    (r"a\d+", Meaning("activation", "a_o{n}")),
    (r"z\d+", Meaning("pre_activation", "h{n}")),
    (r"z\d+", Meaning("pre_activation", "o{n}")),
    (r"[it]", Meaning("iteration", "iteration")),
    (r"[lcj]", Meaning("other_measure", "unnamed")),
)
_ALONE = {
    "s": (Meaning("other_measure", "sum", total=True),),
    "A": (Meaning("other_measure", "average", total=True),),
    "T": (Meaning("other_measure", "total", total=True), Meaning("loss", "E_total", total=True)),
}


def meanings_of(words: Words) -> tuple[Meaning, ...]:
    """Return what words may mean, the usual meaning first."""
    if words.classes in _ALONE and len(words.texts[0]) > 1:
        return _ALONE[words.classes]
    for read in (_plain, _delta, _slope, _derivative, _step, _state, _counter, _measure, _summed):
        meanings = tuple(read(words))
        if meanings:
            return meanings
    return ()


def _plain(words: Words) -> Iterator[Meaning]:
    readings = readings_of(words)
    yield from (Meaning(role, subject, kind=kind) for role, subject, kind in readings)
    if not readings:
        return
    number = _number(words)
    for pattern, meaning in _also():
        if pattern.fullmatch("".join(words.texts)):
            wrt = meaning.wrt and meaning.wrt.format(n=number)
            yield meaning._replace(subject=meaning.subject.format(n=number), wrt=wrt)
    if readings[0] == Reading("weight", f"w{number}") and number:
        yield from _indexed(number)


@cache
def _also() -> tuple[tuple[re.Pattern[str], Meaning], ...]:
    return tuple((re.compile(pattern), meaning) for pattern, meaning in _ALSO)


def _number(words: Words) -> str:
    return next((text for text in words.texts if text.isdigit()), "")


def _indexed(number: str) -> Iterator[Meaning]:
    """Read `w12` as the weight of two indices, `w0` as a bias with input 1."""
    if len(number) == 2:
        yield Meaning("weight", f"w[{number[0]},{number[1]}]")
    if number == "0":
        yield Meaning("bias", "b")


def _slope(words: Words) -> Iterator[Meaning]:
    """Read the derivative of an activation: `σ'(h1)`, and `h1 derivative`, which may also be the error's."""
    match = _SLOPE.fullmatch(words.classes)
    if match:
        of = words.part(*match.span("of" if match["of"] else "before"))
        neurons = [each.subject for each in readings_of(of) if each.role == "pre_activation"]
        yield from (Meaning("local_derivative", f"a_{neuron}", neuron) for neuron in neurons)
        if "P" in words.classes:
            yield from (Meaning("gradient", "E_total", neuron) for neuron in neurons)


def _derivative(words: Words) -> Iterator[Meaning]:
    above, slash, below = words.classes.partition("/")
    if slash:
        first, second = len(above) - len(above.lstrip("dδDGP")), len(below) - len(below.lstrip("dδD"))
        if first or second:
            start = len(above) + 1
            yield from _ratio(words.part(first, len(above)), words.part(start + second, len(words.classes)))
        return
    for pattern in (_WITH_RESPECT_TO, *_WITHOUT_FRACTION):
        match = pattern.fullmatch(words.classes)
        if match:
            numerator = words.part(*match.span("num")) if match.groupdict().get("num") else None
            found = list(_ratio(numerator, words.part(*match.span("den"))))
            if found:
                yield from found
                yield from _step_of_derivative(words.classes, found)
                return


def _step_of_derivative(classes: str, found: list[Meaning]) -> Iterator[Meaning]:
    """Read `dw1` and `δw1` as a step too."""
    if re.fullmatch(r"[dδ][wb].*", classes):
        yield from (Meaning("step", each.wrt, sign_open=True) for each in found if each.wrt)


def _ratio(numerator: Words | None, denominator: Words) -> Iterator[Meaning]:
    above = readings_of(numerator) if numerator else (Reading("loss", "E_total"),)
    below = [each for each in readings_of(denominator) if each.role in (*_PARAMETER, *_NEURON, "input")]
    for over, under in product(above, below):
        if over.role in _LOSS:
            yield Meaning("gradient", over.subject, under.subject)
        elif over.role in _NEURON and under.subject not in (over.subject, f"a_{over.subject}"):
            yield Meaning("local_derivative", over.subject, under.subject)


def _delta(words: Words) -> Iterator[Meaning]:
    match = _DELTA.fullmatch(words.classes)
    if not match:
        return
    of = words.part(*match.span("of" if match["of"] is not None else "before"))
    numbers = [text for text in of.texts if text.isdigit()]
    if not of.classes or of.classes == "#":
        neurons = [f"{layer}{''.join(numbers)}" for layer in "zoh"]
    elif of.classes == "#_#":
        neurons = ["h" + "_".join(numbers)]
    else:
        neurons = [each.subject for each in readings_of(of) if each.role in _NEURON]
        neurons.sort(key=lambda name: name.startswith("a_") and len(neurons) > 1)
    kind = "error" if words.classes[0] == "e" else ""
    yield from (Meaning("gradient", "E_total", neuron, kind=kind, sign_open=True) for neuron in neurons)
    if words.texts[0] == "d":
        yield Meaning("target", f"t{_number(words)}")


def _step(words: Words) -> Iterator[Meaning]:
    match = _STEP.fullmatch(words.classes)
    if not match:
        return
    if match["slope"]:
        slopes = _derivative(words.part(*match.span("slope")))
        yield from (
            Meaning("step", each.wrt, sign_open=True) for each in slopes if each.role == "gradient" and each.wrt
        )
        return
    readings = readings_of(words.part(*match.span("of" if match["of"] else "before")))
    parameters = [each.subject for each in readings if each.role in _PARAMETER]
    yield from (Meaning("step", parameter, sign_open=True) for parameter in parameters)
    if "D" in words.classes:
        yield from (Meaning("gradient", "E_total", parameter, sign_open=True) for parameter in parameters)


def _state(words: Words) -> Iterator[Meaning]:
    match = _STATE.fullmatch(words.classes)
    if not match:
        return
    kind = words.texts[0 if match["kind"] else -1]
    if kind == "sum":
        return
    of = words.part(*match.span("of" if match["of"] else "before"))
    if of.classes == "#":
        yield Meaning("state", f"w{of.texts[0]}", kind=kind)
    yield from (
        Meaning("state", each.subject, kind=kind, sign_open=kind not in "mv")
        for each in readings_of(of)
        if each.role in _PARAMETER
    )


def _counter(words: Words) -> Iterator[Meaning]:
    if words.classes and not words.classes.strip("K"):
        name = next((text for text in words.texts if text in ("epoch", "sample")), "iteration")
        yield Meaning("iteration", name)
    elif words.texts == ("step",):
        yield from (Meaning("iteration", "iteration"), Meaning("step", "w", sign_open=True))


def _measure(words: Words) -> Iterator[Meaning]:
    if not _MEASURE.fullmatch(words.classes):
        return
    place = words.classes.find("X")
    of = readings_of(words.part(place + 1, len(words.classes)))
    if place < 0:
        number = _number(words)
        yield Meaning("other_measure", f"t{number}-a_o{number}", sign_open=True)
        return
    name = words.texts[place]
    subject = f"{name}({of[0].subject})" if of else name
    yield Meaning("other_measure", f"sum({subject})" if place > 0 else subject, sign_open=name == "difference")


def _summed(words: Words) -> Iterator[Meaning]:
    inner = words.without("sATK" if "epoch" in words.texts else "sAT")
    if not inner.classes or inner == words:
        return
    for meaning in meanings_of(inner):
        if meaning.role in _SUMMED:
            kind = "mean" if "A" in words.classes and not meaning.kind else meaning.kind
            yield meaning._replace(total=True, kind=kind)
