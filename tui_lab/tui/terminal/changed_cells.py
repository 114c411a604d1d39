"""Sending only the cells that differ from what the terminal shows, in few bytes.

Textual sends the rows of a changed region whole, and all colours with every piece: a noisy chart at 120x40,
drawn four times a second, took 230 kB a second, five sixths of them colours; this takes 18.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

_OFF = {
    "1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "6": "25", "7": "27", "8": "28", "9": "29",
    "21": "24", "51": "54", "52": "54", "53": "55",
}  # fmt: skip
"""The code that ends an attribute, by the code that begins it."""
_ON_BLANKS = frozenset({"4", "5", "6", "7", "9", "21", "51", "52", "53"})
"""Attributes that are seen on a blank: underlined, reversed and so on."""
_NARROW = re.compile(
    "[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u0384-\u0386\u0388-\u038a\u038e-\u03a1\u03a3-\u03ff"
    "\u0400-\u0482\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2100-\u2123\u2190-\u22ff"
    "\u2500-\u25fc\u25ff\u2605\u2606\u2713\u2717\u2800-\u28ff]*"
)
"""Texts of which each character takes one cell in every terminal, as far as Textual's layout relies on it."""
_BRIDGED = 2
"""Unchanged cells between two changed ones that are sent rather than skipped: skipping takes four bytes."""


class _Look(NamedTuple):
    """How a cell looks, in codes of SGR; `foreground` is None where it does not matter: on a blank."""

    attributes: frozenset[str] = frozenset()
    foreground: str | None = ""
    background: str = ""


_PLAIN = _Look()
_WHOLE = _Look(frozenset({"whole"}))
"""The cells of a piece that is sent whole, if at all, because its characters may be wider than a cell."""
Row = tuple[list[str], list[_Look | None]]
"""What is in the cells of a row, and how it looks; None where that is not known."""


class SentCells:
    """What the terminal shows, as far as it is known."""

    def __init__(self) -> None:
        self._rows: dict[int, Row] = {}

    def changes(self, update: Any) -> Any:
        """In place of an update of Textual's, one that sends less; anything else as it is."""
        return _Changes(self, update) if isinstance(update, ChopsUpdate | LayoutUpdate) else update

    def sequence(self, update: ChopsUpdate | LayoutUpdate, console: Console) -> str:
        """What to send. A layout of the whole screen is sent whole: the terminal may show anything."""
        if isinstance(update, LayoutUpdate):
            self._rows.clear()
        sent = _Sent()
        for x, y, strip in _pieces(update):
            self._paint(sent, x, y, strip, console)
        sent.look(_PLAIN)
        return "".join(sent.parts)

    def _paint(self, sent: "_Sent", x: int, y: int, strip: Strip, console: Console) -> None:
        end = x + strip.cell_length
        row = self._rows.setdefault(y, ([], []))
        known = row[1]
        if len(known) < end:
            row[0].extend([""] * (end - len(known)))
            known.extend([None] * (end - len(known)))
        cells = _cells(strip, console)
        new = cells or ([strip.render(console)] * (end - x), [_WHOLE] * (end - x))
        old = row[0][x:end], known[x:end]
        if old == new:
            return
        row[0][x:end], known[x:end] = new
        if cells is None:
            sent.look(_PLAIN)
            sent.parts += (f"\x1b[{y + 1};{x + 1}H", strip.render(console))
        else:
            sent.row(x, y, old, new)


class _Sent:
    """What is sent so far, and how what is written next would look."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._now = self._last = _PLAIN

    def look(self, look: _Look) -> None:
        """From here on, cells look like that."""
        self._last = look
        codes, self._now = _turned(self._now, look)
        if codes:
            self.parts.append(codes)

    def row(self, x: int, y: int, old: Row, new: Row) -> None:
        """Send the cells of a row that changed; it begins in column `x`."""
        parts, (chars, looks) = self.parts, new
        cells = enumerate(zip(*old, chars, looks, strict=True))
        changed = [
            k for k, (char, look, new_char, new_look) in cells if look is not new_look or char != new_char
        ]
        at = -1
        for k in changed:
            if at < 0:
                parts.append(f"\x1b[{y + 1};{x + k + 1}H")
            elif at < k <= at + _BRIDGED and all(look is self._last for look in looks[at:k]):
                parts.extend(chars[at:k])
            elif at < k:
                parts.append(f"\x1b[{k - at}C")
            look = looks[k]
            if look is not self._last and look is not None:
                self.look(look)
            parts.append(chars[k])
            at = k + 1


class _Changes(CompositorUpdate):
    """An update of which only what differs is sent, found out when it is: Textual may drop an update."""

    def __init__(self, shown: SentCells, update: ChopsUpdate | LayoutUpdate) -> None:
        self._shown, self._update = shown, update

    def render_segments(self, console: Console) -> str:
        return self._shown.sequence(self._update, console)


def _pieces(update: ChopsUpdate | LayoutUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Column, row and content of all pieces of an update."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in line:
                yield x, y, strip
                x += strip.cell_length
        return
    for y, first, last in update.spans:
        for end, (x, part) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if part is not None and x < last and end > first:
                yield x, y, part if end <= last else part.crop(0, last - x)


def _cells(strip: Strip, console: Console) -> Row | None:
    """The cells of a piece; None if a character in it may be wider or narrower than a cell."""
    chars: list[str] = []
    looks: list[_Look | None] = []
    for text, style, control in strip:
        if control:
            continue
        if not (text.isascii() and text.isprintable()) and not _NARROW.fullmatch(text):
            return None
        look, blank = _looks(_codes(style, console))
        chars.extend(text)
        if " " not in text:
            looks.extend([look] * len(text))
        else:
            looks.extend([blank if char == " " else look for char in text])
    return chars, looks


def _codes(style: Style | None, console: Console) -> str:
    if style is None:
        return ""
    if style._ansi is None:
        Strip.render_ansi(style, console._color_system or ColorSystem.TRUECOLOR)  # keeps it in the style
    return style._ansi or ""


@lru_cache(maxsize=4096)
def _looks(codes: str) -> tuple[_Look, _Look]:
    """The look that SGR codes make, and that of a blank."""
    attributes: set[str] = set()
    ground = {"3": "", "4": ""}
    rest = iter(codes.split(";") if codes else ())
    for code in rest:
        if code in ("38", "48"):
            kind = next(rest)
            ground[code[0]] = ";".join([code, kind, *(next(rest) for _ in range(3 if kind == "2" else 1))])
        elif len(code) > 1 and code[:-1] in ("3", "9", "4", "10"):
            ground["3" if code[:-1] in ("3", "9") else "4"] = "" if code in ("39", "49") else code
        else:
            attributes.add(code)
    look = _one(_Look(frozenset(attributes), ground["3"], ground["4"]))
    return look, look if attributes & _ON_BLANKS else _one(_Look(frozenset(), None, ground["4"]))


@lru_cache(maxsize=4096)
def _one(look: _Look) -> _Look:
    """Equal looks are the same object, so that cells are compared fast."""
    return look


@lru_cache(maxsize=4096)
def _turned(now: _Look, look: _Look) -> tuple[str, _Look]:
    """What turns one look into another, and how it looks then."""
    if look.foreground is None:
        look = _Look(now.attributes - _ON_BLANKS, now.foreground, look.background)
    if look == _PLAIN:
        return ("\x1b[m" if now != _PLAIN else ""), _PLAIN
    ended = {_OFF[code] for code in now.attributes - look.attributes}
    begun = {code for code in look.attributes if code not in now.attributes or _OFF[code] in ended}
    codes = [*sorted(ended), *sorted(begun)]
    if look.foreground != now.foreground:
        codes.append(look.foreground or "39")
    if look.background != now.background:
        codes.append(look.background or "49")
    return (f"\x1b[{';'.join(codes)}m" if codes else ""), _one(look)
