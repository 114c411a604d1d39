"""The dots of braille cells: two columns of four."""

from functools import lru_cache

LEFT, RIGHT = (0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80)
"""The dots of a cell from the top."""
GLYPHS = {dots: 0x2800 | dots if dots else ord(" ") for dots in range(256)}
"""The glyph of each set of dots, a blank for none; for `str.translate`."""


def is_braille(glyph: str) -> bool:
    """Whether the glyph of a cell has dots that can be combined with those of another."""
    return 0x2800 <= ord(glyph[0]) <= 0x28FF if glyph else False


@lru_cache(maxsize=8192)
def half_column(top: int, bottom: int, height: int, dots: tuple[int, ...]) -> bytes:
    """The dots of one half of a column, from `top` to `bottom`, a byte a cell; none if top > bottom."""
    if top > bottom:
        return bytes(height)
    first, last = top // 4, bottom // 4
    if first == last:
        inked = [sum(dots[top % 4 : bottom % 4 + 1])]
    else:
        inked = [sum(dots[top % 4 :]), *[sum(dots)] * (last - first - 1), sum(dots[: bottom % 4 + 1])]
    return bytes([*[0] * first, *inked, *[0] * (height - last - 1)])


def glyphs(column: bytes) -> str:
    """A column of cells, from the top, with these dots."""
    return column.decode("latin-1").translate(GLYPHS)
