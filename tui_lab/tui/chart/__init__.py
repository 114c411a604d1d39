"""The chart: curves of a run drawn in a terminal.

Data flows one way: `ChartData` (what to show) -> `decimate` (two points per column) -> `draw` (rows
of text with roles) -> `LossChart` (the widget, which knows colours). Only `raster` uses plotext.
"""
