"""The gate through which strings from outside pass."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_lab.errors import LabError
from tui_lab.safe import LONGEST, safe, sentence

anything = st.text(st.characters(), max_size=400)  # lone surrogates included


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("\x1b[2J\x1b]0;x\x07", r"\x1b[2J\x1b]0;x\x07"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u2066a\u2069", r"\u2066a\u2069"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("\x9b31m", r"\x9b31m"),
        ("\x00", r"\x00"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\u200b\ufeff", r"\u200b\ufeff"),
        ("\ud800", r"\ud800"),
        ("caf\udce9", r"caf\udce9"),
        ("\ue000", r"\ue000"),
        ("[red]x[/x]", "[red]x[/x]"),
        ("../x", "../x"),
        ("-rf", "-rf"),
        ("", ""),
        ("é 😀 日本 العربية", "é 😀 日本 العربية"),
        ("a\u00a0b", "a\u00a0b"),
        (7, "7"),
        (None, "None"),
    ],
)
def test_what_a_terminal_would_act_on_is_shown(given_text: object, shown: str) -> None:
    assert safe(given_text) == shown


@given(anything, st.integers(1, 300))
def test_one_line_of_printable_text_no_longer_than_allowed(text: str, limit: int) -> None:
    shown = safe(text, limit)
    assert len(shown) <= limit
    assert not any(unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" for c in shown)
    shown.encode("utf-8")


@given(st.text(st.characters(categories=("L", "N", "P", "S")), max_size=200))
def test_ordinary_text_passes_unchanged(text: str) -> None:
    assert safe(text) == text


def test_three_hundred_characters_are_cut_with_a_sign() -> None:
    assert safe("x" * 300) == "x" * 199 + "…"
    assert safe("x" * 200) == "x" * 200
    assert safe("\x1b" * 60, 100) == (r"\x1b" * 60)[:99] + "…"


def test_a_long_sentence_keeps_its_place_and_its_way_out() -> None:
    shown = sentence("t.csv: no column '" + "x" * 10_000 + "'; choose another")
    assert len(shown) == LONGEST
    assert shown.startswith("t.csv: no column 'xxx") and shown.endswith("xxx'; choose another")
    assert "xxx…xxx" in shown
    assert len(sentence("\x1b" * 10_000)) == LONGEST


def test_the_problems_of_an_error_stay_lines_and_each_is_safe() -> None:
    error = LabError(["a\x1b", "b\r\nc"])
    assert str(error) == "a\\x1b\nb\\r\\nc"
    assert str(LabError(error.problems)) == str(error), "twice does no harm"
