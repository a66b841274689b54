"""What the plain names in labels stand for: `w1`, `net_h1`, `yhat1`, `total_error`; no derivatives of them.

A name in plain English is cut into words and numbers, each word is replaced by one letter for its class, each number
by `#`: `net_h1` and `weighted sum h1` are `zh#`, `w_i1h1` is `wi#h#`. The grammar is a list of patterns of such
letters. Where a name has several meanings (`h1` the weighted sum or the activation, `y1` the target or the output), the
usual one comes first.
"""

import re
from functools import cache, lru_cache
from itertools import groupby
from typing import Literal, NamedTuple

Role = Literal[
    "input",
    "target",
    "weight",
    "bias",
    "pre_activation",
    "activation",
    "loss",
    "part_loss",
    "gradient",
    "local_derivative",
    "step",
    "state",
    "rate",
    "iteration",
    "other_measure",
]

# The words of each class. Letters as in the patterns below.
_CLASSES = {
    "i": "input i x",
    "n": "in",
    "t": "target t",
    "y": "y",
    "p": "yhat p",
    "w": "weight w",
    "b": "bias b",
    "θ": "θ theta",
    "h": "hidden h",
    "g": "g",
    "o": "o",
    "O": "output out",
    "a": "activation act a",
    "f": "sigmoid sigma sig σ relu tanh softmax logistic φ phi f",
    "z": "net z",
    "s": "sum s",
    "A": "average mean batch",
    "e": "error err e",
    "l": "loss cost l j c",
    "Q": "mse sse rmse mae bce cce ce nll se",
    "T": "total tot",
    "d": "∂ d",
    "δ": "δ",
    "D": "delta",
    "G": "gradient grad ∇ nabla",
    "P": "derivative slope",
    "R": "wrt",
    "S": "update step change adjustment correction increment",
    "K": "iteration epoch sample no",
    "m": "m mhat",
    "v": "v vhat u",
    "V": "velocity cache momentum",
    "r": "learning_rate η eta lr α alpha",
    "H": "decay regularization λ lambda β beta ε epsilon",
    "N": "new",
    "L": "old",
    "X": "accuracy difference exp",
    "F": "of the for value layer neuron node unit to_be",
    ">": "-> → to",
}
_SYMBOLS = "/*^_,+-'%()[]"
_DROPPED = "F()[]"
_NUMBER = re.compile(r"\d{1,3}|[1-9]\d{3,4}")  # a sheet has 16,384 columns
_ONLY_TOGETHER = re.compile(r"[∂δ].*|d[eljwb]|b[ho]|et")  # single letters that may make a word without a number
_BLANKS = re.compile(r"[\s_]+")
_AROUND = re.compile(r"_?([^\w\s])_?")
_ABBREVIATED = re.compile(r"(?<=[^\W\d_])(?:\.(?=[^\W\d_]|$)|-(?=tot|hat))")  # L.R., E-total
_BEFORE_O = re.compile(r"(?<![^\W\d_])(a|out|act|net|z|in|δ|delta|e|d)_?0(?=[1-9])")  # a_01, misread from a_o1
# Ways to write indices, and the one way that the grammar knows: `w1_2_3` in layer 1, `h2_3` in layer 2.
_INDICES = (
    (re.compile(r"(?<=[^\W\d_])_?(\d+)_?\^\((\d)\)"), r"\2_\1"),
    (re.compile(r"(?<=[^\W\d_])\^\(?(\d)\)?(?!\d)"), r"\1"),
    (re.compile(r"[\[(](\d+(?:,\d+)*)[\])]"), r"_\1_"),
    (re.compile(r"(?<=w)_?(\d)_+(\d)(\d)(?!\d)"), r"\1_\2_\3"),
)


class Words(NamedTuple):
    """A name in pieces: one letter for the class of each word or number, and the pieces themselves."""

    classes: str
    texts: tuple[str, ...]

    def part(self, first: int, last: int) -> "Words":
        """Return the pieces from the first, up to and without the last."""
        return Words(self.classes[first:last], self.texts[first:last])

    def without(self, classes: str) -> "Words":
        """Return the pieces that are of none of the classes."""
        kept = [place for place, each in enumerate(self.classes) if each not in classes]
        return Words("".join(self.classes[place] for place in kept), tuple(self.texts[place] for place in kept))


class Reading(NamedTuple):
    """One meaning of a plain name.

    Attributes:
        role: what part the quantity plays.
        subject: its canonical name.
        kind: which of several formulas it has: `mse`, `bce`; empty where the name does not say.
    """

    role: Role
    subject: str
    kind: str = ""


_NEURON = r"(?P<neuron>[hg](?:#(?:_#)?)?|[oO]#|o)"
_LAYER = r"(?P<neuron>[hoO])"
_FROM = r"(?P<source>[ihogO]#?)"
_TO = r"(?P<end>[hogO]#?)"

# Patterns of a name, and its meanings: role and canonical name. In the latter `{n}`, `{m}`, `{k}` are the numbers in
# order, `{all}` all of them, `{neuron}`, `{source}` and `{end}` the parts so named.
_ROWS: tuple[tuple[str, tuple[tuple[Role, str], ...]], ...] = (
    (r"w+#", (("weight", "w{n}"),)),
    (r"w+", (("weight", "w"),)),
    (r"i*[in]#(?:_#)?i?", (("input", "i{all}"),)),
    (r"i+", (("input", "i"),)),
    (r"t*(?:t|to|tO|Ot|ty|yt)#|y#t", (("target", "t{n}"),)),
    (r"t+|t[oOy]|Ot|yt", (("target", "t"),)),
    (r"y#", (("target", "t{n}"), ("activation", "a_o{n}"))),
    (r"y", (("target", "t"), ("activation", "a_o"))),
    (r"w_?#[_,]#", (("weight", "w[{n},{m}]"),)),
    (r"w#[_,]#[_,]#", (("weight", "w{n}[{m},{k}]"),)),
    (rf"(?:w+|v){_FROM}[>,-]?{_TO}|{_FROM}>{_TO}", (("weight", "w[{source},{end}]"),)),
    (rf"w+{_LAYER}|{_LAYER}w", (("weight", "w_{neuron}"),)),
    (r"v#", (("weight", "v{n}"),)),
    (r"θ#", (("weight", "θ{n}"), ("bias", "b{n}"))),
    (r"b+#", (("bias", "b{n}"),)),
    (r"b+", (("bias", "b"),)),
    (rf"[bθ]+{_NEURON}|wb{_NEURON}|{_NEURON}b|b+{_LAYER}", (("bias", "b_{neuron}"),)),
    (rf"(?:[zs]+n?|n|in?|zi|z?y){_NEURON}z?|{_NEURON}(?:[zsin]+)", (("pre_activation", "{neuron}"),)),
    (r"y#?n", (("pre_activation", "o{all}"),)),
    (r"[zs]+i?#", (("pre_activation", "z{n}"),)),
    (r"[zs]#_#", (("pre_activation", "z{n}_{m}"),)),
    (r"z+", (("pre_activation", "z"),)),
    (rf"(?:[afO]+z?|az){_NEURON}|{_NEURON}(?:[aO]+|f)", (("activation", "a_{neuron}"),)),
    (r"[af]+[zs]#|[zs]#[af]", (("activation", "a_z{n}"),)),
    (r"a+#|fz?#", (("activation", "a_z{n}"),)),
    (r"a#_#", (("activation", "a_z{n}_{m}"),)),
    (r"a+|az|fz", (("activation", "a_z"),)),
    (r"(?:O|a|)p+O?#|p#O?|pO#|O#p|O[yp]#?", (("activation", "a_o{all}"),)),
    (r"p+|pO", (("activation", "a_o"),)),
    (r"h[aO]#", (("activation", "a_h{n}"),)),
    (r"O#", (("activation", "a_o{n}"), ("pre_activation", "o{n}"))),
    (r"O", (("activation", "a_o"), ("pre_activation", "o"))),
    (_NEURON, (("pre_activation", "{neuron}"), ("activation", "a_{neuron}"))),
    (r"e[oO]?#|eTe?#|[lQ]o?#|e#e", (("part_loss", "E{n}"),)),
    (r"[el][Tt]?|T[el]+|[el]{2}T?|l[Tt][el]|[el]T[el]|T[el]Q", (("loss", "E_total"),)),
    (r"(?:[el]|T)*Q+(?:[el])*", (("loss", "E_total"),)),
    (r"r+", (("rate", "eta"),)),
    (r"r[#]", (("rate", "eta{n}"),)),
    (rf"r{_LAYER}w?|{_LAYER}r", (("rate", "eta_{neuron}"),)),
    (r"H#?|V", (("rate", "{text}"),)),  # V: `momentum` alone is its coefficient
)


@lru_cache(maxsize=1 << 12)
def words_of(text: str) -> Words | None:
    """Cut a plain English name into words and numbers; None where it holds anything else."""
    text = _BEFORE_O.sub(r"\1_o", _ABBREVIATED.sub("", text))
    for pattern, index in _INDICES:
        text = pattern.sub(index, text)
    text = _AROUND.sub(r"\1", _BLANKS.sub("_", text)).strip("_")
    if text.count("(") != text.count(")") or not _scanner_of_all().fullmatch(text):
        return None
    pieces = _scanner().findall(text)
    if not _is_cut_well(pieces):
        return None
    classes = "".join("#" if number else _classes()[word] if word else symbol for number, word, symbol in pieces)
    return _without_blanks(classes, [str(int(number)) if number else word or symbol for number, word, symbol in pieces])


def _is_cut_well(pieces: list[tuple[str, str, str]]) -> bool:
    """Tell whether the numbers are ones that count quantities, and words more than single letters.

    Single letters make a word where a number follows (`ah1`), but not in `so`, `ah` or `el`.
    """
    numbers = [number for number, _, _ in pieces if number]
    if numbers:
        return all(_NUMBER.fullmatch(number) for number in numbers)
    runs = ["".join(word for _, word, _ in run) for one, run in groupby(pieces, _is_letter) if one]
    return all(len(run) == 1 or _ONLY_TOGETHER.fullmatch(run) for run in runs)


def _is_letter(piece: tuple[str, str, str]) -> bool:
    return len(piece[1]) == 1


def _without_blanks(classes: str, texts: list[str]) -> Words:
    """Keep a blank only between two numbers."""
    kept = [
        place
        for place, each in enumerate(classes)
        if each != "_" or (0 < place < len(classes) - 1 and classes[place - 1] == "#" == classes[place + 1])
    ]
    return Words("".join(classes[place] for place in kept), tuple(texts[place] for place in kept)).without(_DROPPED)


@cache
def _classes() -> dict[str, str]:
    return {word: letter for letter, words in _CLASSES.items() for word in words.split()}


@cache
def _any_word() -> str:
    return "|".join(re.escape(word) for word in sorted(_classes(), key=len, reverse=True))


@cache
def _scanner() -> re.Pattern[str]:
    return re.compile(rf"(\d+)|({_any_word()})|([{re.escape(_SYMBOLS)}])")


@cache
def _scanner_of_all() -> re.Pattern[str]:
    return re.compile(rf"(?>\d+|{_any_word()}|[{re.escape(_SYMBOLS)}])++")  # never tries another cut


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], tuple[tuple[Role, str], ...]], ...]:
    return tuple((_compiled(pattern), readings) for pattern, readings in _ROWS)


def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern in which a part's name may occur in several alternatives: later ones get a number."""
    counts: dict[str, int] = {}

    def numbered(match: re.Match[str]) -> str:
        counts[match[1]] = counts.get(match[1], 0) + 1
        return f"(?P<{match[1]}{counts[match[1]]}>"

    return re.compile(re.sub(r"\(\?P<(\w+)>", numbered, pattern))


@lru_cache(maxsize=1 << 12)
def readings_of(words: Words) -> tuple[Reading, ...]:
    """Return what a plain name may mean, the usual meaning first; nothing where it has none."""
    match, meanings = _row(words.classes)
    if match is None:
        return ()
    fields = _fields(words, match)
    kind = next((text for text, each in zip(words.texts, words.classes, strict=True) if each == "Q"), "")
    return tuple(Reading(role, name.format_map(fields), kind) for role, name in meanings)


@lru_cache(maxsize=1 << 12)
def _row(classes: str) -> tuple[re.Match[str] | None, tuple[tuple[Role, str], ...]]:
    """Find the pattern that a sequence of classes fits, and its meanings."""
    for pattern, meanings in _patterns():
        match = pattern.fullmatch(classes)
        if match:
            return match, meanings
    return None, ()


def _fields(words: Words, match: re.Match[str]) -> dict[str, str]:
    numbers = _numbers(words)
    fields = dict(zip("nmk", [*numbers, "", "", ""], strict=False))
    fields |= {"all": "_".join(numbers), "text": "".join(words.texts)}
    for name, span in match.groupdict().items():
        if span is not None:
            fields[name.rstrip("0123456789")] = _place(words.part(*match.span(name)))
    return fields


def _numbers(words: Words) -> list[str]:
    return [text for text, each in zip(words.texts, words.classes, strict=True) if each == "#"]


def _place(words: Words) -> str:
    """Name a neuron, an input or a layer: `h1`, `h2_3` (neuron 3 of layer 2), `o`."""
    return words.classes[0].lower() + "_".join(_numbers(words))
