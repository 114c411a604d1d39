"""A screen as a small SVG file: Textual's own is five times as large and fetches a font from the web."""

from html import escape

from rich.cells import cell_len
from rich.color import Color
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from textual.app import App
from textual.strip import Strip

WIDTH, HEIGHT = 8, 17
"""A cell, in pixels."""
THEME = TerminalTheme((16, 21, 27), (214, 221, 230), [(0, 0, 0)] * 8)


def picture(app: App[int]) -> str:
    """The screen in front, as it is painted."""
    strips = app.screen._compositor.render_strips(app.size)
    width, height = app.size.width * WIDTH, len(strips) * HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'font-family="monospace" font-size="13" xml:space="preserve">',
        f'<rect width="{width}" height="{height}" fill="{_hex(None)}"/>',
    ]
    for y, strip in enumerate(strips):
        parts += _row(strip, y)
    return "\n".join([*parts, "</svg>", ""])


def _row(strip: Strip, y: int) -> list[str]:
    """Backgrounds, then texts; each as long as its style is the same."""
    backs: list[str] = []
    texts: list[str] = []
    x = 0
    for text, style, _ in strip.simplify():
        style = style or Style()
        front, back = style.color, style.bgcolor
        if style.reverse:
            front, back = back, front
        cells = cell_len(text)
        if cells and _hex(back) != _hex(None):
            size = f'width="{cells * WIDTH}" height="{HEIGHT}"'
            backs.append(f'<rect x="{x * WIDTH}" y="{y * HEIGHT}" {size} fill="{_hex(back)}"/>')
        if shown := text.strip():
            at = x + len(text) - len(text.lstrip())
            bold = ' font-weight="bold"' if style.bold else ""
            length = f'textLength="{cell_len(shown) * WIDTH}"'
            place = f'x="{at * WIDTH}" y="{y * HEIGHT + 13}" {length}'
            colour = f'fill="{_hex(front, front=True)}"{bold}'
            texts.append(f"<text {place} {colour}>{escape(shown, quote=False)}</text>")
        x += cells
    return backs + texts


def _hex(colour: Color | None, *, front: bool = False) -> str:
    triplet = THEME.foreground_color if front else THEME.background_color
    if colour is not None and not colour.is_default:
        triplet = colour.get_truecolor(THEME, foreground=front)
    return triplet.hex
