"""Lines that are noise: filled column by column, because plotext's time grows with every dot.

Such a line fills most of the dots between its lowest and its highest value in a column, whoever draws it:
the dots are those that the line touches. Two at 120x40 take 3 ms, where plotext takes up to 30.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from math import inf

from tui_lab.tui.chart.drawing.braille import LEFT, RIGHT, glyphs, half_column
from tui_lab.tui.chart.drawing.raster import BRAILLE, Polyline

STEEP = 4
"""Lines that rise and fall by more dots than this for each column of dots are noise."""


def is_dense(lines: Sequence[Polyline], width: int, height: int) -> bool:
    """Whether lines are noise."""
    travelled = sum(abs(y1 - y0) for line in lines for (_, y0), (_, y1) in pairwise(line))
    return travelled * 4 * height > STEEP * 2 * width


def paint_dense(lines: Sequence[Polyline], width: int, height: int, marker: str = BRAILLE) -> list[str]:
    """Rows of glyphs, like `rasterize`."""
    if marker != BRAILLE:
        rows = [[" "] * width for _ in range(height)]
        for column, (top, bottom) in enumerate(_touched(lines, width, height)):
            for row in range(top, bottom + 1):
                rows[row][column] = marker
        return ["".join(row) for row in rows]
    spans = _touched(lines, 2 * width, 4 * height)
    columns = (_column(spans[2 * k], spans[2 * k + 1], height) for k in range(width))
    return ["".join(row) for row in zip(*columns, strict=True)]


@lru_cache(maxsize=1024)
def _column(left: tuple[int, int], right: tuple[int, int], height: int) -> str:
    """One column of cells, from the top, with the dots of its left and its right half."""
    halves = half_column(*left, height, LEFT), half_column(*right, height, RIGHT)
    both = int.from_bytes(halves[0]) | int.from_bytes(halves[1])
    return glyphs(both.to_bytes(height))


def crossings(line: Polyline, columns: int) -> Iterator[tuple[int, float, float]]:
    """Each column that a line crosses, of so many, with the y at which it comes in and goes out; in order.

    A line of a single point is in one column.
    """
    x0, y0 = line[0]
    first = min(int(x0 * columns), columns - 1)
    if len(line) == 1:
        yield first, y0, y0
    for x1, y1 in line[1:]:
        last, before = min(int(x1 * columns), columns - 1), y0
        for column in range(first, last):
            edge = y0 + (y1 - y0) * ((column + 1) / columns - x0) / (x1 - x0)
            yield column, before, edge
            before = edge
        yield last, before, y1
        x0, y0, first = x1, y1, last


def _touched(lines: Sequence[Polyline], columns: int, rows: int) -> list[tuple[int, int]]:
    """The first and the last of some rows, from the top, that lines touch in each of some columns.

    In a column without any, the first is below the last.
    """
    lows, highs = [inf] * columns, [-inf] * columns

    def touch(column: int, y0: float, y1: float) -> None:
        low, high = (y0, y1) if y0 < y1 else (y1, y0)
        if low < lows[column]:
            lows[column] = low
        if high > highs[column]:
            highs[column] = high

    for line in lines:
        for column, y0, y1 in crossings(line, columns):
            touch(column, y0, y1)
    return [
        (min(int((1 - high) * rows), rows - 1), min(int((1 - low) * rows), rows - 1))
        if low <= high
        else (1, 0)
        for low, high in zip(lows, highs, strict=True)
    ]
