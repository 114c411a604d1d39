"""Inside the network: one batch, looked at after every layer, over the lab that goes on."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tui_lab.errors import LabError
from tui_lab.protocol.commands import Look
from tui_lab.protocol.steering import ForwardProbed
from tui_lab.safe import safe
from tui_lab.tui.errand import Errand
from tui_lab.tui.panes.lines import Scroll
from tui_lab.tui.panes.look import LookText
from tui_lab.tui.watch import Watch

TICK_S = 0.2
ASKED = "asked; the answer comes between two steps…"
LOADING = "loading torch and the data, for a look at the untrained network…"
ENDED = "the run has ended; this is the last look at it"
NOBODY = "nobody took the command: the process that trains this run cannot be asked from here"


class LookScreen(ModalScreen[None]):
    """Shows one batch in the network of the run that goes on, which is asked for it.

    With `at_rest` it is another network: that is called on a thread, and takes seconds.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "dismiss", "close"),
        Binding("v,space", "again", "again"),
        Binding("up,k", "page(-1)", "up"),
        Binding("down,j", "page(1)", "down"),
        Binding("pageup", "page(-1)", "page up"),
        Binding("pagedown", "page(1)", "page down"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, watch: Watch, at_rest: Callable[[], ForwardProbed] | None = None) -> None:
        super().__init__()
        self._watch, self._at_rest = watch, at_rest
        self._errand: Errand[ForwardProbed] | None = None
        self._words = ""
        self._found = self._told() if at_rest is None else None
        self._text = LookText(lambda: self._found, lambda: self._words)

    def _told(self) -> ForwardProbed | None:
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
        """Show an answer that has come; that of a run is taken in by the lab beneath."""
        if self._at_rest is None:
            told = self._told()
            if told is not self._found:
                self._found, self._words = told, ""
            elif self._watch.live is None:
                self._words = ENDED
        elif self._errand is not None and self._errand.done:
            errand, self._errand = self._errand, None
            self._words = ""
            try:
                self._found = errand.result()
            except LabError as error:
                self._words = "; ".join(error.problems)
            except Exception as error:  # whatever a library raises
                self._words = f"{type(error).__name__}: {safe(error, 300)}"
        self._text.sync()

    def wait(self) -> None:
        """Return when the look at rest is done; for tests."""
        if self._errand is not None:
            self._errand.wait()
        self.tick()

    def action_again(self) -> None:
        """Look once more."""
        if self._at_rest is not None:
            self._errand = self._errand or Errand(self._at_rest)
            self._words = LOADING
        elif self._watch.live is not None:
            self._found = self._told()
            self._words = ASKED if self._watch.send(Look()) else NOBODY
        self._text.sync()

    def action_page(self, direction: int) -> None:
        """Scroll by a window."""
        self.query_one(Scroll).page(direction)
