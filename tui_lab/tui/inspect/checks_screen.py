"""The checks before training, in a window."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui_lab.protocol.start_checks import StartChecked
from tui_lab.protocol.view import RunView
from tui_lab.tui.inspect.screen import AskingScreen
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.style.text import Line, wrap
from tui_lab.tui.widgets.key_line import KeyLine
from tui_lab.tui.widgets.lines import Lines, Scroll, set_title


class ChecksText(Lines):
    """A heading and a paragraph for each check."""

    def __init__(self) -> None:
        super().__init__()
        self._found: StartChecked | None = None
        self._words = ""

    def show(self, found: StartChecked | None, words: str) -> None:
        """Show a result, or why there is none."""
        self._found, self._words = found, words
        self.sync()

    def lines(self, width: int) -> list[Line]:
        lines = wrap(self._words, width, "accent") if self._words else []
        for finding in self._found.findings() if self._found is not None else ():
            sign = ("✓ ", "good") if finding.good else ("! ", "bad")
            lines += [(), (sign, (finding.name, "bold")), *wrap(finding.words, width, first="  ")]
        return lines


class ChecksScreen(AskingScreen[StartChecked]):
    """Shows the answer of `at_rest`."""

    LOADING = "training some rows with new weights…"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "dismiss", "close"),
        Binding("C,space", "again", "again"),
        Binding("up,pageup", "page(-1)", "up"),
        Binding("down,pagedown", "page(1)", "down"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, watch: ShownRun, at_rest: Callable[[bool], StartChecked]) -> None:
        super().__init__(watch, at_rest)
        self._text = ChecksText()

    def answer_of(self, view: RunView) -> StartChecked | None:
        """Never asked of a run: it must not stand still for this."""

    def sync(self) -> None:
        self._text.show(self.found, self.words)

    def compose(self) -> ComposeResult:
        with Scroll(id="checks") as window:
            set_title(window, " Before training ")
            yield self._text
        yield KeyLine(("C", "again"), ("↑↓", "scroll"), ("esc", "close"), ("q", "quit"))

    def action_page(self, direction: int) -> None:
        self.query_one(Scroll).page(direction)
