"""The keys of the lab, each once: bindings, footer, help screen, command palette and docs come from here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

from tui_lab.tui.text import Line, Span, width_of

Place = Literal["lab", "presets", "chart", "hyperparameters", "ledger", "editor"]
When = Literal["always", "rest", "busy", "going", "paused", "live", "shown", "draft"]
"""`rest` while nothing trains, `busy` while something does: `going` or `paused`. `live` once it can be
steered. `shown` while a run is on the screen, `draft` while a fork is being thought of."""


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the table.

    `keys` are Textual's names of them; `{key}` in `action` stands for the one pressed. `cap` is what the
    screen calls the key, `label` what it does, in a word or two, `help` in a sentence. `place` is where
    it works, `lab` being everywhere but in a text field. `rank`: where the footer has little room
    the largest go first; a key without one is never in it. `command` names it in the command palette.
    """

    keys: str
    cap: str
    action: str
    label: str
    help: str
    place: Place = "lab"
    when: When = "always"
    rank: int | None = None
    command: str = ""

    def bindings(self) -> Iterator[Binding]:
        """One binding for each key.

        They have priority: a slow line sends several keys at once, and without it each would only be
        heeded after it had travelled up from the widget that had the focus when it came.
        """
        first = self.place != "editor"  # there the field keeps keys and letters in order itself
        for key in self.keys.split(","):
            yield Binding(key, self.action.format(key=key), self.label, show=False, priority=first)


KEYS: tuple[Key, ...] = (
    Key(
        "t", "t", "train", "train",
        "Train with the preset and the hyperparameters as they stand.",
        when="rest", rank=0, command="Train",
    ),
    Key(
        "x", "x", "stop", "stop",
        "Stop after the step at hand; the best epoch is still tested, and the run is kept.",
        when="busy", rank=0, command="Stop",
    ),
    Key(
        "space", "space", "pause", "pause", "Pause after the step at hand.",
        when="going", rank=3, command="Pause",
    ),
    Key(
        "space", "space", "pause", "go on", "Go on training.",
        when="paused", rank=0, command="Go on",
    ),
    Key(
        "full_stop", ".", "advance('step')", "one step",
        "Make one step and pause; what it did to each layer is shown. At rest it begins a run.",
        rank=6, command="One step",
    ),
    Key(
        "greater_than_sign", ">", "advance('epoch')", "one epoch",
        "Finish the epoch, validate, and pause. At rest it begins a run.",
        rank=7, command="One epoch",
    ),
    Key(
        "u", "u", "undo", "undo",
        "Take back the last edit: weights, optimizer and random numbers are those just before it.",
        when="live", rank=4, command="Undo the last edit",
    ),
    Key(
        "f", "f", "fork", "fork",
        "A new run that begins where this one is, with other hyperparameters.",
        when="shown", rank=5, command="Fork",
    ),
    Key("t", "t", "train", "begin the fork", "Begin the fork.", when="draft", rank=0),
    Key("escape", "esc", "drop_fork", "drop it", "Think no more of the fork.", when="draft", rank=0),
    Key(
        "up,down", "↑↓", "move('{key}')", "choose", "Choose a preset.",
        "presets", rank=2,
    ),
    Key(
        "enter", "⏎", "take", "use it",
        "Use the chosen preset. What was changed of the others is kept.",
        "presets", rank=1,
    ),
    Key(
        "up,down", "↑↓", "move('{key}')", "choose", "Choose a hyperparameter.",
        "hyperparameters", rank=2,
    ),
    Key(
        "left,right", "←→", "notch('{key}')", "change", "Change the value by one notch.",
        "hyperparameters", rank=2,
    ),
    Key("enter", "⏎", "type", "type", "Type a value.", "hyperparameters", rank=2),
    Key(
        "d,backspace,delete", "d", "reset", "reset",
        "Back to the preset's value (Backspace and Delete, too).",
        "hyperparameters", rank=6,
    ),
    Key("enter", "⏎", "submit", "apply", "Check and apply what was typed.", "editor", rank=0),
    Key("escape", "esc", "leave", "leave", "Leave the field; the value stays.", "editor", rank=0),
    Key(
        "tab,shift+tab",
        "tab",
        "screen.next_pane('{key}')",
        "apply, next pane",
        "Apply, and on to the next pane.",
        "editor",
        rank=1,
    ),
    Key(
        "home,end", "home end", "move('{key}')", "ends", "To the first or the last line.",
        "presets",
    ),
    Key(
        "home,end", "home end", "move('{key}')", "ends", "To the first or the last line.",
        "hyperparameters",
    ),
    Key(
        "j", "j", "export", "JSON",
        "Write the run on the screen as JSON into the current folder.",
        when="shown", rank=4, command="Export as JSON",
    ),
    Key(
        "l", "l", "log_y", "log y", "The loss axis in decades, and back.",
        when="shown", rank=5, command="Logarithmic loss axis",
    ),
    Key(
        "1,2,3,4", "1-4", "pane({key})", "panes", "Presets, chart, hyperparameters, ledger.",
        rank=3,
    ),
    Key("tab,shift+tab", "tab", "next_pane('{key}')", "next pane", "To the next pane, and back."),
    Key(
        "pageup,pagedown", "pgup pgdn", "page('{key}')", "read on",
        "Scroll the text of the pane: about a preset, the help, the messages.",
        rank=8,
    ),
    Key(
        "question_mark", "?", "help", "help", "This page.",
        rank=1, command="Help",
    ),
    Key(
        "ctrl+p", "ctrl+p", "app.command_palette", "commands", "Search for a command, or a theme.",
        rank=7,
    ),
    Key(
        "q", "q", "app.quit", "quit",
        "Leave; a run that trains is left training or stopped, as you say then.",
        rank=1, command="Quit",
    ),
)  # fmt: skip


def bindings(place: Place) -> list[Binding]:
    """The bindings of one place."""
    return [binding for key in KEYS if key.place == place for binding in key.bindings()]


def footer(place: Place, conditions: frozenset[When], width: int) -> Line:
    """The keys that work now, as many as fit, the important ones first."""
    places = {place} if place == "editor" else {place, "lab"}
    now = [key for key in KEYS if key.place in places and key.when in conditions and key.rank is not None]
    for rank in sorted({key.rank or 0 for key in now}, reverse=True):
        spans = _caps(now)
        if width_of(spans) <= width:
            return spans
        now = [key for key in now if (key.rank or 0) < rank]
    return ()


def _caps(keys: list[Key]) -> Line:
    spans: list[Span] = []
    for key in keys:
        spans += [("   " if spans else "", ""), (key.cap, "key"), (f" {key.label}", "dim")]
    return tuple(spans)
