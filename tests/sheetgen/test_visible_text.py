"""Whatever a file's text holds, it is seen, and does nothing."""

import pytest
from markdown_it import MarkdownIt

from sheetgen.visible_text import clean, code_element, shorten, visible


def test_clean_shows_what_cannot_be_seen():
    assert clean("a\x1b[0m\u202e\x9b\ud800\n\tb\xa0c") == r"a\x1b[0m\u202e\x9b\ud800  b c"
    assert clean("∂E/∂w3 = σ′(h₂)·x² — „ä“ 日本") == "∂E/∂w3 = σ′(h₂)·x² — „ä“ 日本"
    assert (clean(":::"), clean("##[x]"), clean("::x")) == (r":\:\:", r"##\[x]", r":\:x")
    assert (shorten("abcd", 4), shorten("abcde", 4)) == ("abcd", "abc…")


def test_visible_text_keeps_apart_what_clean_text_makes_a_space():
    assert visible("a\n\tb\xa0c\x1b") == r"a\n\tb\xa0c\x1b"
    assert clean("a\n\tb\xa0c\x1b") == r"a  b c\x1b"


@pytest.mark.parametrize("command", ["##[error]x", "###[group]x", "##vso[task.setvariable variable=x]y"])
def test_no_build_log_takes_text_as_a_command(command: str):
    for shown in (visible(command), clean(command)):
        assert "##[" not in shown
        assert "##vso[" not in shown
        assert shown.replace("\\", "") == command


def test_code_is_shown_as_it_is():
    text = "a|b`c`*d*_e_ <b>&amp; www.example.org @f #1 [g](h) 1.5"
    assert "|" not in code_element(text)
    (inline,) = (token for token in MarkdownIt().parse(code_element(text)) if token.type == "inline")
    assert "".join(token.content for token in inline.children if token.type != "html_inline") == text
    assert code_element("") == ""
