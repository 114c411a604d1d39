"""The keys of the chart: axes, metric, smoothing, zoom, cursor."""

from dataclasses import replace
from typing import Any, Literal

from textual.screen import Screen
from textual.widget import Widget

from tui_lab.protocol.view import RunView
from tui_lab.tui.chart.curves.frame import ChartData
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.chart.run_series import metrics_of, span_of, stops_of
from tui_lab.tui.chart.widget import LossChart
from tui_lab.tui.state.settings import keep_setting, read_setting
from tui_lab.tui.state.shown_run import Opened
from tui_lab.tui.terminal.compositor import SparingCompositor

Way = Literal["log_x", "log_y", "x", "metric", "smooth", "whole", "discarded", "all"]
SETTING = "chart"
"""The name of the setting that holds axes and smoothing."""


class LookingScreen(Screen[Opened | None]):
    """A screen with a chart, seen through a lens. Axes and smoothing are remembered between sessions."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._compositor = SparingCompositor()
        self.lens = Lens.remembered(read_setting(SETTING))

    def sync(self) -> None:
        raise NotImplementedError

    def _update_focus_styles(self, focused: Widget | None = None, blurred: Widget | None = None) -> None:
        """Only panes look different with the focus in them; Textual styles all that is in them anew."""
        around = [node for widget in (focused, blurred) if widget for node in widget.ancestors_with_self]
        self.app.stylesheet.update_nodes({node for node in around if node._has_focus_within}, animate=True)

    def shown(self) -> RunView | None:
        """The run whose metrics can be drawn."""
        raise NotImplementedError

    def _look(self, lens: Lens) -> None:
        if lens != self.lens:
            if lens.memory != self.lens.memory:
                keep_setting(SETTING, lens.memory)
            self.lens = lens
            self.sync()

    def action_look(self, way: Way) -> None:
        lens = self.lens
        match way:
            case "log_x":
                lens = replace(lens, log_x=not lens.log_x, window=None)
            case "log_y":
                lens = replace(lens, log_y=not lens.log_y)
            case "whole":
                lens = replace(lens, whole=not lens.whole)
            case "discarded":
                lens = replace(lens, discarded=not lens.discarded)
            case "x":
                lens = lens.next_x()
            case "metric":
                lens = lens.next_metric(metrics_of(self.shown()))
            case "smooth":
                lens = lens.next_smoothing()
            case "all":
                lens = replace(lens, window=None, cursor=None)
        self._look(lens)

    def action_zoom(self, key: str) -> None:
        self._look(self.lens.zoomed(span_of(self._drawn()), -1 if key == "minus" else 1))

    def action_pan(self, key: str) -> None:
        direction: Literal[-1, 1] = -1 if key.startswith("left") else 1
        self._look(self.lens.panned(span_of(self._drawn()), direction))

    def action_point(self, key: str) -> None:
        """Move the cursor to the next epoch at least one column away."""
        data = self._drawn()
        direction: Literal[-1, 1] = -1 if key.startswith("left") else 1
        self._look(self.lens.pointed(span_of(data), direction, self._columns(), stops_of(data)))

    def _drawn(self) -> ChartData:
        """What the cursor moves on."""
        return self._chart_shown().data

    def _columns(self) -> int:
        """Its width on the screen."""
        return self._chart_shown().size.width

    def _chart_shown(self) -> LossChart:
        return self.query_one(LossChart)
