"""A small canvas of cells: a glyph and a style each."""

from itertools import groupby

from rich.cells import get_character_cell_size

from tui_lab.safe import safe
from tui_lab.tui.chart.frame import Row, Style


def cells(text: str, limit: int = 60) -> list[str]:
    """Cut a text from outside into cells, made safe; after a wide character comes an empty one."""
    found: list[str] = []
    for char in safe(text, limit):
        size = get_character_cell_size(char)
        if size == 0 and found:
            found[-1] += char
        elif size > 0:
            found += [char] + [""] * (size - 1)
    return found


class Grid:
    """Cells that are written over one another, the last on top; what falls outside is dropped."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.glyphs = [[" "] * width for _ in range(height)]
        self.styles: list[list[Style]] = [[""] * width for _ in range(height)]

    def put(self, column: int, row: int, glyph: str, style: Style) -> None:
        """Write one cell."""
        if 0 <= column < self.width and 0 <= row < self.height:
            self.glyphs[row][column] = glyph
            self.styles[row][column] = style

    def write(self, column: int, row: int, text: list[str], style: Style) -> None:
        """Write cells from a column on, all of them or, where they do not fit, none."""
        if 0 <= column <= self.width - len(text):
            for offset, glyph in enumerate(text):
                self.put(column + offset, row, glyph, style)

    def free(self, column: int, row: int, width: int) -> bool:
        """Tell whether cells lie within the grid and are blank."""
        inside = 0 <= row < self.height and 0 <= column <= self.width - width
        return inside and all(glyph == " " for glyph in self.glyphs[row][column : column + width])

    def overlay(self, rows: list[str], style: Style) -> None:
        """Write every glyph of a layer that is not blank."""
        for glyphs, styles, layer in zip(self.glyphs, self.styles, rows, strict=False):
            if layer.isspace():
                continue
            for column, glyph in enumerate(layer):
                if glyph not in " \N{BRAILLE PATTERN BLANK}":
                    glyphs[column], styles[column] = glyph, style

    def paste(self, other: "Grid", column: int, row: int) -> None:
        """Write another grid, blanks included, with its upper left corner here."""
        for offset in range(other.height):
            span = slice(column, column + other.width)
            self.glyphs[row + offset][span] = other.glyphs[offset]
            self.styles[row + offset][span] = other.styles[offset]

    def rows(self) -> tuple[Row, ...]:
        """Give the rows as runs of one style."""
        return tuple(map(_runs, self.glyphs, self.styles))


def _runs(glyphs: list[str], styles: list[Style]) -> Row:
    """Join neighbours of one style."""
    found: list[tuple[str, Style]] = []
    start = 0
    for style, run in groupby(styles):
        stop = start + len(list(run))
        found.append(("".join(glyphs[start:stop]), style))
        start = stop
    return tuple(found)
