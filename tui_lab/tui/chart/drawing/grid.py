"""A canvas of cells, each with a glyph and a style."""

import re
from typing import get_args

from rich.cells import get_character_cell_size

from tui_lab.safe import safe
from tui_lab.tui.chart.curves.frame import ChartRow, Style
from tui_lab.tui.chart.curves.series import RUNS, Role
from tui_lab.tui.chart.drawing.braille import is_braille

BRIGHT: frozenset[Style] = frozenset({"train", "val", *RUNS})
"""Curves that must not hide one another."""

_BLANK = " \N{BRAILLE PATTERN BLANK}"
_INK = re.compile(f"[^{_BLANK}]+")
_MANY = 0.75
"""A row of a layer in the background with fewer blanks than this is written whole rather than run by run."""
_STYLES: tuple[Style, ...] = (*get_args(Role), *get_args(get_args(Style)[1]))
_LETTER: dict[Style, str] = {style: chr(ord("A") + k) if style else " " for k, style in enumerate(_STYLES)}
_STYLE = {letter: style for style, letter in _LETTER.items()}
"""A letter for each style, so that runs are found by a regular expression; a blank for none."""
_RUN = re.compile(r"(.)(?:\1| )*")
_BACKGROUND = frozenset({_LETTER["raw"], _LETTER["baseline"]})
"""What a label may cover."""
_BRIGHT = frozenset(_LETTER[style] for style in BRIGHT)


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
        self._letters = [[" "] * width for _ in range(height)]
        """The style of each cell, as its letter."""
        self.shared: set[tuple[int, int]] = set()
        """Cells, by column and row, that several curves share."""
        self._bright: set[str] = set()

    def put(self, column: int, row: int, glyph: str, style: Style) -> None:
        if 0 <= column < self.width and 0 <= row < self.height:
            self.glyphs[row][column] = glyph
            self._letters[row][column] = _LETTER[style]

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
        cells = zip(self.glyphs[row][span], self._letters[row][span], strict=True)
        return all(glyph == " " or letter in _BACKGROUND for glyph, letter in cells)

    def overlay(self, rows: list[str], style: Style) -> None:
        """Write the glyphs of a layer that are not blank.

        Where two `BRIGHT` curves share a cell, neither hides the other: the cell gets the dots of both, and
        the colours alternate from cell to cell. Glyphs that cannot be combined alternate too.
        """
        own, bright = _LETTER[style], style in BRIGHT
        shares = bright and bool(self._bright - {own})
        if bright:
            self._bright.add(own)
        for y, layer in enumerate(rows[: self.height]):
            if layer.isspace():
                continue
            glyphs, letters = self.glyphs[y], self._letters[y]
            if not bright and len(layer) == self.width and layer.count(" ") < self.width * _MANY:
                self._cover(y, layer, own)
                continue
            for ink in _INK.finditer(layer):
                first, last = ink.span()
                if shares and _BRIGHT.intersection(letters[first:last]) - {own}:
                    self._share(y, first, ink.group(), own)
                else:
                    glyphs[first:last], letters[first:last] = ink.group(), [own] * (last - first)

    def _cover(self, y: int, layer: str, own: str) -> None:
        """Write a whole row; what was there is seen where it is blank."""
        glyphs, letters = self.glyphs[y], self._letters[y]
        kept = []
        if not "".join(glyphs).isspace():
            seen = (x for x, glyph in enumerate(glyphs) if glyph != " " and layer[x] == " ")
            kept = [(x, glyphs[x], letters[x]) for x in seen]
        glyphs[:], letters[:] = layer, [own] * self.width
        for x, glyph, its in kept:
            glyphs[x], letters[x] = glyph, its

    def _share(self, y: int, first: int, layer: str, own: str) -> None:
        """Write glyphs where another curve may be."""
        glyphs, letters = self.glyphs[y], self._letters[y]
        for x, glyph in enumerate(layer, first):
            if letters[x] in _BRIGHT and letters[x] != own:
                self.shared.add((x, y))
                below = glyphs[x]
                if is_braille(glyph) and is_braille(below):
                    glyphs[x] = chr(ord(glyph) | ord(below))
                elif x % 2:
                    glyphs[x] = glyph
                if x % 2:
                    letters[x] = own
            else:
                glyphs[x], letters[x] = glyph, own

    def paste(self, other: "Grid", column: int, row: int) -> None:
        """Write another grid, blanks included, with its upper left corner at this position."""
        for offset in range(other.height):
            span = slice(column, column + other.width)
            self.glyphs[row + offset][span] = other.glyphs[offset]
            self._letters[row + offset][span] = other._letters[offset]

    def rows(self) -> tuple[ChartRow, ...]:
        """The rows as texts of one style each."""
        return tuple(map(_runs, self.glyphs, self._letters))


def _runs(glyphs: list[str], letters: list[str]) -> ChartRow:
    """Join neighbouring cells of the same style; what follows without a style is blank, and joins them."""
    text = "".join(glyphs)
    whole = len(text) == len(glyphs)  # else a cell holds more or less than one character
    found: list[tuple[str, Style]] = []
    for run in _RUN.finditer("".join(letters)):
        first, last = run.span()
        found.append((text[first:last] if whole else "".join(glyphs[first:last]), _STYLE[run[1]]))
    return tuple(found)
