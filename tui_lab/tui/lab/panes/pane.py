"""What a numbered pane of the lab is, and what all of them show."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from textual.containers import Vertical
from textual.widget import Widget

from tui_lab.protocol.events import DataLoaded
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.chart.run_series import Advised
from tui_lab.tui.keys.lab import PANES, PaneName
from tui_lab.tui.lab.form.form_models import Board
from tui_lab.tui.lab.panes.before_training import Before
from tui_lab.tui.state.next_run import NextRun
from tui_lab.tui.state.notices import Notices
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.widgets.lines import Lines, Scroll, set_title

Side = Literal["left", "middle", "right"]
_UNKNOWN = 200
"""The width of a pane before the first layout, for its title."""


@dataclass(slots=True)
class LabState:
    """What the panes show. The screen keeps it up to date.

    `known` holds what is known about data files, by name; `board` the hyperparameters being edited; `before`
    what is shown in place of an empty chart, and `hint` the text in the chart until there are curves.
    `advised`: what the coach says, and where the chart shows it.
    """

    run: ShownRun
    next_run: NextRun
    notices: Notices
    board: Board
    lens: Lens
    known: dict[str, DataLoaded] = field(default_factory=dict)
    before: Before | None = None
    hint: str = ""
    whole_chart: bool = False
    advised: Advised = None


class Pane(Vertical):
    """A pane with a number and a title. One pane of each side is shown at a time; the middle always is."""

    NAME: ClassVar[PaneName]
    SIDE: ClassVar[Side] = "right"
    FOLLOWS_RUN: ClassVar[bool] = False
    """Whether it changes with every step of the run, not only when keys or the run's state do."""

    def __init__(self, lab: LabState, id: str | None = None, classes: str = "pane") -> None:
        super().__init__(id=id or self.NAME, classes=classes)
        self.lab = lab

    @property
    def home(self) -> Widget:
        """What takes the focus."""
        return self.query(Scroll).first()

    @property
    def text(self) -> Scroll:
        """What the page keys scroll."""
        return self.query(Scroll).last()

    @property
    def titled(self) -> Widget:
        """What has the title."""
        return self

    def title(self, room: int) -> str:
        """The title, in `room` cells if possible."""
        return self.NAME.capitalize()

    def show(self) -> None:
        """Update the content."""
        for part in self.query(Lines):
            part.sync()

    def sync(self) -> None:
        """Update content and title; only what differs is repainted."""
        self.show()
        self.on_resize()

    def on_resize(self) -> None:
        """Set a title that fits."""
        number = PANES.index(self.NAME) + 1
        room = (self.titled.outer_size.width or _UNKNOWN) - len(f"━ {number}  ━")
        set_title(self.titled, f" {number} {self.title(room)} ")
