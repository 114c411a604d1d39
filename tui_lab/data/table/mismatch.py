"""Why the values of a column differ from those in training: most likely the way they are written."""

import re
from collections.abc import Callable, Iterable, Sequence

from tui_lab.data.messages import named

_SPACE = re.compile(r"[\s\u00a0_\-.]+")


def _number(text: str) -> str:
    """A number in normalised form: `1,50`, `1.5` and `01.5` are the same."""
    try:
        return repr(float(text.replace(",", ".")))
    except ValueError:
        return text


def _unpacked(text: str) -> str:
    """UTF-8 that was read as Latin-1 or Windows-1252."""
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def _unquoted(text: str) -> str:
    return text.strip("\"'`‘’“”„ ")


def _first_cell(text: str) -> str:
    return _unquoted(re.split(r"[;\t|]", text, maxsplit=1)[0])


_CAUSES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("upper and lower case", str.casefold),
    ("spaces, hyphens or underscores", lambda text: _SPACE.sub("", text)),
    ("how the number is written, such as its decimal sign", _number),
    ("quotes", _unquoted),
    ("the encoding (name it with --data encoding=...)", _unpacked),
    ("case and spaces", lambda text: _SPACE.sub("", text).casefold()),
    ("the delimiter (name it with --data delimiter=...)", _first_cell),
)
"""How two spellings of a value can differ, and what makes them the same; the likeliest first."""


def likely_cause(unknown: Iterable[str], known: Sequence[str]) -> str:
    """How most of these values differ from known ones, with an example; empty if nothing explains it."""
    values = list(dict.fromkeys(unknown))[:1000]
    for cause, same in _CAUSES:
        places = {same(text): text for text in known}
        fitting = [text for text in values if same(text) in places]
        if values and len(fitting) > len(values) / 2:
            example = places[same(fitting[0])]
            return f"{named(fitting[0], 40)} differs from {named(example, 40)} in {cause}"
    return ""
