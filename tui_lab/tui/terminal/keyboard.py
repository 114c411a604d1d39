"""From the bytes of a terminal to Textual's messages; anything that is not a key is dropped."""

from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from time import monotonic

from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser
from textual.constants import ESCAPE_DELAY
from textual.events import Key
from textual.message import Message

OPEN_PASTE_S = 2.0
"""A paste without an end marker is taken as complete after this long without a byte."""
_WAY_OUT = (b"\x1b", b"\x03")
"""Escape or Ctrl+C, arriving alone during a paste without an end: the user wants out."""
_CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"}
_OLD_MOUSE = b"\x1b[M"
_FILLER = ord("!")


class Keyboard:
    """Decodes typed keys, pastes and reports of the terminal. Never raises.

    It drops bytes that are not UTF-8 (a Latin-1 keyboard, 8-bit Meta, a binary paste), X10 mouse reports
    (three raw bytes, not valid text beyond column 95), halves of surrogate pairs, and anything on which
    Textual's parser fails.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._decode = getincrementaldecoder("utf-8")("ignore").decode
        self._parser = XTermParser()
        self._mouse = _OldMouse()
        self._last_s = clock()
        self._tail = ""
        self._pasted: list[str] = []
        self._pasting = False

    def feed(self, data: bytes) -> list[Message]:
        """Decode these bytes as the continuation of the previous ones."""
        now = self._clock()
        if now - self._last_s > ESCAPE_DELAY:
            self._mouse.forget()
        self._last_s = now
        if self._pasting and data in _WAY_OUT:
            return self._end_paste() + self._parse(data.decode())
        messages: list[Message] = []
        for char in self._decode(self._mouse.blanked(data)):
            self._tail = (self._tail + char)[-len(BRACKETED_PASTE_END) :]
            if self._pasting:
                self._pasted.append(char)
                if self._tail == BRACKETED_PASTE_END:
                    del self._pasted[-len(BRACKETED_PASTE_END) :]
                    messages += self._end_paste()
                continue
            # A line feed is Enter, from a terminal that was not yet in raw mode.
            messages += self._parse("\r" if char == "\n" else char)
            self._pasting = self._tail == BRACKETED_PASTE_START
        return messages

    def tick(self) -> list[Message]:
        """Decode what is complete because nothing followed. Call this about ten times a second."""
        if self._pasting and self._clock() - self._last_s > OPEN_PASTE_S:
            return self._end_paste()
        try:
            return _sound(self._parser.tick())
        except Exception:
            return self._begin_anew()

    def _end_paste(self) -> list[Message]:
        """Parse the paste as a whole: the parser would take an escape sequence in it for its end."""
        text = "".join(self._pasted).translate(_CONTROLS)
        self._pasted, self._pasting = [], False
        return self._parse(text + BRACKETED_PASTE_END)

    def _parse(self, text: str) -> list[Message]:
        messages: list[Message] = []
        for char in text:
            try:
                messages += _sound(self._parser.feed(char))
            except Exception:
                messages += self._begin_anew()
        return messages

    def _begin_anew(self) -> list[Message]:
        """Replace a parser that raised and is unusable; keep what it knows about the terminal."""
        old, self._parser = self._parser, XTermParser()
        for name in ("last_x", "last_y", "mouse_pixels", "terminal_size", "terminal_pixel_size"):
            setattr(self._parser, name, getattr(old, name))
        return []


class _OldMouse:
    """Blanks out the three raw bytes after `ESC [ M`, which may arrive in pieces."""

    def __init__(self) -> None:
        self._seen = 0

    def forget(self) -> None:
        """Start over: the bytes so far were not a mouse report."""
        self._seen = 0

    def blanked(self, data: bytes) -> bytes:
        """The same bytes, with harmless ones in place of a position, which may not be valid text."""
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
    """Whether it is a key with half a surrogate pair."""
    return isinstance(message, Key) and any("\ud800" <= c <= "\udfff" for c in message.character or "")
