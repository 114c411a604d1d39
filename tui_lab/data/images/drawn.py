"""A generated image data set: the same on every machine, and no download needed."""

import os
import random
from math import cos, pi, sin
from pathlib import Path

from PIL import Image, ImageDraw

from tui_lab.errors import InputError
from tui_lab.files import put, temporary_in

SHAPES = ("circle", "cross", "diamond", "ring", "square", "star", "triangle")
EACH = 120
SIDE = 64
_FINER = 4  # supersampling, for smooth edges
_VERSION = 1

Point = tuple[float, float]


def drawn_folder(name: str, cache: Path) -> Path:
    """The folder of the set `name`, generated on first use. Raises InputError."""
    if name != "shapes":
        raise InputError(f"drawn:{name}: unknown set; the only one is drawn:shapes")
    folder = cache / f"shapes-{_VERSION}"
    if not folder.is_dir():
        try:
            with temporary_in(cache) as temporary:
                temporary.mkdir(parents=True)
                draw_shapes(temporary)
                put(temporary, folder)
        except OSError as error:
            if not folder.is_dir():  # another process may have generated it meanwhile
                why = os.strerror(error.errno or 0)
                raise InputError(f"{folder}: cannot write images there: {why}") from None
    return folder


def draw_shapes(folder: Path) -> None:
    """Seven classes of shapes in many sizes, positions and colours, slightly rotated."""
    dice = random.Random(20_261_123)
    for shape in SHAPES:
        (folder / shape).mkdir()
        for number in range(EACH):
            _draw(shape, dice).save(folder / shape / f"{number:03d}.png")


def _draw(shape: str, dice: random.Random) -> Image.Image:
    side = SIDE * _FINER
    ground = tuple(dice.randrange(90) for _ in range(3))
    colour = tuple(dice.randrange(120, 256) for _ in range(3))
    image = Image.new("RGB", (side, side), ground)
    radius = dice.uniform(0.22, 0.42) * side
    x, y = (side / 2 + dice.uniform(-1, 1) * (side / 2 - radius) for _ in range(2))
    turn = dice.uniform(-0.3, 0.3) - pi / 2
    pen = ImageDraw.Draw(image)
    box = (x - radius, y - radius, x + radius, y + radius)
    if shape == "circle":
        pen.ellipse(box, fill=colour)
    elif shape == "ring":
        pen.ellipse(box, outline=colour, width=round(radius * 0.4))
    else:
        for points in _outlines(shape, turn):
            pen.polygon([(x + radius * px, y + radius * py) for px, py in points], fill=colour)
    small = image.resize((SIDE, SIDE), Image.Resampling.BOX)
    noise = Image.frombytes("RGB", (SIDE, SIDE), dice.randbytes(3 * SIDE * SIDE))
    return Image.blend(small, noise, 0.08)


def _outlines(shape: str, turn: float) -> list[list[Point]]:
    """Corners on or in the unit circle."""
    match shape:
        case "triangle":
            return [_corners(3, turn)]
        case "square":
            return [_corners(4, turn)]
        case "diamond":
            long = [(px, 0.5 * py) for px, py in _corners(4, 0)]
            return [[(px * cos(turn) - py * sin(turn), px * sin(turn) + py * cos(turn)) for px, py in long]]
        case "star":
            outer, inner = _corners(5, turn), _corners(5, turn + pi / 5, 0.4)
            return [[point for pair in zip(outer, inner, strict=True) for point in pair]]
        case _:
            return [_bar(turn), _bar(turn + pi / 2)]


def _corners(count: int, turn: float, radius: float = 1) -> list[Point]:
    angles = [turn + 2 * pi * k / count for k in range(count)]
    return [(radius * cos(angle), radius * sin(angle)) for angle in angles]


def _bar(turn: float) -> list[Point]:
    long, wide = cos(0.25), sin(0.25)
    corners = [(long, wide), (long, -wide), (-long, -wide), (-long, wide)]
    return [(px * cos(turn) - py * sin(turn), px * sin(turn) + py * cos(turn)) for px, py in corners]
