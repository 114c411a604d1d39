"""Captioned pictures in rows and columns that fill the space."""

from dataclasses import dataclass
from math import ceil

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from tui_lab.tui.style.text import fill
from tui_lab.tui.widgets.picture import PixelImage, SegmentRows, braille, half_blocks, scaled

_BESIDE, _BETWEEN = 1, 3
"""Cells between the pictures of a tile, and between tiles."""
_LEAST, _MOST = 6, 48
"""The minimum and maximum of pixels per side."""
_WANTED = 4
"""Show at least this many tiles if there is room: a single large one is less useful."""
_CAPTION = 10
"""The minimum width of a tile, so that its caption is readable."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Pictures of equal size side by side, with a caption above."""

    caption: str
    pictures: tuple[PixelImage, ...]


@dataclass(frozen=True, slots=True)
class GalleryLayout:
    """The layout of tiles; `side` is the maximum number of pixels per side."""

    columns: int
    rows: int
    side: int

    @property
    def seats(self) -> int:
        """The number of tiles that fit."""
        return self.columns * self.rows


def plan(room: tuple[int, int], picture: tuple[int, int], abreast: int, tiles: int) -> GalleryLayout:
    """The layout that fills the room with at least `_WANTED` tiles, or all of them, if possible.

    `room` in cells, `picture` in pixels: width, height. Small pictures are enlarged by whole factors only.
    """
    plans = [_fitting(room, picture, side, abreast) for side in _sides(max(picture))]
    for wanted in (min(_WANTED, tiles), 2, 1):
        if enough := [found for found in plans if found.seats >= wanted]:
            return max(enough, key=lambda found: min(found.seats, tiles) * found.side**2)
    return GalleryLayout(1, 1, _LEAST)


def _sides(longest: int) -> list[int]:
    """Possible side lengths, the largest first."""
    factors = range(_MOST // longest, 0, -1)
    return [longest * factor for factor in factors] + list(range(min(longest - 1, _MOST), _LEAST - 1, -1))


def _fitting(room: tuple[int, int], picture: tuple[int, int], side: int, abreast: int) -> GalleryLayout:
    width, height = (max(1, round(edge * side / max(picture))) for edge in picture)
    columns = (room[0] + _BETWEEN) // (_tile_width(width, abreast) + _BETWEEN)
    return GalleryLayout(columns, room[1] // (ceil(height / 2) + 1), side)


def _tile_width(width: int, abreast: int) -> int:
    return max(_CAPTION, abreast * width + (abreast - 1) * _BESIDE)


def laid_out(tiles: tuple[Tile, ...], columns: int, side: int, colour: bool) -> list[list[Segment]]:
    """Lines of segments: each row of tiles is a line of captions with the pictures below."""
    lines: list[list[Segment]] = []
    for start in range(0, len(tiles), max(1, columns)):
        blocks = [_block(tile, side, colour) for tile in tiles[start : start + columns]]
        for row in range(max(map(len, blocks))):
            line: list[Segment] = []
            for place, block in enumerate(blocks):
                line += [Segment(" " * _BETWEEN)] * bool(place) + block[row]
            lines.append(line)
    return lines


def _block(tile: Tile, side: int, colour: bool) -> SegmentRows:
    """A tile: its caption and the rows of its pictures, all of the same width."""
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
    """Shows as many tiles as fit, starting with `first`."""

    DEFAULT_CSS = "Gallery { width: 1fr; height: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tiles: tuple[Tile, ...] = ()
        self.first = 0
        self._lines: list[Strip] = []

    @property
    def plan(self) -> GalleryLayout:
        return self.plan_for(self.tiles)

    def plan_for(self, tiles: tuple[Tile, ...]) -> GalleryLayout:
        """The layout for these tiles, which all have the same number of pictures of equal size."""
        if not tiles or not tiles[0].pictures:
            return GalleryLayout(1, 1, _LEAST)
        picture = tiles[0].pictures[0]
        size = picture.width, picture.height
        return plan((self.size.width, self.size.height), size, len(tiles[0].pictures), len(tiles))

    def show(self, tiles: tuple[Tile, ...], first: int = 0) -> None:
        """Show these tiles."""
        self.tiles, self.first = tiles, first
        self._draw()

    def turn(self, direction: int) -> None:
        """Go to the next or previous page."""
        seats = self.plan.seats
        if 0 <= self.first + direction * seats < len(self.tiles):
            self.first += direction * seats
            self._draw()

    def on_resize(self) -> None:
        self.first -= self.first % max(1, self.plan.seats)
        self._draw()

    def _draw(self) -> None:
        found = self.plan
        colour = not self.app.no_color and self.app.console.color_system is not None
        chosen = self.tiles[self.first : self.first + found.seats]
        self._lines = [Strip(line) for line in laid_out(chosen, found.columns, found.side, colour)]
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A line of captions or pixels on the background of the widget."""
        ground = self.rich_style
        if y >= len(self._lines):
            return Strip.blank(self.size.width, ground)
        return self._lines[y].apply_style(ground).adjust_cell_length(self.size.width, ground)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The height of the tiles; used only if no height is given."""
        return len(self._lines)
