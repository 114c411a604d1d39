"""The layers of a run over time: lines, heat maps and histograms, with a sentence on what they say."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tui_lab.experiment.explanations import of_figure
from tui_lab.protocol.view import RunView
from tui_lab.tui.chart.actions import LookingScreen, Way
from tui_lab.tui.chart.curves.frame import ChartData
from tui_lab.tui.chart.widget import LossChart
from tui_lab.tui.keys.key import When
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.layers_over_time.heat_widget import HeatMap
from tui_lab.tui.layers_over_time.quantities import Figure
from tui_lab.tui.layers_over_time.shown import LayersShown
from tui_lab.tui.layers_over_time.widgets import Heading, LayerTable, figure_text
from tui_lab.tui.state.shown_run import Opened, ShownRun
from tui_lab.tui.widgets.explained import Explained
from tui_lab.tui.widgets.lines import set_title
from tui_lab.tui.widgets.prompt_screen import PromptedScreen

TICK_S = 0.25


class LayersOverTimeScreen(LookingScreen, PromptedScreen[Opened | None]):
    """Shows the run of `watch`, which the lab below follows, finished or training."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("over_time")]
    AUTO_FOCUS = None
    PLACE = "over_time"

    def __init__(self, watch: ShownRun) -> None:
        super().__init__()
        self._watch = watch
        self.over_time = LayersShown()
        self.chart, self.map = LossChart(id="over-time-chart"), HeatMap(id="over-time-map")
        self._heading = Heading(self.over_time, lambda: self.lens)
        self._table = LayerTable(self.over_time, lambda: self.lens)
        self.home = self.notices = self._table
        self._data = ChartData()
        self._seen: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="over-time", classes="pane"):
            yield self._heading
            yield self.chart
            yield self.map
            yield self._table
        yield self._footer

    def on_mount(self) -> None:
        self.set_focus(self._table)
        self.sync()
        self.set_interval(TICK_S, self.tick)

    def on_resize(self) -> None:
        self.call_after_refresh(self.sync)

    def tick(self) -> None:
        """Show what was measured since the last call."""
        if self._state() != self._seen:
            self.sync()

    def _state(self) -> tuple[object, ...]:
        """What changes the picture, apart from keys."""
        view = self.shown()
        if view is None:
            return ()
        last = view.layers[-1].step if view.layers else 0
        edits = [(edit.step, edit.name) for edit in view.edits]
        return id(view), len(view.layers), last, view.best, edits

    def sync(self) -> None:
        if not self.is_mounted:
            return
        view, shown, self._seen = self.shown(), self.over_time, self._state()
        shown.follow(view, self.lens)
        self.chart.display, self.map.display = shown.as_lines, not shown.as_lines
        self._data = shown.chart(self.lens)
        if shown.as_lines:
            self.chart.show(self._data)
        else:
            self.map.show(shown.map(self.lens, self._data))
        set_title(self.query_one("#over-time"), self._title())
        self._heading.sync()
        self._table.sync()
        self._footer.show(self._place(), frozenset[When]({"always", "shown"}))

    def _title(self) -> str:
        shown = self.over_time
        if not shown.measured:
            return " Layers over time "
        event = shown.measured[shown.place_at(self.lens)]
        place = "cursor, " if self.lens.cursor is not None else ""
        return f" Layers over time · {place}step {event.step:,} of epoch {event.epoch:,} "

    def shown(self) -> RunView | None:
        return self._watch.view

    def _explained(self) -> tuple[Explained, ...]:
        quantity, chosen, value = self.over_time.quantity, self.over_time.chosen(self.lens), ""
        if chosen is not None and isinstance(quantity, Figure):
            value = f"{figure_text(quantity, chosen)} in {chosen.layer}"
        return (Explained(of_figure(quantity.name), value),)

    # Keys

    def _drawn(self) -> ChartData:
        return self._data

    def _columns(self) -> int:
        return (self.chart if self.over_time.as_lines else self.map).size.width

    def action_look(self, way: Way) -> None:
        """The scale of the y axis is that of the quantity."""
        shown = self.over_time
        if way == "log_y":
            if isinstance(shown.quantity, Figure):
                self._after(lambda: shown.turned.symmetric_difference_update({shown.quantity.name}))
        else:
            super().action_look(way)

    def action_move(self, key: str) -> None:
        self._after(lambda: self.over_time.choose(-1 if key == "up" else 1))

    def action_quantity(self, key: str) -> None:
        """Show the next or previous quantity."""
        self._after(lambda: self.over_time.turn(-1 if key == "left" else 1))

    def action_heat(self) -> None:
        """Toggle lines and heat map."""
        if not isinstance(self.over_time.quantity, Figure):
            self.say("histograms are of one layer: ↑↓ selects it")
            return
        self._after(lambda: setattr(self.over_time, "heat", not self.over_time.heat))

    def _after(self, change: Callable[[], object]) -> None:
        self.notices.notice = ""
        change()
        self.sync()

    def action_back(self, key: str) -> None:
        """Clear zoom and cursor, then go back."""
        if key == "escape" and self.lens.moved:
            self.action_look("all")
        else:
            self.dismiss(None)
