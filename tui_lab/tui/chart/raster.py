"""The one place that knows plotext: lines in, rows of glyphs out.

plotext is asked for a bare canvas, a layer for each curve, in coordinates from 0 to 1. So a layer
is one string without colours, nothing of plotext's global figure or of the terminal's size matters,
and a curve on top keeps its own dots where two curves share a cell.

A layer takes 1.4 ms at 80x30 and 5 ms at 200x60. plotext pays for every dot, so noise that fills
the canvas takes 4 and 30.
"""

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

BRAILLE = "braille"
"""Two by four dots a cell; any other marker is a glyph that fills the cell."""

Line = Sequence[tuple[float, float]]
"""Points from (0, 0), lower left, to (1, 1), upper right; none may lie outside."""


@cache
def load() -> Any:
    """Import plotext and give a figure of our own, free of the limits of the terminal.

    The import takes 0.2 s, so it waits for the first curve or for a thread that has the time.
    """
    plotext: Any = import_module("plotext")
    terminal = type(plotext.terminal)()
    terminal.limit(False, False)
    figure = type(plotext.figure)(terminal)
    figure.axes(False)
    for axis in ("x", "y"):
        figure.ruler(axis).frequency(0).lim(0, 1).alignment(lim="edge")
    return figure


def rasterize(lines: Sequence[Line], width: int, height: int, marker: str = BRAILLE) -> list[str]:
    """Draw lines on a blank canvas; gives `height` rows of `width` characters.

    A line of one point is a dot.
    """
    figure = load()
    figure.plot_size(width, height)
    figure.clear.data()
    add = _adder(figure)
    for line in lines:
        signal = figure.signal([x for x, _ in line], [y for _, y in line], marker=marker)
        add(signal.lines(True))
    rows: list[str] = figure.build().string(colorless=True).split("\n")
    return rows[:height]


def _adder(figure: Any) -> Callable[[Any], object]:
    """Give what puts a signal on the figure.

    `draw` first looks at the colour of every point, which takes half of all the time. There is but
    one colour here, so the signal goes straight to its list, as long as plotext has such a list.
    """
    add: Callable[[Any], object] = getattr(getattr(figure, "_signals", None), "_add", figure.draw)
    return add


def cell(x: float, y: float, width: int, height: int) -> tuple[int, int]:
    """Give the column and row (from the top) in which plotext draws a point."""
    return min(int(x * width), width - 1), min(int((1 - y) * height), height - 1)
