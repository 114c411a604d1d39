"""The question before a run is deleted."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tui_lab.runs.listing import RunLine
from tui_lab.safe import safe
from tui_lab.tui.panes.lines import Lines, Scroll
from tui_lab.tui.text import Line, line, wrap


class DeleteText(Lines):
    """What would be deleted, and the two answers."""

    def __init__(self, run: RunLine) -> None:
        super().__init__()
        self._run = run

    def lines(self, width: int) -> list[Line]:
        """The run, what goes with it, the keys."""
        name = safe(self._run.title, 100)
        return [
            *wrap(f"Delete {name}?", width, "bold"),
            *wrap(self._run.id, width, "dim"),
            *wrap("Its curves, its note and its checkpoints are gone for good then.", width),
            (),
            line(("y     ", "key"), "Delete it."),
            line(("esc   ", "key"), "Keep it."),
        ]


class DeleteScreen(ModalScreen[bool]):
    """Ends with whether to delete."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", show=False, priority=True),
        Binding("escape,n", "dismiss(False)", show=False, priority=True),
    ]

    def __init__(self, run: RunLine) -> None:
        super().__init__()
        self._run = run

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        with Scroll(id="delete") as box:
            box.border_title = " Delete a run "
            yield DeleteText(self._run)
