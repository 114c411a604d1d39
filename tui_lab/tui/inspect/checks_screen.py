"""The checks before training, in a window."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui_lab.protocol.start_checks import StartChecked
from tui_lab.tui.inspect.paging import PagingScreen
from tui_lab.tui.inspect.screen import AnswerText, AskingScreen
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.style.text import Line, wrap
from tui_lab.tui.widgets.key_line import KeyLine
from tui_lab.tui.widgets.lines import Scroll, set_title


class ChecksText(AnswerText[StartChecked]):
    """A heading and a paragraph for each check."""

    def lines(self, width: int) -> list[Line]:
        lines = wrap(self.words, width, "accent") if self.words else []
        for finding in self.found.findings() if self.found is not None else ():
            sign = ("✓ ", "good") if finding.good else ("! ", "bad")
            lines += [(), (sign, (finding.name, "bold")), *wrap(finding.words, width, first="  ")]
        return lines


class ChecksScreen(AskingScreen[StartChecked], PagingScreen[None]):
    """Shows the answer of `at_rest`."""

    LOADING = "training some rows with new weights…"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "dismiss", "close"),
        Binding("C,space", "again", "again"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, watch: ShownRun, at_rest: Callable[[bool], StartChecked]) -> None:
        super().__init__(watch, at_rest)
        self._text = ChecksText()

    def sync(self) -> None:
        self._text.show(self.found, self.words)

    def compose(self) -> ComposeResult:
        with Scroll(id="checks") as window:
            set_title(window, " Before training ")
            yield self._text
        yield KeyLine(("C", "again"), ("↑↓", "scroll"), ("esc", "close"), ("q", "quit"))
