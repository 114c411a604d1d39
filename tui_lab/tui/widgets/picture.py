"""Pixels as terminal cells: two pixels per cell in colour, or braille dots by brightness without colour.

Pure functions; a row is a list of segments, with neighbours of the same style joined.
"""

from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

Pixel = tuple[int, int, int]
SegmentRows = list[list[Segment]]
UPPER = "▀"
_BRAILLE = 0x2800
_DOTS = (((0x01, 0x02), (0x08, 0x10)), ((0x04, 0x40), (0x20, 0x80)))
"""For the upper and the lower pixel of a cell: its two dots on the left, its two on the right."""
_ORDER = ((0, 0), (1, 1), (1, 0), (0, 1))
"""The order in which the four dots of a pixel are set, from dark to light."""


@dataclass(frozen=True, slots=True)
class PixelImage:
    """`height` rows of `width` pixels; red, green and blue from 0 to 255."""

    width: int
    height: int
    pixels: tuple[Pixel, ...]

    def row(self, y: int) -> tuple[Pixel, ...]:
        """The pixels of a row."""
        return self.pixels[y * self.width : (y + 1) * self.width]


def picture_of(text: str, width: int, height: int, channels: int) -> PixelImage:
    """A picture from base64, as in an event. Raises ValueError if the length does not match the size."""
    return picture_from(b64decode(text, validate=True), width, height, channels)


def picture_from(values: bytes, width: int, height: int, channels: int) -> PixelImage:
    """A picture from bytes: rows of pixels of channels. Raises ValueError if the length does not match."""
    if channels not in (1, 3) or min(width, height) < 1 or len(values) != width * height * channels:
        raise ValueError("the pixels do not match the size")
    if channels == 1:
        return PixelImage(width, height, tuple((value, value, value) for value in values))
    flat = iter(values)
    return PixelImage(width, height, tuple(zip(flat, flat, flat, strict=True)))


def scaled(picture: PixelImage, side: int) -> PixelImage:
    """The picture with at most `side` pixels per side: enlarged by a whole factor, or averaged down."""
    longest = max(picture.width, picture.height)
    if longest <= side:
        return _enlarged(picture, side // longest)
    width, height = (max(1, round(edge * side / longest)) for edge in (picture.width, picture.height))
    columns = [_span(x, width, picture.width) for x in range(width)]
    pixels: list[Pixel] = []
    for y in range(height):
        rows = [picture.row(row) for row in _span(y, height, picture.height)]
        pixels += [_mean([row[x] for row in rows for x in span]) for span in columns]
    return PixelImage(width, height, tuple(pixels))


def _enlarged(picture: PixelImage, factor: int) -> PixelImage:
    pixels: list[Pixel] = []
    for y in range(picture.height):
        pixels += [pixel for pixel in picture.row(y) for _ in range(factor)] * factor
    return PixelImage(picture.width * factor, picture.height * factor, tuple(pixels))


def _span(place: int, count: int, length: int) -> range:
    """Which of `length` pixels are averaged into the pixel at `place` of `count`; at least one."""
    return range(place * length // count, max((place + 1) * length // count, place * length // count + 1))


def _mean(pixels: list[Pixel]) -> Pixel:
    red, green, blue = (sum(values) // len(pixels) for values in zip(*pixels, strict=True))
    return red, green, blue


def half_blocks(picture: PixelImage) -> SegmentRows:
    """In colour: the upper pixel of a cell is the foreground, the lower the background."""
    rows = []
    for y in range(0, picture.height, 2):
        upper = picture.row(y)
        lower = picture.row(y + 1) if y + 1 < picture.height else (None,) * picture.width
        rows.append(_joined((UPPER, _style(*cell)) for cell in zip(upper, lower, strict=True)))
    return rows


def braille(picture: PixelImage) -> SegmentRows:
    """Without colour: a pixel is four dots; the lighter it is within the picture, the more are set."""
    lights = [(299 * red + 587 * green + 114 * blue) / 1000 for red, green, blue in picture.pixels]
    low, high = min(lights), max(lights)
    scale = 4 / (high - low) if high > low else 0.0
    levels = [round((light - low) * scale) for light in lights]
    rows = []
    for y in range(0, picture.height, 2):
        codes = [_BRAILLE] * picture.width
        for half in range(min(2, picture.height - y)):
            for x in range(picture.width):
                level = levels[(y + half) * picture.width + x]
                codes[x] += sum(_DOTS[half][column][row] for column, row in _ORDER[:level])
        rows.append([Segment("".join(map(chr, codes)))])
    return rows


@lru_cache(maxsize=20_000)
def _style(upper: Pixel, lower: Pixel | None) -> Style:
    return Style(color=Color.from_rgb(*upper), bgcolor=None if lower is None else Color.from_rgb(*lower))


def _joined(cells: Iterable[tuple[str, Style]]) -> list[Segment]:
    return [
        Segment("".join(text for text, _ in same), style)
        for style, same in ((style, list(group)) for style, group in groupby(cells, key=lambda cell: cell[1]))
    ]
