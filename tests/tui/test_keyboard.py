"""Bytes of a terminal: what is a key comes through, what is none is dropped, and nothing raises."""

import random

import pytest
from textual.events import Key, MouseDown, Paste

from tui_lab.tui.terminal.keyboard import OPEN_PASTE_S, Keyboard


class Typist:
    """A keyboard, and a clock that moves when it is told to."""

    now = 0.0

    def __init__(self) -> None:
        self.keyboard = Keyboard(lambda: Typist.now)

    def type(self, *pieces: bytes) -> list[str]:
        return [heard(message) for piece in pieces for message in self.keyboard.feed(piece)]

    def wait(self, seconds: float) -> list[str]:
        Typist.now += seconds
        return [heard(message) for message in self.keyboard.tick()]


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual._parser.get_time", lambda: Typist.now)


def heard(message: object) -> str:
    if isinstance(message, Key):
        return message.key
    return f"paste {message.text}" if isinstance(message, Paste) else type(message).__name__


@pytest.mark.parametrize(
    "dropped",
    [
        b"\xe9",  # e acute of Latin-1, or 8-bit Meta-i
        bytes(range(0x80, 0xC0)),
        b"\xff\xfe\xfd",
        b"\xc3",  # the first half of a letter
        b"\xed\xa0\x80",  # half of a surrogate pair
        b"\x1b[55296u",  # the same in the keyboard protocol of kitty
        b"\x1b[M \xf0\xff",  # an old mouse report, beyond column 95
        b"\x1b[99999999999u",  # no character has this number
        b"\x1b[97;1:1u",  # Textual's parser fails on the colon
    ],
)
def test_what_is_no_key_is_dropped_and_the_next_key_counts(dropped: bytes) -> None:
    typist = Typist()
    assert typist.type(b"r" + dropped + b"t") == ["r", "t"]
    assert typist.type(b"x") == ["x"]


def test_an_old_mouse_report_in_pieces_takes_no_key_with_it() -> None:
    typist = Typist()
    assert typist.type(b"\x1b", b"[", b"M", b"!", b"\xff", b"\xffq", b"t") == ["q", "t"]


def test_what_only_begins_like_one_leaves_the_later_keys_alone() -> None:
    typist = Typist()
    typist.type(b"\x1b[M")
    typist.wait(0.5)
    assert typist.type(b"t") == ["t"]


def test_keys_of_more_than_one_byte_come_whole_however_they_are_cut() -> None:
    text = "äß€😀".encode() + b"\x1b[A\x1b[1;5C"
    whole = Typist().type(text)
    assert whole[-2:] == ["up", "ctrl+right"]
    assert len(whole) == 6
    assert Typist().type(*(bytes([byte]) for byte in text)) == whole


def test_a_line_feed_is_enter_but_stays_one_in_a_paste() -> None:
    typist = Typist()
    assert typist.type(b"\n") == ["enter"], "typed before the terminal was in raw mode"
    assert typist.type(b"\x1b[200~a\nb\x1b[201~") == ["paste a\nb"]


def test_a_binary_paste_keeps_what_is_text() -> None:
    assert Typist().type(b"\x1b[200~0\xff.\xc05\x1b[201~", b"t") == ["paste 0.5", "t"]


def test_a_paste_without_an_end_does_not_swallow_the_keyboard() -> None:
    typist = Typist()
    assert typist.type(b"\x1b[200~0.5") == []
    assert typist.wait(OPEN_PASTE_S / 2) == []
    assert typist.wait(OPEN_PASTE_S) == ["paste 0.5"]
    assert typist.type(b"x") == ["x"]


@pytest.mark.parametrize(("way_out", "key"), [(b"\x1b", "escape"), (b"\x03", "ctrl+c")])
def test_nobody_has_to_wait_for_the_end_of_a_paste(way_out: bytes, key: str) -> None:
    typist = Typist()
    typist.type(b"\x1b[200~0.5")
    heard_at_once = typist.type(way_out)
    assert heard_at_once + typist.wait(0.5) == ["paste 0.5", key]
    assert typist.type(b"q") == ["q"]


def test_a_paste_brings_no_escape_sequence_to_the_screen() -> None:
    *_, pasted = Typist().type(b"\x1b[200~a\x1b[31mb\xc2\x9bc\td\x07\x1b[201~")
    assert pasted.startswith("paste a")
    assert pasted.endswith("bc\td")
    assert pasted.replace("\t", "").isprintable()


def test_a_mouse_that_tells_its_place_in_text_is_heard() -> None:
    (message,) = Keyboard().feed(b"\x1b[<0;150;7M")
    assert isinstance(message, MouseDown)
    assert (message.x, message.y) == (149, 6)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_nothing_raises_and_keys_still_count(seed: int) -> None:
    draw = random.Random(seed)
    typist = Typist()
    pieces = [b"\x1b[", b"\x1b[M", b"\x1b[<", b"\x1b[200~", b"\x1b[201~", b";", b"u", b"~", b"\x1bO", b"9"]
    for _ in range(3_000):
        typist.type(draw.choice(pieces) if draw.random() < 0.5 else draw.randbytes(draw.randint(1, 6)))
        typist.wait(draw.choice((0.0, 0.0, 0.01, 0.3)))
    for _ in range(3):
        typist.wait(OPEN_PASTE_S + 1)
    assert typist.type(b"q")[-1] == "q"
