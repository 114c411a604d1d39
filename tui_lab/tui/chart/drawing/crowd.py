"""Hundreds of lines as one picture of braille dots, to which lines are added: only what is new is drawn.

Each column of dots is one whole number, a byte for each cell, so that to add a stretch of dots is one "or".
The dots are those that a line touches, as in `dense`. A line of 100 points across 110 columns takes 0.3 ms;
a thousand of them are drawn over several frames, in which `Crowd` shows what it has so far.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from tui_lab.tui.chart.drawing.braille import LEFT, RIGHT, glyphs, half_column
from tui_lab.tui.chart.drawing.dense import crossings
from tui_lab.tui.chart.drawing.raster import Polyline


class Canvas:
    """Dots on `width` by `height` cells."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._columns = [0] * (2 * width)
        self._rows: list[str] | None = None

    def add(self, line: Polyline) -> int:
        """Add a line, in coordinates from 0 to 1; returns how many stretches of dots that took."""
        dots, height, columns = 4 * self.height, self.height, self._columns
        count = 0
        for column, y0, y1 in crossings(line, len(columns)):
            low, high = (y0, y1) if y0 < y1 else (y1, y0)
            top, bottom = min(int((1 - high) * dots), dots - 1), min(int((1 - low) * dots), dots - 1)
            columns[column] |= _stretch(top, bottom, height, column % 2)
            count += 1
        self._rows = None
        return count

    def rows(self) -> list[str]:
        """Rows of glyphs."""
        if self._rows is None:
            pairs = zip(self._columns[::2], self._columns[1::2], strict=True)
            texts = [glyphs((left | right).to_bytes(self.height)) for left, right in pairs]
            self._rows = ["".join(row) for row in zip(*texts, strict=True)]
        return self._rows


@lru_cache(maxsize=65_536)
def _stretch(top: int, bottom: int, height: int, side: int) -> int:
    return int.from_bytes(half_column(top, bottom, height, RIGHT if side else LEFT))


LinesFrom = Callable[[int, int], Iterable[Polyline]]
"""A line by its number, from one of its points on, in coordinates from 0 to 1; several if it has gaps."""


class Crowd:
    """Lines by number, each of which may grow at its end.

    Lines that go make the picture be drawn anew; what was there is shown until that is done.
    """

    def __init__(self) -> None:
        self._next = Canvas(0, 0)
        self._shown = self._next
        self._drawn: dict[int, int] = {}
        self._key: object = None
        self.waiting = 0
        """How many lines are not drawn, or not all of them."""

    def draw(
        self,
        points: Mapping[int, int],
        lines_from: LinesFrom,
        size: tuple[int, int],
        key: object,
        budget: int,
    ) -> tuple[list[str], int]:
        """Rows of glyphs for a width and a height, and what is left of the `budget`, in stretches of dots.

        `points`: how many each line has now. `key`: what the coordinates depend on, such as the limits of the
        axes; with another one, or in another size, all is drawn anew.
        """
        if (key, size) != (self._key, (self._next.width, self._next.height)):
            self._key, self._drawn, self._next = key, {}, Canvas(*size)
            self._shown = self._next
        elif not self._drawn.keys() <= points.keys():
            self._drawn, self._next = {}, Canvas(*size)
        new = [number for number, count in points.items() if self._drawn.get(number) != count]
        self.waiting = 0
        for place, number in enumerate(new):
            if budget <= 0:
                self.waiting = len(new) - place
                break
            for line in lines_from(number, max(0, self._drawn.get(number, 0) - 1)):
                budget -= self._next.add(line)
            self._drawn[number] = points[number]
        if not self.waiting:
            self._shown = self._next
        return self._shown.rows(), budget
