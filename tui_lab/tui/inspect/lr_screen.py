"""The learning-rate finder: the loss after short runs at many rates, and the rates that are good."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from tui_lab.experiment.catalogue import format_value
from tui_lab.protocol.lr_finder import RatesTried, Suggestion
from tui_lab.tui.chart.widget import LossChart
from tui_lab.tui.inspect.lr_text import RatesText, rates_chart
from tui_lab.tui.inspect.screen import AskingScreen
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.widgets.key_line import KeyLine
from tui_lab.tui.widgets.lines import set_title


class LearningRateScreen(AskingScreen[RatesTried]):
    """Tries learning rates by `at_rest`, on a copy of the weights; `use` is called with the one to use.

    `lr`: the rate that would be replaced.
    """

    LOADING = "short runs at 25 learning rates, three at each…"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "close"),
        Binding("F,space", "again", "again"),
        Binding("enter", "use", "use it"),
        Binding("l", "log_y", "log y"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(
        self,
        watch: ShownRun,
        lr: float,
        at_rest: Callable[[bool], RatesTried],
        use: Callable[[float, str], None],
    ) -> None:
        super().__init__(watch, at_rest)
        self._lr, self._use = lr, use
        self._chart = LossChart(id="rates-chart")
        self._text = RatesText(lr)
        self._log_y = False

    def compose(self) -> ComposeResult:
        with Vertical(id="rates") as window:
            set_title(window, " Which learning rate? ")
            yield self._chart
            yield self._text
        yield KeyLine(
            ("⏎", "use the suggestion"), ("F", "again"), ("l", "log y"), ("esc", "close"), ("q", "quit")
        )

    @property
    def suggestion(self) -> Suggestion | None:
        return self.found.suggestion() if self.found is not None else None

    def sync(self) -> None:
        self._text.show(self.found, self.words)
        data = rates_chart(self.found, self._lr, log_y=self._log_y)
        if data != self._chart.data:
            self._chart.show(data)

    def action_log_y(self) -> None:
        self._log_y = not self._log_y
        self.sync()

    def action_use(self) -> None:
        """Close, and use the suggested rate."""
        if self.found is not None and (found := self.suggestion) is not None:
            self.dismiss()
            good = f"{format_value(found.low)} to {format_value(found.high)}"
            self._use(found.rate, f"learning-rate finder: the middle of the good range, {good}")
