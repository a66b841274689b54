"""Two long texts, cut so that what differs between them is seen."""

import re
from difflib import SequenceMatcher

_PIECES = re.compile(r"[$\w.∂]+|\s+|.", re.DOTALL)
# The most characters of a text that is shown whole, around a difference, and of a difference; and the most pieces that
# are compared one by one, which takes their square.
_SHORT, _AROUND, _LONGEST, _MOST_PIECES = 32, 10, 80, 400
_GAP = "…"


def cut_apart(old: str, new: str) -> tuple[str, str]:
    """Cut what two texts have in common down to a little around each difference; short texts stay whole."""
    if max(len(old), len(new)) <= _SHORT:
        return old, new
    left, right = _PIECES.findall(old), _PIECES.findall(new)
    ahead = _common(left, right)
    behind = _common(left[ahead:][::-1], right[ahead:][::-1])
    inner_left, inner_right = left[ahead : len(left) - behind], right[ahead : len(right) - behind]
    before, after = _end("".join(left[:ahead])), _start("".join(left[len(left) - behind :]))
    cut = _inside(inner_left, inner_right)
    return before + cut[0] + after, before + cut[1] + after


def cut_middle(text: str) -> str:
    """Cut the middle out of a very long text."""
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else text[:half] + _GAP + text[-half:]


def _inside(old: list[str], new: list[str]) -> tuple[str, str]:
    """Cut from the first difference to the last one."""
    if max(len(old), len(new)) > _MOST_PIECES:
        return cut_middle("".join(old)), cut_middle("".join(new))
    both = ["", ""]
    for kind, first, last, new_first, new_last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        texts = "".join(old[first:last]), "".join(new[new_first:new_last])
        for side, text in enumerate(texts):
            both[side] += _both_ends(text) if kind == "equal" else cut_middle(text)
    return cut_middle(both[0]), cut_middle(both[1])


def _common(left: list[str], right: list[str]) -> int:
    """Count the pieces with which both begin."""
    most = min(len(left), len(right))
    return next((at for at in range(most) if left[at] != right[at]), most)


def _end(text: str) -> str:
    return text if len(text) <= _AROUND else _GAP + text[-_AROUND:]


def _start(text: str) -> str:
    return text if len(text) <= _AROUND else text[:_AROUND] + _GAP


def _both_ends(text: str) -> str:
    return text if len(text) <= 2 * _AROUND + 1 else text[:_AROUND] + _GAP + text[-_AROUND:]
