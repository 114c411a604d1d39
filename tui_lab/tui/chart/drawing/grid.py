"""A canvas of cells, each with a glyph and a style."""

import re
from itertools import groupby

from rich.cells import get_character_cell_size

from tui_lab.safe import safe
from tui_lab.tui.chart.curves.frame import ChartRow, Style
from tui_lab.tui.chart.curves.series import RUNS

BRIGHT: frozenset[Style] = frozenset({"train", "val", *RUNS})
"""Curves that must not hide one another."""

_INK = re.compile("[^ \N{BRAILLE PATTERN BLANK}]+")
BACKGROUND: frozenset[Style] = frozenset({"raw", "baseline"})
"""What a label may cover."""


def cells(text: str, limit: int = 60) -> list[str]:
    """Split a text from outside into cells, made safe; a wide character is followed by an empty cell."""
    found: list[str] = []
    for char in safe(text, limit):
        size = get_character_cell_size(char)
        if size == 0 and found:
            found[-1] += char
        elif size > 0:
            found += [char] + [""] * (size - 1)
    return found


class Grid:
    """Cells that can be overwritten; anything outside is dropped."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.glyphs = [[" "] * width for _ in range(height)]
        self.styles: list[list[Style]] = [[""] * width for _ in range(height)]
        self.shared: set[tuple[int, int]] = set()
        """Cells, by column and row, that several curves share."""

    def put(self, column: int, row: int, glyph: str, style: Style) -> None:
        if 0 <= column < self.width and 0 <= row < self.height:
            self.glyphs[row][column] = glyph
            self.styles[row][column] = style

    def write(self, column: int, row: int, text: list[str], style: Style) -> None:
        """Write cells starting at a column; all of them or, if they do not fit, none."""
        if 0 <= column <= self.width - len(text):
            for offset, glyph in enumerate(text):
                self.put(column + offset, row, glyph, style)

    def free(self, column: int, row: int, width: int) -> bool:
        """Whether cells are within the grid, and blank or only background."""
        if not (0 <= row < self.height and 0 <= column <= self.width - width):
            return False
        span = slice(column, column + width)
        cells = zip(self.glyphs[row][span], self.styles[row][span], strict=True)
        return all(glyph == " " or style in BACKGROUND for glyph, style in cells)

    def overlay(self, rows: list[str], style: Style) -> None:
        """Write the glyphs of a layer that are not blank.

        Where two `BRIGHT` curves share a cell, neither hides the other: the cell gets the dots of both, and
        the colours alternate from cell to cell. Glyphs that cannot be combined alternate too.
        """
        for y, layer in enumerate(rows[: self.height]):
            if layer.isspace():
                continue
            glyphs, styles = self.glyphs[y], self.styles[y]
            for ink in _INK.finditer(layer):
                first, last = ink.span()
                if style in BRIGHT and BRIGHT.intersection(styles[first:last]) - {style}:
                    self._share(y, first, ink.group(), style)
                else:
                    glyphs[first:last], styles[first:last] = ink.group(), [style] * (last - first)

    def _share(self, y: int, first: int, layer: str, style: Style) -> None:
        """Write glyphs where another curve may be."""
        glyphs, styles = self.glyphs[y], self.styles[y]
        for x, glyph in enumerate(layer, first):
            if styles[x] in BRIGHT and styles[x] != style:
                self.shared.add((x, y))
                below = glyphs[x]
                if _is_braille(glyph) and _is_braille(below):
                    glyphs[x] = chr(ord(glyph) | ord(below))
                elif x % 2:
                    glyphs[x] = glyph
                if x % 2:
                    styles[x] = style
            else:
                glyphs[x], styles[x] = glyph, style

    def paste(self, other: "Grid", column: int, row: int) -> None:
        """Write another grid, blanks included, with its upper left corner at this position."""
        for offset in range(other.height):
            span = slice(column, column + other.width)
            self.glyphs[row + offset][span] = other.glyphs[offset]
            self.styles[row + offset][span] = other.styles[offset]

    def rows(self) -> tuple[ChartRow, ...]:
        """The rows as texts of one style each."""
        return tuple(map(_runs, self.glyphs, self.styles))


def _is_braille(glyph: str) -> bool:
    return 0x2800 <= ord(glyph[0]) <= 0x28FF if glyph else False


def _runs(glyphs: list[str], styles: list[Style]) -> ChartRow:
    """Join neighbouring cells of the same style."""
    found: list[tuple[str, Style]] = []
    start = 0
    for style, run in groupby(styles):
        stop = start + len(list(run))
        found.append(("".join(glyphs[start:stop]), style))
        start = stop
    return tuple(found)
