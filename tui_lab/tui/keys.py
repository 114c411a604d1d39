"""The keys of the lab, each once: bindings, footer, help screen, command palette and docs come from here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

from tui_lab.tui.text import Line, Span, width_of

Place = Literal[
    "lab",
    "presets",
    "chart",
    "hyperparameters",
    "ledger",
    "editor",
    "runs",
    "compare",
    "line",
    "layers",
    "layer",
    "table",
]
_NEVER = 100
APART: frozenset[Place] = frozenset({"editor", "runs", "compare", "line", "layers", "layer", "table"})
"""Where the keys of the lab do not work, but for those that say so."""
When = Literal[
    "always",
    "rest",
    "busy",
    "going",
    "paused",
    "live",
    "shown",
    "draft",
    "moved",
    "images",
    "listed",
    "idle",
    "unfinished",
    "edited",
    "unedited",
    "refused",
    "ready",
    "setting",
    "column",
    "rows",
]
"""`rest` while nothing trains, `busy` while something does: `going` or `paused`. `live` once it can be
steered. `shown` while a run is on the screen, `draft` while a fork is being thought of,
`moved` while the chart is zoomed or has a cursor. `images` where the inputs of the run that goes on, or of
the next one, are images.

Of the run in focus in the list of runs: `listed` if there is one, `idle` if nobody trains it, `unfinished`
if it can go on. Of the layers: `listed` if there are any, `edited` once they were changed.
Of a table or a folder: `refused` if it cannot be read, `ready` if it can be trained on; a `setting` or a
`column` is in focus; `rows` once a table was read."""


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the table.

    `keys` are Textual's names of them; `{key}` in `action` stands for the one pressed. `cap` is what the
    screen calls the key, `label` what it does, in a word or two, `help` in a sentence. `place` is where
    it works, `lab` being everywhere but in a text field and on other screens; `also` are further places.
    `rank`: where the footer has little room the largest go first; a key without one is never in it.
    `command` names it in the command palette.
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
    also: tuple[Place, ...] = ()

    def bindings(self) -> Iterator[Binding]:
        """One binding for each key.

        They have priority: a slow line sends several keys at once, and without it each would only be
        heeded after it had travelled up from the widget that had the focus when it came.
        """
        first = self.place not in (
            "editor",
            "line",
            "layer",
        )  # there the field keeps keys and letters in order itself
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
    Key("escape", "esc", "back", "drop it", "Think no more of the fork.", when="draft", rank=0),
    Key("escape", "esc", "back", "whole chart", "Take zoom and cursor away.", when="moved", rank=2),
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
        "l", "l", "look('log_y')", "log y", "The y axis in decades, and back.",
        when="shown", rank=5, command="Logarithmic y axis", also=("compare",),
    ),
    Key(
        "L", "L", "look('log_x')", "log x", "The x axis in decades, and back.",
        when="shown", rank=14, command="Logarithmic x axis", also=("compare",),
    ),
    Key(
        "a", "a", "look('x')", "x axis", "x by epoch, by step, by seconds of training.",
        when="shown", rank=11, command="Another x axis", also=("compare",),
    ),
    Key(
        "m", "m", "look('metric')", "metric", "Draw the next of the recorded metrics instead of the loss.",
        when="shown", rank=9, command="Another metric", also=("compare",),
    ),
    Key(
        "s", "s", "look('smooth')", "smooth",
        "Smooth the curves (0.6, 0.9, 0.97, off); the raw ones stay dim behind them.",
        when="shown", rank=10, command="Smooth the curves", also=("compare",),
    ),
    Key(
        "o", "o", "look('clip')", "outliers", "Leave outliers out of the axis, with their number, and back.",
        when="shown", rank=13, command="Hide outliers", also=("compare",),
    ),
    Key(
        "plus,minus,equals_sign", "+-", "zoom('{key}')", "zoom",
        "Zoom in and out on x: about the cursor, or at the newest end.",
        when="shown", rank=12, also=("compare",),
    ),
    Key(
        "left_curly_bracket,right_curly_bracket", "{ }", "pan('{key}')", "pan",
        "Pan to the left and the right.",
        when="shown", also=("compare",),
    ),
    Key(
        "left_square_bracket,right_square_bracket", "[ ]", "point('{key}')", "cursor",
        "A cursor that reads every curve at its place.",
        when="shown", rank=12, also=("compare",),
    ),
    Key("0", "0", "look('all')", "all", "Take zoom and cursor away.", when="shown", also=("compare",)),
    Key(
        "1,2,3,4", "1-4", "pane({key})", "panes", "Presets, chart, hyperparameters, ledger.",
        rank=3,
    ),
    Key("tab,shift+tab", "tab", "next_pane('{key}')", "next pane", "To the next pane, and back."),
    Key(
        "r", "r", "app.runs", "runs", "The runs that were trained or are being trained.",
        rank=3, command="Runs",
    ),
    Key(
        "c", "c", "app.compare", "compare",
        "Compare the run with those marked in the list; else with its parent and forks, else with its like.",
        when="shown", rank=6, command="Compare runs",
    ),
    Key(
        "e", "e", "app.layers", "layers",
        "The layers of the next run: see what each makes, and edit them.",
        rank=5, command="Edit the layers",
    ),
    Key(
        "v", "v", "look_inside", "look inside",
        "One batch through the network as it is now, or as the next run begins: shape, type, range and zeros "
        "after every layer.",
        rank=7, command="Look inside the network", also=("layers",),
    ),
    Key(
        "i", "i", "show_samples", "images",
        "What the network sees: images of the training split with their class, and how augmentation as it is "
        "set now shows them. Space draws others.",
        when="images", rank=5, command="Show what the network sees",
    ),
    Key(
        "pageup,pagedown", "pgup pgdn", "page('{key}')", "read on",
        "Scroll the text of the pane: about a preset, the help, the messages.",
        rank=8,
    ),
    Key(
        "up,down,home,end,pageup,pagedown", "↑↓", "move('{key}')", "choose",
        "Choose a run (Home, End and the page keys, too).",
        "runs", rank=20,
    ),
    Key(
        "enter", "⏎", "open", "open",
        "Show the run in the lab: as it ended, or as it trains.",
        "runs", "listed", rank=0,
    ),
    Key(
        "g", "g", "go_on", "go on",
        "Go on with a run that was stopped or interrupted, from its last checkpoint.",
        "runs", "unfinished", rank=1,
    ),
    Key("n", "n", "rename", "name", "Give the run a name.", "runs", "listed", rank=4),
    Key("m", "m", "annotate", "note", "Write a note about the run.", "runs", "listed", rank=5),
    Key("d,delete", "d", "delete", "delete", "Delete the run; it asks first.", "runs", "idle", rank=3),
    Key(
        "space", "space", "mark", "mark", "Mark the run for the comparison, or no more.",
        "runs", "listed", rank=4,
    ),
    Key(
        "c", "c", "compare", "compare",
        "Compare the marked runs; if none is marked, the first eight of the list.",
        "runs", "listed", rank=2,
    ),
    Key(
        "slash", "/", "filter", "filter",
        "Show only some runs: words that occur, and comparisons such as status=finished best_val_loss<0.4 "
        "lr>=1e-3 started>=2026-11-23 name=\"my *\".",
        "runs", rank=2,
    ),
    Key("s", "s", "sort", "sort", "Sort by the next column.", "runs", rank=2),
    Key(
        "escape,r", "esc", "back('{key}')", "back", "Take the filter away; then, or with r, back to the lab.",
        "runs", rank=0,
    ),
    Key("up,down", "↑↓", "move('{key}')", "choose", "Choose a run.", "compare", rank=3),
    Key("space", "space", "draw", "draw or not", "Draw the run, or do not.", "compare", rank=2),
    Key("k", "k", "sort", "sort", "Sort the table by its next column.", "compare", rank=2),
    Key("enter", "⏎", "open", "open", "Show the run in the lab.", "compare", rank=2),
    Key(
        "slash", "/", "filter", "filter",
        "Show only some of them: best_val_loss<0.4 lr>=1e-3 optimizer=adam.", "compare", rank=3,
    ),
    Key(
        "escape,c", "esc", "back('{key}')", "back",
        "Take the filter, zoom or cursor away; then, or with c, leave the comparison.", "compare", rank=0,
    ),
    Key(
        "up,down,home,end,pageup,pagedown", "↑↓", "move('{key}')", "choose",
        "Choose a layer (Home, End and the page keys, too).",
        "layers", "listed", rank=20,
    ),
    Key("enter", "⏎", "edit", "edit", "Type another text for the line in focus.", "layers", "listed", rank=0),
    Key("i", "i", "insert", "insert", "Type a new line below the one in focus.", "layers", rank=0),
    Key("I", "I", "insert(True)", "insert above", "Type a new line above the one in focus.", "layers"),
    Key("d,delete", "d", "delete", "delete", "Take the line in focus away.", "layers", "listed", rank=1),
    Key(
        "left_square_bracket,right_square_bracket,shift+up,shift+down", "[ ]", "shift('{key}')", "move",
        "Move the line in focus up or down (Shift with the arrows, too).",
        "layers", "listed", rank=2,
    ),
    Key("u", "u", "undo", "undo", "Take the last change of the layers back.", "layers", "edited", rank=3),
    Key(
        "a", "a", "accept", "accept", "Use these layers for the next run, and go back to the lab.",
        "layers", "edited", rank=0,
    ),
    Key(
        "w", "w", "write", "write",
        "Write the preset with these layers, and all else that was changed of it, as a file.",
        "layers", rank=4,
    ),
    Key(
        "escape", "esc", "back", "back", "Back to the lab; if anything was changed it asks first.",
        "layers", rank=0,
    ),
    Key(
        "enter", "⏎", "submit", "keep", "Keep what was typed; what is wrong with it stays marked.",
        "layer", rank=0,
    ),
    Key("escape", "esc", "leave", "leave as it was", "Leave the line as it was.", "layer", rank=0),
    Key(
        "up,down,tab,shift+tab", "↑↓", "screen.typed_move('{key}')", "keep, next line",
        "Keep what was typed, and type in the line above or below.",
        "layer", rank=1,
    ),
    Key(
        "enter", "⏎", "go_on", "to the lab", "On to the lab, with the preset made of the data.",
        "table", "ready", rank=0,
    ),
    Key(
        "up,down,home,end,pageup,pagedown", "↑↓", "move('{key}')", "choose",
        "Choose a setting, a column or a class (Home, End and the page keys, too).",
        "table", "listed", rank=20,
    ),
    Key(
        "left,right", "←→", "change('{key}')", "change",
        "Take the next value of a setting; use a column as a number, as one-hot, or leave it out.",
        "table", "listed", rank=1,
    ),
    Key("e", "e", "type", "type", "Type the value of a setting.", "table", "setting", rank=1),
    Key(
        "t", "t", "target", "target", "Make the column in focus the one to predict.",
        "table", "column", rank=1,
    ),
    Key(
        "d,delete,backspace", "d", "reset", "guess", "Leave what is in focus to be guessed again.",
        "table", "listed", rank=4,
    ),
    Key("p", "p", "rows", "rows", "Show the first rows of the table, and back.", "table", "rows", rank=2),
    Key(
        "p", "p", "rows", "images", "Show images of the folder, or of the class in focus, and back.",
        "table", "images", rank=2,
    ),
    Key(
        "left_square_bracket,right_square_bracket", "[ ]", "read_on('{key}')", "read on",
        "Scroll what is said of the data.",
        "table", rank=5,
    ),
    Key(
        "w", "w", "write", "write", "Write the preset made of the data as a file, for `tui-lab train`.",
        "table", "ready", rank=3,
    ),
    Key("r", "r", "again", "read again", "Read data again that was refused.", "table", "refused", rank=0),
    Key("escape", "esc", "back", "presets", "To the presets, without the data.", "table", rank=0),
    Key(
        "question_mark", "?", "help", "help", "This page.",
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
    """The keys that work now, as many as fit, the important ones first."""
    now = [(_rank(key, place), key) for key in around(place) if key.when in conditions]
    for least in sorted({rank for rank, _ in now}, reverse=True):
        spans = _caps([key for rank, key in now if rank <= least and rank < _NEVER])
        if width_of(spans) <= width:
            return spans
    return ()


def _rank(key: Key, place: Place) -> int:
    """Keys that a place has from elsewhere come after its own."""
    rank = _NEVER if key.rank is None else key.rank
    return rank + 10 if place in key.also else rank


def _caps(keys: list[Key]) -> Line:
    spans: list[Span] = []
    for key in keys:
        spans += [("   " if spans else "", ""), (key.cap, "key"), (f" {key.label}", "dim")]
    return tuple(spans)
