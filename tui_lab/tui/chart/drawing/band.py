"""Single steps as a band from the lowest to the highest value in each column.

Each cell gets one column of dots, half the density of a line, so that the band stays in the background. It
takes one pass over the thinned points, where plotext's time grows with every dot.
"""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from tui_lab.tui.chart.drawing.raster import Polyline

_DOTS = (0x01, 0x02, 0x04, 0x40)
"""The left column of a braille cell, from the top."""


def paint_band(lines: Sequence[Polyline], width: int, height: int, glyph: str = "") -> list[str]:
    """Rows of glyphs for lines in coordinates from 0 to 1: braille, or `glyph` in each cell it touches."""
    spans = _spans(lines, width)
    rows = [[" "] * width for _ in range(height)]
    dots = 4 * height
    for column, (low, high) in spans.items():
        top, bottom = (min(int((1 - y) * dots), dots - 1) for y in (high, low))
        for row in range(top // 4, bottom // 4 + 1):
            rows[row][column] = glyph or filled(_DOTS, max(0, top - 4 * row), min(3, bottom - 4 * row))
    return ["".join(row) for row in rows]


@cache
def filled(dots: tuple[int, ...], first: int, last: int) -> str:
    """The glyph with some of the dots of a column, numbered from the top."""
    return chr(0x2800 | sum(dots[first : last + 1]))


def _spans(lines: Sequence[Polyline], width: int) -> dict[int, tuple[float, float]]:
    """The lowest and the highest y in each column that the lines cross."""
    spans: dict[int, tuple[float, float]] = {}

    def touch(column: int, y: float) -> None:
        low, high = spans.get(column, (y, y))
        spans[column] = min(low, y), max(high, y)

    for line in lines:
        for x, y in line:
            touch(min(int(x * width), width - 1), y)
        for (x0, y0), (x1, y1) in pairwise(line):
            for column in range(int(x0 * width) + 1, min(int(x1 * width), width)):
                touch(column, y0 + (y1 - y0) * ((column + 0.5) / width - x0) / (x1 - x0))
    return spans
