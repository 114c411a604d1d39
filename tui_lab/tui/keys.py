"""All keys, each once: bindings, footer, help screen, command palette and docs come from here."""

from textual.binding import Binding

from tui_lab.tui.key import APART, Key, Place, When
from tui_lab.tui.lab_keys import LAB_KEYS
from tui_lab.tui.screen_keys import SCREEN_KEYS
from tui_lab.tui.text import Line, Span, width_of

_NEVER = 100
KEYS: tuple[Key, ...] = (
    *LAB_KEYS,
    *SCREEN_KEYS,
    Key(
        "question_mark", "?", "help", "help", "The keys, how the lab works, and what the signs mean.",
        rank=1, command="Help", also=("runs", "compare", "layers", "table"),
    ),
    Key(
        "ctrl+p", "ctrl+p", "app.command_palette", "commands", "Search for a command, or a theme.",
        rank=7,
    ),
    Key(
        "q", "q", "app.quit", "quit",
        "Quit; while a run trains it asks whether to leave it training or to stop it (--on-quit decides).",
        rank=1, command="Quit", also=("runs", "compare", "layers", "table"),
    ),
    Key("enter", "⏎", "submit", "done", "Take what was typed.", "line", rank=0),
    Key("escape", "esc", "leave", "leave as it was", "Leave the line; all stays as it was.", "line", rank=0),
)  # fmt: skip


def bindings(place: Place) -> list[Binding]:
    """The bindings of one place."""
    return [binding for key in KEYS if place in (key.place, *key.also) for binding in key.bindings()]


def around(place: Place) -> list[Key]:
    """The keys that work in a place."""
    if place in APART:
        return [key for key in KEYS if place in (key.place, *key.also)]
    return [key for key in KEYS if key.place in (place, "lab")]


def footer(place: Place, conditions: frozenset[When], width: int) -> Line:
    """The keys that work now, in the order of the table; the important ones get room first."""
    now = [key for key in around(place) if key.when in conditions and _rank(key, place) < _NEVER]
    kept: list[Key] = []
    for key in sorted(now, key=lambda key: _rank(key, place)):
        more = [*kept, key]
        if width_of(_caps(more)) <= width:
            kept = more
    return _caps([key for key in now if key in kept])


def _rank(key: Key, place: Place) -> int:
    """Keys that a place has from elsewhere come after its own."""
    rank = _NEVER if key.rank is None else key.rank
    return rank + 10 if place in key.also else rank


def _caps(keys: list[Key]) -> Line:
    spans: list[Span] = []
    for key in keys:
        spans += [("   " if spans else "", ""), (key.cap, "key"), (f" {key.label}", "dim")]
    return tuple(spans)
