"""Levels as colours, or as blocks of different heights without colour."""

from collections.abc import Sequence
from functools import cache
from math import isfinite, log10

from rich.color import Color
from rich.style import Style

from tui_lab.tui.layers_over_time.quantities import HEALTHY, Scale
from tui_lab.tui.style.format import number

Rgb = tuple[int, int, int]
BLOCKS = "▁▂▃▄▅▆▇█"
WILD = 2.0
"""The level of a value that is not finite; others are from 0 to 1, or from -1 to 1 around a middle."""
_WILD_COLOUR = (255, 0, 255)
_STEPS = 48
_SIZE: tuple[Rgb, ...] = ((30, 20, 60), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
_SHARE: tuple[Rgb, ...] = ((24, 44, 58), (90, 60, 110), (170, 60, 90), (230, 90, 60), (255, 200, 80))
_MIDDLE: tuple[Rgb, ...] = ((40, 90, 220), (80, 130, 190), (52, 132, 84), (214, 140, 60), (230, 50, 40))
_SIGNED: tuple[Rgb, ...] = ((50, 110, 230), (50, 80, 140), (44, 50, 58), (150, 84, 50), (240, 130, 50))
_PALETTES: dict[Scale, tuple[Rgb, ...]] = {
    "size": _SIZE,
    "share": _SHARE,
    "band": _MIDDLE,
    "signed": _SIGNED,
}
_DECADES = 2.0
"""Outside the healthy band, after so many powers of ten the colour no longer changes."""


def levels(rows: Sequence[Sequence[float]], scale: Scale) -> tuple[list[list[float | None]], str, str]:
    """The level of each value, None where there is none, and what the lowest and the highest level mean."""
    finite = [value for row in rows for value in row if isfinite(value)]
    match scale:
        case "share":
            low, high = "0 %", "100 %"
            found = [[_level(value, value) for value in row] for row in rows]
        case "band":
            low, high = "too small", "too large"
            found = [[_level(value, _beside(value)) for value in row] for row in rows]
        case "signed":
            most = max((abs(value) for value in finite), default=0.0) or 1.0
            low, high = number(-most), number(most)
            found = [[_level(value, value / most) for value in row] for row in rows]
        case "size":
            positive = [value for value in finite if value > 0]
            least, most = min(positive, default=1.0), max(positive, default=1.0)
            span = log10(most / least) if most > least else 1.0
            low, high = number(least), number(most)
            found = [
                [_level(value, log10(value / least) / span if value > 0 else 0.0) for value in row]
                for row in rows
            ]
    return found, low, high


def _level(value: float, level: float) -> float | None:
    if isfinite(value):
        return level
    return None if value != value else WILD


def _beside(value: float) -> float:
    """0 in the healthy band, less than that below it, more above it."""
    low, high = HEALTHY
    if value <= 0:
        return -1.0
    if value < low:
        return max(-1.0, -0.2 - 0.8 * log10(low / value) / _DECADES)
    return 0.0 if value <= high else min(1.0, 0.2 + 0.8 * log10(value / high) / _DECADES)


def colour(level: float | None, scale: Scale) -> Rgb | None:
    """The colour of a level."""
    if level is None:
        return None
    if level == WILD or not isfinite(level):
        return _WILD_COLOUR
    share = (level + 1) / 2 if scale in ("band", "signed") else level
    return _mixed(scale, round(max(0.0, min(1.0, share)) * _STEPS))


@cache
def _mixed(scale: Scale, step: int) -> Rgb:
    palette = _PALETTES[scale]
    place = step / _STEPS * (len(palette) - 1)
    first = min(int(place), len(palette) - 2)
    part = place - first
    red, green, blue = (
        round(one + (other - one) * part)
        for one, other in zip(palette[first], palette[first + 1], strict=True)
    )
    return red, green, blue


def block(level: float | None, scale: Scale) -> str:
    """What stands for a level without colour: the higher, the more."""
    if level is None:
        return " "
    if level == WILD or not isfinite(level):
        return "!"
    share = (level + 1) / 2 if scale in ("band", "signed") else level
    return BLOCKS[min(len(BLOCKS) - 1, max(0, int(share * len(BLOCKS))))]


@cache
def style(upper: Rgb | None, lower: Rgb | None) -> Style:
    """The style of a cell whose glyph has the first colour, on the second."""
    return Style(
        color=None if upper is None else Color.from_rgb(*upper),
        bgcolor=None if lower is None else Color.from_rgb(*lower),
    )


def readable(on: Rgb | None) -> Rgb | None:
    """The colour of a glyph over a colour."""
    if on is None:
        return None
    red, green, blue = on
    return (20, 24, 30) if 299 * red + 587 * green + 114 * blue > 128_000 else (235, 238, 242)
