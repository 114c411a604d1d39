"""Sentences about data."""

import re
from collections.abc import Iterable

from tui_lab.safe import safe

_SAYS = re.compile(r" \(--[^()]* says another\)")


def counted(count: int, one: str, many: str) -> str:
    """`1 file is`, `1,200 files are`: a count with the words that follow it."""
    return f"{count:,} {one if count == 1 else many}"


def in_short(sentences: Iterable[str], file: str) -> tuple[str, ...]:
    """Sentences about one file without its name in front: a run has no other."""
    return tuple(sentence.removeprefix(f"{safe(file, 300)}: ") for sentence in sentences)


def to_keep(sentences: Iterable[str], file: str) -> str:
    """Guesses as one text for a preset: without the name of the file, and without the options of a shell."""
    plain = [_SAYS.sub("", sentence) for sentence in in_short(sentences, file)]
    return " ".join(sentence[:1].upper() + sentence[1:] for sentence in plain)
