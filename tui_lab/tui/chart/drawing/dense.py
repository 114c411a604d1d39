"""Lines that are noise: filled column by column, because plotext's time grows with every dot.

Such a line fills most of the dots between its lowest and its highest value in a column, whoever draws it:
the dots are those that the line touches. Two at 120x40 take 3 ms, where plotext takes up to 30.
"""

from collections.abc import Sequence
from itertools import pairwise

from tui_lab.tui.chart.drawing.band import filled
from tui_lab.tui.chart.drawing.raster import BRAILLE, Polyline

STEEP = 4
"""Lines that rise and fall by more dots than this for each column of dots are noise."""
_LEFT, _RIGHT = (0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80)
"""The dots of a braille cell from the top."""


def is_dense(lines: Sequence[Polyline], width: int, height: int) -> bool:
    """Whether lines are noise."""
    travelled = sum(abs(y1 - y0) for line in lines for (_, y0), (_, y1) in pairwise(line))
    return travelled * 4 * height > STEEP * 2 * width


def paint_dense(lines: Sequence[Polyline], width: int, height: int, marker: str = BRAILLE) -> list[str]:
    """Rows of glyphs, like `rasterize`."""
    if marker != BRAILLE:
        rows = [[" "] * width for _ in range(height)]
        for column, (top, bottom) in _touched(lines, width, height).items():
            for row in range(top, bottom + 1):
                rows[row][column] = marker
        return ["".join(row) for row in rows]
    cells = [[0] * width for _ in range(height)]
    for place, (top, bottom) in _touched(lines, 2 * width, 4 * height).items():
        column, dots = place // 2, _RIGHT if place % 2 else _LEFT
        for row in range(top // 4, bottom // 4 + 1):
            cells[row][column] |= ord(filled(dots, max(0, top - 4 * row), min(3, bottom - 4 * row)))
    return ["".join(chr(0x2800 | cell) if cell else " " for cell in row) for row in cells]


def _touched(lines: Sequence[Polyline], columns: int, rows: int) -> dict[int, tuple[int, int]]:
    """The first and the last of some rows, from the top, that lines touch in each of some columns."""
    spans: dict[int, tuple[float, float]] = {}

    def touch(column: int, low: float, high: float) -> None:
        known = spans.get(column)
        spans[column] = (low, high) if known is None else (min(low, known[0]), max(high, known[1]))

    for line in lines:
        if len(line) == 1:
            touch(min(int(line[0][0] * columns), columns - 1), line[0][1], line[0][1])
        for (x0, y0), (x1, y1) in pairwise(line):
            first, last = min(int(x0 * columns), columns - 1), min(int(x1 * columns), columns - 1)
            before = y0
            for column in range(first, last):
                edge = y0 + (y1 - y0) * ((column + 1) / columns - x0) / (x1 - x0)
                touch(column, min(before, edge), max(before, edge))
                before = edge
            touch(last, min(before, y1), max(before, y1))
    return {
        column: (min(int((1 - high) * rows), rows - 1), min(int((1 - low) * rows), rows - 1))
        for column, (low, high) in spans.items()
    }
