"""The chart: curves of a run drawn in a terminal.

Data flows one way: `ChartData` (what to show) -> `decimate` (two points per column) -> `draw` (rows
of text with roles) -> `LossChart` (the widget, which knows colours). Only `raster` uses plotext.
"""

from tui_lab.tui.chart.frame import Baseline, ChartData, Frame, Mark, Picture, Row, Window
from tui_lab.tui.chart.plot import draw
from tui_lab.tui.chart.series import Role, Series, decimate
from tui_lab.tui.chart.widget import LossChart

__all__ = [
    "Baseline",
    "ChartData",
    "Frame",
    "LossChart",
    "Mark",
    "Picture",
    "Role",
    "Row",
    "Series",
    "Window",
    "decimate",
    "draw",
]
