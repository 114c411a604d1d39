"""Single steps as a band from the lowest to the highest value in each column.

Each cell gets one column of dots, half the density of a line, so that the band stays in the background. It
takes one pass over the thinned points, where plotext's time grows with every dot.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import inf

from tui_lab.tui.chart.drawing.braille import LEFT, glyphs, half_column
from tui_lab.tui.chart.drawing.raster import Polyline


def paint_band(lines: Sequence[Polyline], width: int, height: int, glyph: str = "") -> list[str]:
    """Rows of glyphs for lines in coordinates from 0 to 1: braille, or `glyph` in each cell it touches."""
    blank, dots = " " * height, 4 * height
    columns = []
    for low, high in zip(*_spans(lines, width), strict=True):
        if low > high:
            columns.append(blank)
            continue
        top, bottom = min(int((1 - high) * dots), dots - 1), min(int((1 - low) * dots), dots - 1)
        columns.append(_column(top, bottom, height, glyph))
    return ["".join(row) for row in zip(*columns, strict=True)]


@lru_cache(maxsize=4096)
def _column(top: int, bottom: int, height: int, glyph: str) -> str:
    """One column of cells, from the top, with its left dots filled from `top` to `bottom`."""
    if not glyph:
        return glyphs(half_column(top, bottom, height, LEFT))
    first, last = top // 4, bottom // 4
    return " " * first + glyph * (last - first + 1) + " " * (height - last - 1)


def _spans(lines: Sequence[Polyline], width: int) -> tuple[list[float], list[float]]:
    """The lowest and the highest y in each column; the lowest is infinite where the lines do not cross it."""
    lows, highs = [inf] * width, [-inf] * width
    for line in lines:
        before: tuple[float, float] | None = None
        place = 0
        for x, y in line:
            now = min(int(x * width), width - 1)
            if y < lows[now]:
                lows[now] = y
            if y > highs[now]:
                highs[now] = y
            if before is not None and now > place:
                x0, y0 = before
                for column in range(int(x0 * width) + 1, min(int(x * width), width)):
                    between = y0 + (y - y0) * ((column + 0.5) / width - x0) / (x - x0)
                    lows[column], highs[column] = min(lows[column], between), max(highs[column], between)
            before, place = (x, y), now
    return lows, highs
