"""All keys, each once: bindings, footer, help screen, command palette and docs come from here."""

from functools import lru_cache
from typing import Literal, get_args

from textual.binding import Binding

from tui_lab.tui.keys.key import Key, When
from tui_lab.tui.keys.lab import LAB_KEYS, PaneName
from tui_lab.tui.keys.screens import SCREEN_KEYS
from tui_lab.tui.keys.sweep import SWEEP_KEYS
from tui_lab.tui.keys.sweeps import SWEEPS_KEYS
from tui_lab.tui.style.text import Line, Span, width_of

Apart = Literal[
    "editor", "runs", "compare", "line", "layers", "layer", "table", "evaluation", "over_time", "sweep",
    "sweep_form", "sweeps",
]  # fmt: skip
"""Places where only the lab's keys that name them (`also`) work."""
APART: frozenset[str] = frozenset(get_args(Apart))
Place = Literal["lab", PaneName, Apart]
SCREENS = ("runs", "compare", "layers", "table", "evaluation", "over_time", "sweep", "sweep_form", "sweeps")
"""The places that are a whole screen."""
_ALWAYS = 1
"""Keys that work everywhere, up to this rank, are shown before those of the place."""
KEYS: tuple[Key, ...] = (
    *LAB_KEYS,
    *SCREEN_KEYS,
    *SWEEP_KEYS,
    *SWEEPS_KEYS,
    Key(
        "question_mark", "?", "help", "help",
        "What is selected: meaning, formula, value here. Then all keys, how the lab works, and the symbols.",
        rank=1, command="Help", also=SCREENS,
    ),
    Key(
        "ctrl+l", "ctrl+l", "app.redraw", "redraw",
        "Draw the whole screen again, for example after a message of the system was written over it.",
        also=SCREENS,
    ),
    Key("ctrl+p", "ctrl+p", "app.command_palette", "commands", "Search the commands and themes.", rank=7),
    Key(
        "q", "q", "app.quit", "quit",
        "Quit. If a run is training, it asks whether to leave it running or stop it (or set --on-quit).",
        rank=1, command="Quit", also=SCREENS,
    ),
    Key("enter", "⏎", "submit", "done", "Confirm what you typed.", "line", rank=0),
    Key("escape", "esc", "leave", "cancel", "Cancel; nothing changes.", "line", rank=0),
)  # fmt: skip

if unknown := {place for key in KEYS for place in (key.place, *key.also)} - {*get_args(Place)}:
    raise ValueError(f"keys of unknown places: {', '.join(sorted(unknown))}")


def bindings(place: Place) -> list[Binding]:
    """The bindings of one place."""
    return [binding for key in KEYS if place in (key.place, *key.also) for binding in key.bindings()]


def around(place: Place) -> list[Key]:
    """The keys that work in a place."""
    if place in APART:
        return [key for key in KEYS if place in (key.place, *key.also)]
    return [key for key in KEYS if key.place in (place, "lab")]


@lru_cache
def footer(place: Place, conditions: frozenset[When], width: int, rows: int = 1) -> list[Line]:
    """The keys that work now, in at most `rows` rows: first those of the place, then others by importance.

    Room is reserved for the most important keys of the place, such as the way back, then for train or stop,
    help and quit.
    """
    now = [key for key in around(place) if key.when in conditions and key.rank is not None]
    own = [key for key in now if key.own(place)]
    rest = [key for key in now if not key.own(place)]
    always = [key for key in rest if key.rank is not None and key.rank <= _ALWAYS]
    gap = "   " if place in APART else "  "
    kept: list[Key] = []
    first = [key for key in own if _rank(key) == 0]
    for key in (*first, *always, *sorted(own, key=_rank), *sorted(rest, key=_rank)):
        more = [*kept, key]
        shown = _wrapped([other for other in (*own, *rest) if other in more], gap, width)
        if key not in kept and len(shown) <= rows and width_of(shown[-1]) <= width:
            kept = more
    return _wrapped([key for key in (*own, *rest) if key in kept], gap, width)


def _wrapped(keys: list[Key], gap: str, width: int) -> list[Line]:
    rows: list[list[Key]] = [[]]
    for key in keys:
        if rows[-1] and width_of(_caps([*rows[-1], key], gap)) > width:
            rows.append([])
        rows[-1].append(key)
    return [_caps(row, gap) for row in rows]


def _rank(key: Key) -> int:
    return key.rank or 0


def _caps(keys: list[Key], gap: str) -> Line:
    spans: list[Span] = []
    for key in keys:
        spans += [(gap if spans else "", ""), (key.cap, "key"), (f" {key.label}", "dim")]
    return tuple(spans)
