"""What one line of the key table is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

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
APART: frozenset[Place] = frozenset({"editor", "runs", "compare", "line", "layers", "layer", "table"})
"""Where the keys of the lab do not work, but for those that say so."""
When = Literal[
    "always",
    "rest",
    "again",
    "differs",
    "kept",
    "busy",
    "going",
    "paused",
    "undoable",
    "shown",
    "draft",
    "moved",
    "images",
    "usable",
    "listed",
    "idle",
    "unfinished",
    "edited",
    "unedited",
    "sound",
    "refused",
    "ready",
    "changeable",
    "setting",
    "column",
    "rows",
]
"""`rest` while nothing trains, `again` if panes 1 and 3 show a run that has ended then; `differs` while the
run on the screen has other values than the next one, `kept` while that can be taken back. `busy` while
something trains: `going` or `paused`. `undoable` once there is an edit to undo. `shown` while a run is on
the screen, `draft` while a fork is being set up, `moved` while the chart is zoomed or has a cursor. `images`
where the inputs of the run on the screen, or of the next one, are images. `usable` where the preset in focus
can be used.

Of the run in focus in the list of runs: `listed` if there is one, `idle` if nobody trains it, `unfinished`
if it can go on. Of the layers: `listed` if there are any, `edited` once they were changed, `sound` if
there is no fault in them as well.
Of a table or a folder: `refused` if it cannot be read, `ready` if it can be trained on; `changeable` if
what is in focus can be changed; a `setting` or a `column` is in focus; `rows` once a table was read."""


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the table.

    `keys` are Textual's names of them; `{key}` in `action` stands for the one pressed. `cap` is what the
    screen calls the key, `label` what it does, in a word or two, `help` in a sentence. `place` is where
    it works, `lab` being everywhere but in a text field and on other screens; `also` are further places.
    `of` is the pane to which a key belongs that works in every pane of the lab.
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
    of: Place | None = None

    def own(self, place: Place) -> bool:
        """Whether it belongs to a place, rather than working there as well."""
        return place in (self.place, self.of)

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
