"""One entry of the key table."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

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
    "advised",
    "applicable",
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
    "cells",
    "threshold",
    "costs",
    "points",
    "pages",
    "pictures",
    "openable",
    "opened",
    "startable",
    "rates",
    "temperature",
    "splits",
    "readable",
    "seeds",
    "axes",
    "plane",
    "curves",
    "table",
    "axis",
    "trial",
    "leavable",
]
"""`rest`: nothing trains; `again`: the same, and panes 1 and 3 show a run that has ended; `differs`: the run
on the screen has other values than the next one; `kept`: its values were taken for the next run, which can
be reverted. `busy`: a run trains, either `going` or `paused`. `undoable`: there is an edit to undo. `shown`:
a run is on the screen; `draft`: a fork is being set up; `moved`: the chart is zoomed or has a cursor.
`images`: the inputs of the run on the screen, or of the next one, are images. `usable`: the selected preset
has no errors. `advised`: the coach has something to say; `applicable`: and proposes an edit.
`trial`: the run on the screen is a trial of a sweep; `leavable`: as `again`, and Esc leads to the next run.

In the comparison: `seeds`: some runs differ by the seed or the fold only.
In the list of runs: `listed`: a run is selected; `idle`: it is not training; `unfinished`: it can resume.
In the layer editor: `listed`: there are layers; `edited`: they changed; `sound`: changed, without errors.
In the form of a sweep: `axis`: a hyperparameter or width is selected; `setting`: a setting.
In the set-up of a table or folder: `refused`: it cannot be read; `ready`: it can be trained on;
`changeable`: the selected row can be changed; `setting`, `column`: that is selected; `rows`: a table is
there.
In the evaluation: `listed`: something can be selected; what the left and right keys do: `cells` of the
confusion matrix, a `threshold`, `points` of a curve, `pages`, pages of `pictures`; what up and down do:
`costs` of errors, or scroll what is `readable`; `openable`: Enter shows more, which is then `opened`;
`startable`: it begins to look for label errors; `rates` instead of counts, or the best `temperature`, can be
shown; `splits`: there is another one to evaluate.
In a sweep: `busy`, `going`, `paused`: it is trained; `listed`: there are trials; `axes`: left and right go to
another axis; `plane` of two axes; `curves`: the metric is an axis, which can be logarithmic; `table`: the
trials in rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """One entry of the key table.

    `keys` are Textual's names of the keys; `{key}` in `action` stands for the one pressed. `cap` is how the
    screen shows the key, `label` what it does in a word or two, `help` in a sentence. `place` is where it
    works (`lab`: everywhere except in text fields and on other screens); `also` lists further places. `of` is
    the pane that a key belongs to if it works in every pane of the lab. `rank`: if the footer lacks room,
    keys with the highest rank are dropped first; a key without a rank is never shown there. `command` is
    its name in the command palette.
    """

    keys: str
    cap: str
    action: str
    label: str
    help: str
    place: str = "lab"
    when: When = "always"
    rank: int | None = None
    command: str = ""
    also: tuple[str, ...] = ()
    of: str | None = None

    def own(self, place: str) -> bool:
        """Whether it belongs to a place, rather than only working there too."""
        return place in (self.place, self.of)

    def bindings(self) -> Iterator[Binding]:
        """One binding for each key.

        They have priority: a slow connection delivers several keys at once, and without priority each
        would be sent to the widget that had the focus when it arrived.
        """
        first = self.place not in (
            "editor",
            "line",
            "layer",
        )  # there the field itself keeps keys and letters in order
        for key in self.keys.split(","):
            yield Binding(key, self.action.format(key=key), self.label, show=False, priority=first)
