"""The chart as a Textual widget: pictures to strips, repainting only what changed."""

from threading import Thread
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui_lab.tui.chart.curves.frame import ChartData, ChartRow, DrawnChart, Frame, Style
from tui_lab.tui.chart.drawing import raster
from tui_lab.tui.chart.drawing.layers import Layers
from tui_lab.tui.chart.drawing.plot import draw
from tui_lab.tui.style.theme import CURVE_COLOURS

_COLOURS = {
    "step": CURVE_COLOURS["train"],
    "raw": f"{CURVE_COLOURS['train']} 40%",
    "gone": "$foreground 32%",
    "axis": "$foreground 70%",
    "hint": "$foreground 50%",
    "baseline": "$foreground 45%",
    "edit": "$accent",
    "advice": "$warning",
    "gap": "$foreground",
    "cursor": "$foreground",
}
_BOLD = frozenset({"train", "step", "val", "best", "gap", "cursor"})


class LossChart(Widget, can_focus=True):
    """Curves of a run. Drawn by `show`, on resize and when the theme changes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"chart--{role}" for role in (*CURVE_COLOURS, *_COLOURS)}

    DEFAULT_CSS = """
    LossChart {
        width: 1fr;
        height: 1fr;
        min-height: 4;
    }
    """ + "".join(
        f"LossChart > .chart--{role} {{ color: {colour}; {'text-style: bold;' * (role in _BOLD)} }}\n"
        for role, colour in {**CURVE_COLOURS, **_COLOURS}.items()
    )

    def __init__(
        self,
        data: ChartData | None = None,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._data = data or ChartData()
        self._picture = DrawnChart((), None)
        self._drawn_for = (0, 0)
        self._layers = Layers()
        self._rich_styles: dict[Style, RichStyle] = {}

    @property
    def data(self) -> ChartData:
        return self._data

    @property
    def picture(self) -> DrawnChart:
        return self._picture

    def show(self, data: ChartData) -> None:
        """Draw new data; only rows that differ are repainted."""
        self._data = data
        old = self._picture.rows
        self._draw()
        self._repaint(old, self._picture.rows)

    def on_mount(self) -> None:
        """Load plotext in the background, so that the first curve does not wait for it."""
        Thread(target=raster.load, name="load plotext", daemon=True).start()

    def on_resize(self) -> None:
        """Redraw for the new size, unless that was painted already."""
        if self._drawn_for != self.size:
            self._draw()

    def notify_style_update(self) -> None:
        """Use the colours of the new theme."""
        self._rich_styles.clear()
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Redraw first, if a new layout is painted before its `Resize` event."""
        if self._drawn_for != self.size:
            self._draw()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One row as a strip."""
        width, blank = self._drawn_for[0], self._style("")
        if y >= len(self._picture.rows):
            return Strip.blank(width, blank)
        row = self._picture.rows[y]
        strip = Strip([Segment(text, self._style(style)) for text, style in row])
        return strip.adjust_cell_length(width, blank)

    def _draw(self) -> None:
        self._drawn_for = width, height = self.size
        if width and height:
            frame = Frame(self._data, width, height, mono=self.app.no_color)
            self._picture = draw(frame, self._picture.window, self._layers)

    def _repaint(self, old: tuple[ChartRow, ...], new: tuple[ChartRow, ...]) -> None:
        changed = [
            Region(0, y, self.size.width, 1) for y, row in enumerate(new) if y >= len(old) or old[y] != row
        ]
        if changed:
            self.refresh(*changed)

    def _style(self, style: Style) -> RichStyle:
        if style not in self._rich_styles:
            self._rich_styles[style] = (
                self.get_component_rich_style(f"chart--{style}") if style else self.rich_style
            )
        return self._rich_styles[style]
