"""Lines that grow at their end: plotext draws only what is new, over a picture of what was there before.

While the axes stay as they are, a curve differs from the one of the previous frame in its last points.
plotext draws the line between two points alike whatever comes before them, so the dots are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tui_lab.tui.chart.drawing.braille import is_braille
from tui_lab.tui.chart.drawing.raster import BRAILLE, Polyline, columns_around, rasterize, rasterize_part

LOOSE = 4
"""So many points at the end of a line may change: the lowest and highest of a column that still grows."""
MANY = 8
"""Beyond so many new points, the older of them become part of the picture."""


@dataclass(slots=True)
class GrowingLine:
    """A line that is drawn again and again, and the picture of its first part."""

    _drawn: Polyline = ()
    _rows: list[str] = field(default_factory=list)
    _canvas: tuple[int, int, str] = (0, 0, "")
    _last: Polyline = ()
    _shown: list[str] = field(default_factory=list)
    """The whole of the last line, and its picture."""

    def draw(self, line: Polyline, width: int, height: int, marker: str = BRAILLE) -> list[str]:
        """Rows of glyphs, the same as by `rasterize`."""
        if self._canvas == (width, height, marker) and line == self._last:
            return self._shown
        known = len(self._drawn)
        if self._canvas != (width, height, marker) or not known or line[:known] != self._drawn:
            known = max(1, len(line) - LOOSE)
            self._canvas, self._drawn = (width, height, marker), line[:known]
            self._rows = rasterize([self._drawn], width, height, marker)
        elif len(line) - known > MANY:
            later = len(line) - LOOSE
            self._rows = self._with(line[known - 1 : later])
            known, self._drawn = later, line[:later]
        self._last, self._shown = line, self._with(line[known - 1 :])
        return self._shown

    def _with(self, line: Polyline) -> list[str]:
        """The picture with a line over it, which begins where it ends."""
        width, height, marker = self._canvas
        first, end = columns_around(line[0][0], line[-1][0], width)
        added = rasterize_part((first, end), [line], width, height, marker)
        return [
            row if new.isspace() else row[:first] + "".join(map(_both, row[first:end], new)) + row[end:]
            for row, new in zip(self._rows, added, strict=True)
        ]


class Layers:
    """The curves of the previous frame, by their places from the back."""

    def __init__(self) -> None:
        self._lines: dict[int, GrowingLine] = {}

    def draw(self, place: int, lines: Sequence[Polyline], width: int, height: int, marker: str) -> list[str]:
        """Rows of glyphs of a curve; of one that has gaps, all is drawn anew."""
        if len(lines) != 1 or width < 2:
            self._lines.pop(place, None)
            return rasterize(lines, width, height, marker)
        return self._lines.setdefault(place, GrowingLine()).draw(lines[0], width, height, marker)


def _both(below: str, above: str) -> str:
    """A glyph over another: the dots of both, or the one above where they cannot be combined."""
    if above == " " or below == above:
        return below
    if below == " " or not (is_braille(below) and is_braille(above)):
        return above
    return chr(ord(below) | ord(above))
