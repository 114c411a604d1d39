"""Pictures with a word above each, in rows and columns that fill the room there is."""

from dataclasses import dataclass
from math import ceil

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from tui_lab.tui.panes.picture import Picture, Rows, braille, half_blocks, scaled
from tui_lab.tui.text import fill

_BESIDE, _BETWEEN = 1, 3
"""Cells between the pictures of a tile, and between tiles."""
_LEAST, _MOST = 6, 48
"""Pixels a side."""
_WANTED = 4
"""So many tiles are to be seen at once, if there is room: a single large one tells less."""
_CAPTION = 10
"""The least width of a tile: its word must be readable."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Pictures of one size side by side, and the word above them."""

    caption: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How tiles are laid out: `side` is the most pixels a side."""

    columns: int
    rows: int
    side: int

    @property
    def seats(self) -> int:
        """How many tiles there is room for."""
        return self.columns * self.rows


def plan(room: tuple[int, int], picture: tuple[int, int], abreast: int, tiles: int) -> Plan:
    """Tiles that fill the room, `_WANTED` at least or as many as there are; fewer where there is no room.

    `room` in cells, `picture` in pixels: width, height. What is small is enlarged by whole factors only.
    """
    plans = [_fitting(room, picture, side, abreast) for side in _sides(max(picture))]
    for wanted in (min(_WANTED, tiles), 2, 1):
        if enough := [found for found in plans if found.seats >= wanted]:
            return max(enough, key=lambda found: min(found.seats, tiles) * found.side**2)
    return Plan(1, 1, _LEAST)


def _sides(longest: int) -> list[int]:
    """Sides that pictures may have, the largest first."""
    factors = range(_MOST // longest, 0, -1)
    return [longest * factor for factor in factors] + list(range(min(longest - 1, _MOST), _LEAST - 1, -1))


def _fitting(room: tuple[int, int], picture: tuple[int, int], side: int, abreast: int) -> Plan:
    width, height = (max(1, round(edge * side / max(picture))) for edge in picture)
    columns = (room[0] + _BETWEEN) // (_tile_width(width, abreast) + _BETWEEN)
    return Plan(columns, room[1] // (ceil(height / 2) + 1), side)


def _tile_width(width: int, abreast: int) -> int:
    return max(_CAPTION, abreast * width + (abreast - 1) * _BESIDE)


def laid_out(tiles: tuple[Tile, ...], columns: int, side: int, colour: bool) -> list[list[Segment]]:
    """Lines of segments: each row of tiles is a line of words and the pictures beneath."""
    lines: list[list[Segment]] = []
    for start in range(0, len(tiles), max(1, columns)):
        blocks = [_block(tile, side, colour) for tile in tiles[start : start + columns]]
        for row in range(max(map(len, blocks))):
            line: list[Segment] = []
            for place, block in enumerate(blocks):
                line += [Segment(" " * _BETWEEN)] * bool(place) + block[row]
            lines.append(line)
    return lines


def _block(tile: Tile, side: int, colour: bool) -> Rows:
    """A tile: its word, and the rows of its pictures; all of one width."""
    draw = half_blocks if colour else braille
    pictures = [scaled(picture, side) for picture in tile.pictures]
    used = sum(picture.width for picture in pictures) + _BESIDE * (len(pictures) - 1)
    width = max(_CAPTION, used)
    block = [[Segment(fill(tile.caption, width))]]
    for rows in zip(*map(draw, pictures), strict=True):
        line: list[Segment] = []
        for place, row in enumerate(rows):
            line += [Segment(" " * _BESIDE)] * bool(place) + row
        block.append([*line, Segment(" " * (width - used))])
    return block


class Gallery(Widget):
    """Shows tiles, as many as there is room for, from `first` on."""

    DEFAULT_CSS = "Gallery { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tiles: tuple[Tile, ...] = ()
        self.first = 0
        self._lines: list[Strip] = []

    @property
    def plan(self) -> Plan:
        """How the tiles are laid out."""
        return self.plan_for(self.tiles)

    def plan_for(self, tiles: tuple[Tile, ...]) -> Plan:
        """How tiles would be laid out; all have as many pictures, of one size."""
        if not tiles or not tiles[0].pictures:
            return Plan(1, 1, _LEAST)
        picture = tiles[0].pictures[0]
        size = picture.width, picture.height
        return plan((self.size.width, self.size.height), size, len(tiles[0].pictures), len(tiles))

    def show(self, tiles: tuple[Tile, ...], first: int = 0) -> None:
        """Show these."""
        self.tiles, self.first = tiles, first
        self._draw()

    def turn(self, direction: int) -> None:
        """To the next or the last page."""
        seats = self.plan.seats
        if 0 <= self.first + direction * seats < len(self.tiles):
            self.first += direction * seats
            self._draw()

    def on_resize(self) -> None:
        """Lay out anew."""
        self.first -= self.first % max(1, self.plan.seats)
        self._draw()

    def _draw(self) -> None:
        found = self.plan
        colour = not self.app.no_color and self.app.console.color_system is not None
        chosen = self.tiles[self.first : self.first + found.seats]
        self._lines = [Strip(line) for line in laid_out(chosen, found.columns, found.side, colour)]
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A line of words or pixels on the ground of the widget."""
        ground = self.rich_style
        if y >= len(self._lines):
            return Strip.blank(self.size.width, ground)
        return self._lines[y].apply_style(ground).adjust_cell_length(self.size.width, ground)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """What the tiles take; used only where the height is not given."""
        return len(self._lines)
