"""From the bytes of a terminal to Textual's messages: what is no key is dropped, whatever it is."""

from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from time import monotonic

from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.constants import ESCAPE_DELAY
from textual.events import Key
from textual.message import Message

OPEN_PASTE_S = 2.0
"""A paste whose end has not come after this long without a byte is taken for complete."""
_OLD_MOUSE = b"\x1b[M"
_FILLER = ord("!")


class Keyboard:
    """Decodes what was typed, pasted, or reported by the terminal. Nothing that comes raises.

    Dropped are bytes that are not UTF-8 (a Latin-1 keyboard, 8-bit Meta, a binary paste), mouse reports
    of the oldest kind (three raw bytes: beyond column 95 they are no text), halves of surrogate pairs, and
    whatever Textual's parser fails on.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._decode = getincrementaldecoder("utf-8")("ignore").decode
        self._parser = XTermParser()
        self._mouse = _OldMouse()
        self._last_s = clock()
        self._tail = ""
        self._pasting = False

    def feed(self, data: bytes) -> list[Message]:
        """What these bytes, after those before, amount to."""
        now = self._clock()
        if now - self._last_s > ESCAPE_DELAY:
            self._mouse.forget()
        self._last_s = now
        return self._parse(self._decode(self._mouse.blanked(data)))

    def tick(self) -> list[Message]:
        """What has become clear because nothing came: to be called about ten times a second."""
        if self._pasting and self._clock() - self._last_s > OPEN_PASTE_S:
            return self._parse(BRACKETED_PASTE_END)
        try:
            return _sound(self._parser.tick())
        except Exception:
            return self._begin_anew()

    def _parse(self, text: str) -> list[Message]:
        messages: list[Message] = []
        for char in text:
            self._follow_paste(char)
            # Outside a paste a line feed is Enter: so it comes from a terminal that was not yet in raw mode.
            typed = "\r" if char == "\n" and not self._pasting else char
            try:
                messages += _sound(self._parser.feed(typed))
            except Exception:
                messages += self._begin_anew()
        return messages

    def _follow_paste(self, char: str) -> None:
        self._tail = (self._tail + char)[-len(BRACKETED_PASTE_END) :]
        if self._tail == BRACKETED_PASTE_START:
            self._pasting = True
        elif self._tail == BRACKETED_PASTE_END:
            self._pasting = False

    def _begin_anew(self) -> list[Message]:
        """The parser cannot be used after it has raised. What it knows of the terminal goes to the next."""
        old, self._parser = self._parser, XTermParser()
        for name in ("last_x", "last_y", "mouse_pixels", "terminal_size", "terminal_pixel_size"):
            setattr(self._parser, name, getattr(old, name))
        self._pasting = False
        return []


class _OldMouse:
    """Blanks out the three raw bytes after `ESC [ M`, which may come in pieces."""

    def __init__(self) -> None:
        self._seen = 0

    def forget(self) -> None:
        """What came so far was no mouse report."""
        self._seen = 0

    def blanked(self, data: bytes) -> bytes:
        """The same bytes, with harmless ones for a position that may be no text."""
        if self._seen == 0 and b"\x1b" not in data:
            return data
        kept = bytearray(data)
        for place, byte in enumerate(data):
            if self._seen >= len(_OLD_MOUSE):
                kept[place] = _FILLER
                self._seen = (self._seen + 1) % (len(_OLD_MOUSE) + 3)
            elif byte == _OLD_MOUSE[self._seen]:
                self._seen += 1
            else:
                self._seen = int(byte == _OLD_MOUSE[0])
        return bytes(kept)


def _sound(messages: Iterable[Message]) -> list[Message]:
    return [message for message in messages if not _half(message)]


def _half(message: Message) -> bool:
    """Whether it is a key whose character is no character."""
    return isinstance(message, Key) and any("\ud800" <= c <= "\udfff" for c in message.character or "")
