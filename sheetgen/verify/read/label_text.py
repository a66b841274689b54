r"""A label's text without its typography: what is left says the same in plain characters and English words.

`\frac{\partial E}{\partial w_{1}}`, `∂E/∂w₁` and `𝜕E/𝜕w1` all become `∂e/∂w_1` or the like; `entrée 1` and `输入1`
become `input 1`. Case goes, except that `Δ`, a change, is told from `δ`, a derivative.
"""

import re
import unicodedata
from functools import cache

from sheetgen.verify.read.label_words import SPACED, UNSPACED

_LONGEST_PHRASE = 4
_ESCAPES = re.compile(r"_x[0-9A-Fa-f]{4}_")
_BRACED = r"\{([^{}]*)\}"
_LATEX = (
    (re.compile(r"\\(?:left|right|displaystyle|big|Big)\b|\\[,;:! ]|\$"), " "),
    (re.compile(rf"\\(?:text|mathrm|mathbf|mathit|boldsymbol|vec|operatorname)\s*{_BRACED}"), r"\1"),
    (re.compile(rf"\\(?:hat|widehat)\s*(?:{_BRACED}|(\w))"), r"\1\2hat"),
    (re.compile(rf"_\s*{_BRACED}"), r"_\1"),
    (re.compile(rf"\^\s*(?:\{{\(([^{{}}()]*)\)\}}|{_BRACED})"), r"^(\1\2)"),
    (re.compile(rf"\\[dt]?frac\s*{_BRACED}\s*{_BRACED}"), r"(\1)/(\2)"),
)
_COMMANDS = {
    **dict(zip(("partial", "nabla", "eta", "alpha", "beta", "sigma", "theta", "lambda"), "∂∇ηαβσθλ", strict=True)),
    **dict(zip(("delta", "Delta", "epsilon", "varepsilon", "phi", "prime"), "δΔεεφ'", strict=True)),
    **dict.fromkeys(("cdot", "times", "odot"), "*"),
    **dict.fromkeys(("to", "rightarrow"), "→"),
    "sum": "sum ",
}
_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—−﹣－", "-"),
        **dict.fromkeys("·∙⋅×∗•⨯⊙", "*"),
        **dict.fromkeys("→⟶⇒➔➝➞➜", "→"),
        **dict.fromkeys("′’‘´ʹ`", "'"),
        **dict.fromkeys("∑Σ", "sum "),
        **dict(zip("∆ϵͷ", "Δεη", strict=True)),
        "½": "0.5",
    }
)
_SUPERSCRIPTS = re.compile(r"[²³¹⁰ⁱ⁴-ⁿʰ-ʸᵃ-ᵛ]+")
_SUBSCRIPTS = re.compile(r"[₀-ₜᵢ-ᵪⱼ]+")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
# Soft hyphens, joiners, marks of direction, variation selectors, tags: what Unicode calls default ignorable.
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_HATS = re.compile(r"([yptmvo])\u0302")
_CHANGE = re.compile(r"Δ(?=[^/]*$)")
_BLANKS = re.compile(r"\s+")
_BETWEEN = re.compile(r"[\s_.-]+")
_WORD = re.compile(r"(?:[^\W\d_]|[\u0900-\u0963])+(?:'(?:[^\W\d_])+)*")
_CJK = re.compile(r"[\u3400-\u9fff]+")


def plain_text(label: str) -> str:
    """Return a text without typography: LaTeX, sub- and superscripts, accents, case, invisible characters."""
    text = _INVISIBLE.sub("", _ESCAPES.sub(" ", label))
    if "\\" in text or "{" in text or "$" in text:
        text = _without_latex(text)
    if not text.isascii():
        text = _without_typography(text)
    return _BLANKS.sub(" ", text.casefold()).strip()


def in_english(text: str) -> str:
    """Return a plain text with the words of other languages, and synonyms, replaced by the label grammar's words."""
    if not text.isascii():
        text = _CJK.sub(_from_unspaced, text)
    spans = [match.span() for match in _WORD.finditer(text)]
    pieces, end, first = [], 0, 0
    while first < len(spans):
        last, word = _longest_phrase(text, spans, first)
        pieces += [text[end : spans[first][0]], word]
        end, first = spans[last][1], last + 1
    return "".join([*pieces, text[end:]])


def _longest_phrase(text: str, spans: list[tuple[int, int]], first: int) -> tuple[int, str]:
    """Find the longest known phrase that begins at a word: the number of its last word, and what it means."""
    known = _vocabulary()
    begin = spans[first][0]
    for last in range(min(first + _LONGEST_PHRASE, len(spans)) - 1, first - 1, -1):
        phrase = _BETWEEN.sub(" ", text[begin : spans[last][1]])
        if phrase in known:
            return last, known[phrase]
    return first, text[begin : spans[first][1]]


@cache
def _vocabulary() -> dict[str, str]:
    return {plain_text(form): word for table in SPACED for word, forms in table.items() for form in forms.split(", ")}


@cache
def _unspaced() -> tuple[re.Pattern[str], dict[str, str]]:
    known = {
        plain_text(form): word for table in UNSPACED for word, forms in table.items() for form in forms.split(", ")
    }
    return re.compile("|".join(sorted(known, key=len, reverse=True))), known


def _from_unspaced(run: re.Match[str]) -> str:
    pattern, known = _unspaced()
    return pattern.sub(lambda match: f" {known[match[0]]} ", run[0])


def _without_latex(text: str) -> str:
    before = None
    while before != text:  # from the innermost braces outwards
        before = text
        for pattern, plain in _LATEX:
            text = pattern.sub(plain, text)
    text = re.sub(r"\\([A-Za-z]+)\s?", lambda match: _COMMANDS.get(match[1], match[1]), text)
    return re.sub(r"[{}]", "", text)


def _without_typography(text: str) -> str:
    text = _SUBSCRIPTS.sub(r"_\g<0>", _SUPERSCRIPTS.sub(r"^\g<0>", text.translate(_CHARACTERS)))
    text = _HATS.sub(r"\1hat", unicodedata.normalize("NFKD", text))
    return _CHANGE.sub("delta ", _ACCENTS.sub("", text).translate(_CHARACTERS))
