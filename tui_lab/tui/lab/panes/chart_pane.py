"""The chart pane: the curves of the run, and its scores below them."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget

from tui_lab.experiment.metrics import metric
from tui_lab.tui.chart.run_series import Tracks, chart_data
from tui_lab.tui.chart.widget import LossChart
from tui_lab.tui.keys.lab import PaneName
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.lab.panes.before_training import BeforeRun
from tui_lab.tui.lab.panes.metrics import Metrics, headline
from tui_lab.tui.lab.panes.pane import LabState, Pane, Side
from tui_lab.tui.style.text import cut
from tui_lab.tui.widgets.lines import Scroll, set_title

_SOON_S = 0.02
"""Until the next frame of a chart that has not taken in all epochs yet."""


class LabChart(LossChart):
    """The chart with the keys that only work while it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chart")]


class ChartPane(Pane):
    """What would be trained, or the curves; and the scores."""

    NAME: ClassVar[PaneName] = "chart"
    SIDE: ClassVar[Side] = "middle"
    FOLLOWS_RUN = True

    def __init__(self, lab: LabState) -> None:
        super().__init__(lab, "centre", "")
        self.chart, self.tracks = LabChart(id="loss"), Tracks()
        self.before, self.metrics = BeforeRun(), Metrics(lab.run)
        self._drawn: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="chart", classes="pane"):
            yield self.before
            yield self.chart
        with Vertical(id="scores", classes="pane"), Scroll(id="scores-scroll"):
            yield self.metrics

    @property
    def home(self) -> Widget:
        return self.chart

    @property
    def titled(self) -> Widget:
        return self.query_one("#chart")

    def title(self, room: int) -> str:
        """The metric; if the scores take one row, also what their title would say."""
        view = self.lab.run.shown
        whose = f" · {cut(view.experiment.preset, 40)}" if view and view.experiment else ""
        name = metric(self.lab.lens.metric).title + whose
        (far, brief), compact = headline(view), self.metrics.compact
        titles = [f"{name} · {far}", f"{name} · {brief}"] if compact and far else []
        return next((text for text in titles if len(text) <= room - 2), name)

    def show(self) -> None:
        self.before.show(self.lab.before)
        self.draw()
        self.metrics.brief = self.lab.whole_chart
        compact, scores = self.metrics.compact, self.query_one("#scores")
        scores.set_class(compact, "-compact")
        title = "" if compact else headline(self.lab.run.shown)[0] or "Scores"
        set_title(scores, f" {title} ")
        scores.display = self.metrics.any
        self.metrics.sync()

    def draw(self) -> None:
        """Draw the curves, if anything about them changed: other keys must not wait for that."""
        lab, view, parent = self.lab, self.lab.run.shown, self.lab.run.parent
        runs = lab.run.run_id, id(view), view and view.seq, id(parent), parent and parent.seq
        drawn = *runs, lab.hint, lab.lens, lab.advised
        if drawn != self._drawn or self.tracks.behind:
            self._drawn = drawn
            self.chart.show(chart_data(view, lab.hint, lab.lens, parent, self.tracks, lab.advised))
            if self.tracks.behind:
                self.set_timer(_SOON_S, self.draw)
