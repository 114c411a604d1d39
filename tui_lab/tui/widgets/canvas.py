"""A widget that fills its room with lines: only those that changed are painted."""

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui_lab.safe import LONGEST, safe
from tui_lab.tui.style.text import Line
from tui_lab.tui.style.theme import STYLES

Drawing = Callable[[int, int], list[Line]]
"""Lines for a width and a height; what is more than fits is cut off."""


class TextCanvas(Widget):
    """Unlike `Lines`, made for pictures that change often: a row costs as much as it has styles."""

    DEFAULT_CSS = "TextCanvas { width: 1fr; height: 1fr; }"

    def __init__(self, draw: Drawing, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._rows: list[Line] = []
        self._drawn_for = (0, 0)
        self._styles: dict[str, RichStyle] = {}

    @property
    def rows(self) -> list[Line]:
        """What is shown."""
        return self._rows

    def sync(self) -> None:
        """Draw; only rows that differ are painted."""
        old = self._rows
        self._drawn_for = width, height = self.size.width, self.size.height
        if not width or not height:
            return
        self._rows = self._draw(width, height)[:height]
        changed = [
            Region(0, y, width, 1)
            for y in range(max(len(old), len(self._rows)))
            if old[y : y + 1] != self._rows[y : y + 1]
        ]
        if changed:
            self.refresh(*changed)

    def on_resize(self) -> None:
        if self._drawn_for != self.size:
            self.sync()

    def notify_style_update(self) -> None:
        """Use the colours of the new theme."""
        self._styles.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """One row."""
        if self._drawn_for != self.size:
            self.sync()
        width, ground = self.size.width, self.rich_style
        if y >= len(self._rows):
            return Strip.blank(width, ground)
        strip = Strip(
            [Segment(safe(text, LONGEST), self._style(style)) for text, style in self._rows[y] if text]
        )
        return strip.adjust_cell_length(width, ground)

    def _style(self, name: str) -> RichStyle:
        if name not in self._styles:
            style = self.visual_style + self._get_style(STYLES[name])
            self._styles[name] = style.rich_style
        return self._styles[name]
