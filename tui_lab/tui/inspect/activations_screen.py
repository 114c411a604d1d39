"""A window that shows one batch after every layer of the network."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui_lab.protocol.commands import Command, Look
from tui_lab.protocol.steering_events import ForwardProbed
from tui_lab.protocol.view import RunView
from tui_lab.tui.inspect.activations_table import LookText
from tui_lab.tui.inspect.paging import PagingScreen
from tui_lab.tui.inspect.screen import AskingScreen
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.widgets.key_line import KeyLine
from tui_lab.tui.widgets.lines import Scroll, set_title


class LookScreen(AskingScreen[ForwardProbed], PagingScreen[None]):
    """Passes one batch through the network of the active run, or with `at_rest`, another network."""

    LOADING = "reading the data and building the network…"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "dismiss", "close"),
        Binding("v,space", "again", "again"),
        Binding("k", "page(-1)", "up"),
        Binding("j", "page(1)", "down"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, watch: ShownRun, at_rest: Callable[[bool], ForwardProbed] | None = None) -> None:
        super().__init__(watch, at_rest)
        self._text = LookText(best=at_rest is not None)

    def command(self) -> Command:
        return Look()

    def answer_of(self, view: RunView) -> ForwardProbed | None:
        return view.look

    def sync(self) -> None:
        self._text.show(self.found, self.words)

    def compose(self) -> ComposeResult:
        with Scroll(id="look") as window:
            set_title(window, " One batch through the network ")
            yield self._text
        yield KeyLine(("v", "again"), ("↑↓", "scroll"), ("esc", "close"), ("q", "quit"))
