"""Inside the network: one batch, looked at after every layer, over the lab that goes on."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tui_lab.protocol.commands import Look
from tui_lab.protocol.steering import ForwardProbed
from tui_lab.tui.panes.lines import Scroll
from tui_lab.tui.panes.look import LookText
from tui_lab.tui.watch import Watch

TICK_S = 0.2
NO_RUN = "No run goes on. Press . in the lab: a run begins, makes one step and pauses; then v looks inside."
NOBODY = "Nobody took the command: the process that trains this run cannot be asked from here."


class LookScreen(ModalScreen[None]):
    """Asks the run that goes on for a look, and shows the last one there is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "dismiss", "close"),
        Binding("v,space", "again", "again"),
        Binding("up,k", "page(-1)", "up"),
        Binding("down,j", "page(1)", "down"),
        Binding("pageup", "page(-1)", "page up"),
        Binding("pagedown", "page(1)", "page down"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch
        self._words = ""
        self._asked: ForwardProbed | None = None
        self._text = LookText(lambda: self._found, lambda: self._words)

    @property
    def _found(self) -> ForwardProbed | None:
        return self._watch.view.look if self._watch.view is not None else None

    def compose(self) -> ComposeResult:
        """A window on the table."""
        with Scroll(id="look") as window:
            window.border_title = " One batch through the network "
            window.border_subtitle = " v again   ↑↓ scroll   esc close "
            yield self._text

    def on_mount(self) -> None:
        """Ask at once."""
        self.action_again()
        self.set_interval(TICK_S, self.tick)

    def tick(self) -> None:
        """Show an answer that has come; the lab beneath takes it in."""
        if self._found is not self._asked or self._watch.live is None:
            self._words = "" if self._found is not None else NO_RUN
        self._text.sync()

    def action_again(self) -> None:
        """Look once more."""
        self._asked = self._found
        if self._watch.live is None:
            self._words = NO_RUN if self._found is None else ""
        else:
            self._words = "asked; the answer comes between two steps…" if self._watch.send(Look()) else NOBODY
        self._text.sync()

    def action_page(self, direction: int) -> None:
        """Scroll by a window."""
        self.query_one(Scroll).page(direction)
