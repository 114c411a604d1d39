"""What a network makes of its one or two inputs, drawn again and again while it trains."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui_lab.protocol.fit import MOST_POINTS, DrawFit, FitDrawn
from tui_lab.protocol.view import RunView
from tui_lab.tui.inspect.fit.picture import BELOW, GUTTER
from tui_lab.tui.inspect.fit.text import FitPicture, FitText
from tui_lab.tui.inspect.screen import NOBODY, AskingScreen
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.widgets.key_line import KeyLine
from tui_lab.tui.widgets.lines import set_title

AtRest = Callable[[DrawFit, bool], FitDrawn]
LEAST_S = 0.4
"""Seconds between an answer and the next question, at least."""
TIMES = 100
"""How many times as long as an answer took until the next question: the run loses at most about 1 %."""
LOST_S = 10.0
"""After that long without an answer a question is asked again."""


class FitScreen(AskingScreen[FitDrawn]):
    """Draws the fit of the active run as it changes, or with `at_rest`, that of another network."""

    LOADING = "making the data and the network…"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "dismiss", "close"),
        Binding("D,space", "again", "again"),
        Binding("r", "rows", "rows"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, watch: ShownRun, at_rest: AtRest | None, ended: Callable[[], AtRest | None]) -> None:
        """`ended`: what to ask once the active run has ended."""
        self._picture = FitPicture()
        self.clock: Callable[[], float] = monotonic
        self._asked_at: float | None = None
        self._asks_next = 0.0
        self._of: tuple[int, int] | None = None
        self._ended = ended
        super().__init__(watch, None if at_rest is None else self._asking(at_rest))
        self._text = FitText(best=at_rest is not None)

    def _asking(self, at_rest: AtRest) -> Callable[[bool], FitDrawn]:
        return lambda anew: at_rest(self.command(), anew)

    def compose(self) -> ComposeResult:
        with Vertical(id="fit") as window:
            set_title(window, " What the network has learnt ")
            yield self._text
            yield self._picture
        yield KeyLine(("r", "rows"), ("D", "again"), ("esc", "close"), ("q", "quit"))

    def on_mount(self) -> None:
        """How the terminal is; that of the window this is one of asks."""
        plain = self.app.no_color or self.app.console.color_system is None
        self._text.look = replace(self._text.look, colour=not plain, dark=self.app.current_theme.dark)

    def command(self) -> DrawFit:
        """Request a point for each half of a cell."""
        width = max(2, self._picture.size.width - GUTTER)
        height = max(2, 2 * (self._picture.size.height - BELOW))
        fits = min(1.0, (MOST_POINTS / (width * height)) ** 0.5)
        return DrawFit(int(width * fits), int(height * fits))

    def answer_of(self, view: RunView) -> FitDrawn | None:
        fit = view.fit
        return fit if fit is not None and fit.values else None

    def tick(self) -> None:
        """Show an answer that has arrived, and ask the run again if it has gone on."""
        before = self.found
        super().tick()
        view = self.watch_run.view
        if self._at_rest is not None and self.found is not before:
            self._text.best = True
            self.sync()
        if self._at_rest is not None or view is None:
            return
        if self.watch_run.live is None:
            self._rest()
            return
        now = self.clock()
        if self.found is not before and self.found is not None:
            self._asked_at = None
            self._asks_next = now + max(LEAST_S, TIMES * self.found.seconds)
        waits = self._asked_at is not None and now < self._asked_at + LOST_S
        gone_on = (view.epoch, view.step) != self._of
        if self.found is not None and not waits and gone_on and now >= self._asks_next:
            self._ask_on(view)

    def _rest(self) -> None:
        """The run has ended: ask for its best weights."""
        if (at_rest := self._ended()) is not None:
            self._at_rest = self._asking(at_rest)
            self.ask()

    def _ask_on(self, view: RunView) -> None:
        """Ask without saying so: the last answer stays on the screen."""
        self._of, self._asked_at = (view.epoch, view.step), self.clock()
        if not self.watch_run.send(self.command()):
            self.words = NOBODY

    def ask(self, *, anew: bool = False) -> None:
        """Ask; with `anew`, even if the answer is cached."""
        view = self.watch_run.view
        self._asked_at = self.clock()
        self._of = (view.epoch, view.step) if view is not None else None
        super().ask(anew=anew)

    def sync(self) -> None:
        """Update the text, and the picture if it changed."""
        self._text.show(self.found, self.words)
        self._picture.show(self.found, self._text.look)

    def action_rows(self) -> None:
        """Show the rows of both splits, of the validation split alone, or none."""
        look = self._text.look
        if look.training:
            look = replace(look, training=False)
        else:
            look = replace(look, held_out=not look.held_out, training=not look.held_out)
        self._text.look = look
        self.sync()
