"""Lines of text as plain data, from which the panes are made.

A line is a tuple of spans; a span is a text with the name of a style (see `theme.STYLES`). There is no
markup, so brackets in a title stay brackets. `line`, `cut`, `fill` and `wrap` make a text safe: what is
measured is what is shown.
"""

from collections.abc import Iterable, Sequence
from itertools import takewhile

from rich.cells import cell_len, set_cell_size

from tui_lab.safe import LONGEST, safe, sentence

Span = tuple[str, str]
Line = tuple[Span, ...]


def line(*spans: str | Span) -> Line:
    """A line from spans; a bare text gets the plain style."""
    pairs = ((span, "") if isinstance(span, str) else span for span in spans)
    return tuple((safe(text, LONGEST), style) for text, style in pairs)


def width_of(spans: Iterable[Span]) -> int:
    """The width of a line in cells; a wide character takes two."""
    return sum(cell_len(text) for text, _ in spans)


def cut(text: str, width: int) -> str:
    """A text in at most `width` cells, ending in `…` if it was cut."""
    text = safe(text, LONGEST)
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def tell_apart(texts: Iterable[str], width: int) -> dict[str, str]:
    """Each of some texts in at most `width` cells, by the text.

    Where several would be cut to the same, the middle of what they have in common is left out instead.
    """
    groups: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        groups.setdefault(cut(text, width), []).append(text)
    found: dict[str, str] = {}
    for shown, group in groups.items():
        if len(group) == 1:
            found[group[0]] = shown
            continue
        pairs = zip(min(group), max(group), strict=False)  # what these two have in common, all have
        start = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        word = max(min(group).rfind(sign, 0, start) + 1 for sign in " ,/")
        start = word if max(map(len, group)) - word < width - 1 else min(start, min(map(len, group)) - 1)
        for text in group:
            rest = cut(text[start:], max(1, width - 2))
            found[text] = cut(set_cell_size(text, max(0, width - 1 - cell_len(rest))) + "…" + rest, width)
        for same in {found[text] for text in group}:
            alike = [text for text in group if found[text] == same]
            found |= tell_apart(alike, width) if 1 < len(alike) < len(group) else {}
    return found


def fill(text: str, width: int) -> str:
    """A text in exactly `width` cells: cut, or padded on the right."""
    text = cut(text, width)
    return text + " " * (width - cell_len(text))


def apart(left: Line, right: Line, width: int) -> Line:
    """A line with `left` at its left and `right` at its right end; the left is cut if necessary."""
    room = width - width_of(right)
    gap = room - width_of(left)
    if gap < 1 and right:
        left, gap = clip(left, max(0, room - 1)), 1 if room > 0 else 0
        gap = room - width_of(left)
    return (*left, (" " * max(0, gap), ""), *right)


def clip(spans: Line, width: int) -> Line:
    """A line cut to `width` cells."""
    if width_of(spans) <= width:
        return spans
    kept: list[Span] = []
    for text, style in spans:
        room = width - width_of(kept)
        kept.append((cut(text, room), style))
        if cell_len(text) > room:
            break
    return tuple(span for span in kept if span[0])


def wrap(text: str, width: int, style: str = "", *, first: str = "", indent: str = "") -> list[Line]:
    """A text wrapped into lines of at most `width` cells; `first` is put before the first one.

    Further lines begin with `indent`, or with blanks as wide as `first`.
    """
    from textual.content import Content  # 0.2 s, which a chart in the shell does not need

    indent, text = indent or " " * cell_len(first), sentence(text)
    room = max(1, width - cell_len(indent))
    broken = [part.plain.rstrip() for part in Content(text).wrap(room)] if text else [""]
    return [line((indent if k else first, style), (part, style)) for k, part in enumerate(broken)]


def flow(items: Sequence[Line], width: int, gap: int = 2) -> list[Line]:
    """Items in columns of equal width, as many as fit."""
    if not items:
        return []
    column = max(width_of(item) for item in items) + gap
    each = max(1, (width + gap) // column)
    lines: list[Line] = []
    for start in range(0, len(items), each):
        spans: list[Span] = []
        for item in items[start : start + each]:
            spans += [*item, (" " * (column - width_of(item)), "")]
        lines.append(clip(tuple(spans[:-1]), width))
    return lines


def beside(left: Sequence[Line], right: Sequence[Line], left_width: int, gap: int = 2) -> list[Line]:
    """Two blocks side by side."""
    found: list[Line] = []
    for k in range(max(len(left), len(right))):
        first = left[k] if k < len(left) else ()
        rest = right[k] if k < len(right) else ()
        blank = " " * (left_width - width_of(first) + gap)
        found.append((*first, (blank, ""), *rest) if rest else tuple(first))
    return found


def window_of(place: int, count: int, seats: int) -> range:
    """Which of `count` rows to show in `seats` lines, so that `place` is among them, if possible in the
    middle.
    """
    first = max(0, min(place - seats // 2, count - seats))
    return range(first, min(count, first + seats))
