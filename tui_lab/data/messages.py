"""Building messages: counts, quoted names, and shortening long lists of similar messages."""

import re
from collections import Counter
from collections.abc import Iterable
from shlex import quote

from tui_lab.safe import safe

_SAYS = re.compile(r" \(change it with --[^()]*\)")
_MOST = 10
_LONGEST = 300
_VARIES = re.compile(r"""--data (?:\$?'[^']*'|\S+)|'[^']*'|"[^"]*"|\d[\d,.]*""")
"""The parts in which messages of one kind differ: names, cells, numbers."""


def counted(count: int, one: str, many: str) -> str:
    """`1 file is`, `1,200 files are`: a count with the words that follow it."""
    return f"{count:,} {one if count == 1 else many}"


def named(value: object, limit: int = 60) -> str:
    """A name or a cell in quotes, made safe."""
    text = safe(value, limit)
    return f'"{text}"' if "'" in text else f"'{text}'"


def flag(setting: str, value: str) -> str:
    """A `--data` flag, quoted for the shell if needed."""
    text = f"{setting}={value}"
    if text.isprintable() or len(text) > _LONGEST:
        text = safe(text, _LONGEST)
        return f"--data {quote(text)}"
    return f"--data $'{''.join(map(_escaped, text))}'"


def _escaped(char: str) -> str:
    """A character as bash writes it between `$'` and `'`."""
    if char in "\\'":
        return f"\\{char}"
    if char.isprintable() or char in "\n\t\r":
        return safe(char)
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def few(sentences: Iterable[str], shown: str) -> list[str]:
    """The sentences; of those that differ only in names and numbers, the first ten and how many more."""
    kept: list[str] = []
    kinds: Counter[str] = Counter()
    last: dict[str, int] = {}
    for sentence in sentences:
        kind = _VARIES.sub("", sentence)
        kinds[kind] += 1
        if kinds[kind] <= _MOST:
            last[kind] = len(kept)
            kept.append(sentence)
    more = {place: kinds[kind] - _MOST for kind, place in last.items() if kinds[kind] > _MOST}
    said: list[str] = []
    for place, sentence in enumerate(kept):
        said.append(sentence)
        if place in more:
            said.append(f"{shown}: and {more[place]:,} more like this")
    return said


def in_short(sentences: Iterable[str], file: str) -> tuple[str, ...]:
    """Sentences about one file, without its name in front."""
    return tuple(sentence.removeprefix(f"{safe(file, 300)}: ") for sentence in sentences)


def to_keep(sentences: Iterable[str], file: str) -> str:
    """Automatic choices as one text for a preset: without the file name and command-line flags."""
    plain = [_SAYS.sub("", sentence) for sentence in in_short(sentences, file)]
    return " ".join(sentence[:1].upper() + sentence[1:] for sentence in plain)
