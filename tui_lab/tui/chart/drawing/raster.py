"""The only module that uses plotext: lines in, rows of glyphs out.

plotext draws a bare canvas, one layer per curve, in coordinates from 0 to 1. So a layer is one string
without colours, plotext's global figure and the terminal's size do not matter, and a curve on top keeps
its own dots where two curves share a cell.

A layer takes 1.4 ms at 80x30 and 5 ms at 200x60. The time grows with the number of dots: noise that fills
the canvas takes 4 and 30 ms.
"""

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any

BRAILLE = "braille"
"""Two by four dots per cell; any other marker is a glyph that fills the cell."""

_BEFORE = 1e-4 + 0.0016585662
_MARGINS = _BEFORE + 1e-4 + 0.001516152
"""How far from the edges of its canvas plotext keeps, in cells: before the first column, and in all."""
Polyline = Sequence[tuple[float, float]]
"""Points from (0, 0), lower left, to (1, 1), upper right; none outside."""


@cache
def load() -> Any:
    """Import plotext and return a figure of its own, not limited to the terminal's size.

    The import takes 0.2 s, so it is left to a thread or to the first curve.
    """
    plotext: Any = import_module("plotext")
    terminal = type(plotext.terminal)()
    terminal.limit(False, False)
    figure = type(plotext.figure)(terminal)
    figure.axes(False)
    for axis in ("x", "y"):
        figure.ruler(axis).frequency(0).lim(0, 1).alignment(lim="edge")
    return figure


def rasterize(lines: Sequence[Polyline], width: int, height: int, marker: str = BRAILLE) -> list[str]:
    """Draw lines on a blank canvas; returns `height` rows of `width` characters.

    A line of a single point is drawn as a dot.
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


def rasterize_part(
    columns: tuple[int, int], lines: Sequence[Polyline], width: int, height: int, marker: str
) -> list[str]:
    """Some columns of what `rasterize` draws, if all of it is in them: the same dots.

    plotext's time grows with the canvas. It places x at `_BEFORE + (width - _MARGINS) * x` cells.
    """
    first, part = columns[0], columns[1] - columns[0]
    scale, shift = (width - _MARGINS) / (part - _MARGINS), first / (part - _MARGINS)
    moved = [[(x * scale - shift, y) for x, y in line] for line in lines]
    return rasterize(moved, part, height, marker)


def columns_around(low: float, high: float, width: int) -> tuple[int, int]:
    """The columns in which plotext draws what is between two x, with one more on either side."""
    first, last = (int(_BEFORE + (width - _MARGINS) * x) for x in (low, high))
    return max(0, first - 1), min(width, last + 2)


def _adder(figure: Any) -> Callable[[Any], object]:
    """The function that adds a signal to the figure.

    `draw` first checks the colour of every point, which takes half of the time. There is only one colour
    here, so the signal is appended to plotext's list directly, if it has one.
    """
    add: Callable[[Any], object] = getattr(getattr(figure, "_signals", None), "_add", figure.draw)
    return add


def cell(x: float, y: float, width: int, height: int) -> tuple[int, int]:
    """The column and row (from the top) in which plotext draws a point."""
    return min(int(x * width), width - 1), min(int((1 - y) * height), height - 1)
