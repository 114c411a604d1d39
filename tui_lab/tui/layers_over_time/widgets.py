"""The texts of the screen: the quantities with what the figures say, and the table of the layers."""

from collections.abc import Callable
from math import isnan

from textual import events

from tui_lab.protocol.layer_events import LayerMeasured
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.chart.drawing.legend import LOOKS
from tui_lab.tui.layers_over_time.findings import troubled
from tui_lab.tui.layers_over_time.quantities import DISTRIBUTIONS, FIGURES, QUANTITIES, Figure
from tui_lab.tui.layers_over_time.shown import LayersShown
from tui_lab.tui.style.format import number
from tui_lab.tui.style.text import Line, Span, clip, fill, wrap
from tui_lab.tui.widgets.lines import Changed, Lines, NoticeLines

_GAP, _CELLS = 2, 9
_NAME_LEAST, _NAME_MOST, _SIGN = 12, 40, 6
_HISTOGRAMS = "histograms: "


class Heading(Lines):
    """The quantities, the current one highlighted, and what its figures say."""

    def __init__(self, shown: LayersShown, lens: Callable[[], Lens]) -> None:
        super().__init__(id="over-time-heading")
        self._over_time, self._lens = shown, lens

    def lines(self, width: int) -> list[Line]:
        """Three lines, so that the picture below stays where it is."""
        found = self._over_time.finding(self._lens())
        said = wrap(found.text, width, "warn" if found.trouble else "good") if found is not None else []
        if len(said) > 2:
            said = [said[0], clip((*said[1], *((" ", ""), *said[2])), width)]
        return [self._names(width), *said, *[()] * (2 - len(said))]

    def _names(self, width: int) -> Line:
        chosen = self._over_time.quantity
        names = [one.name for one in QUANTITIES]
        room = sum(map(len, names)) + _GAP * len(names) + len(_HISTOGRAMS) <= width
        spans: list[Span] = []
        for quantity in QUANTITIES:
            if quantity is DISTRIBUTIONS[0]:
                spans.append((_HISTOGRAMS if room else "│ ", "faint"))
            style = "cursor" if quantity is chosen else "dim"
            spans += [(quantity.name, style), (" " * (_GAP if room else 1), "")]
        return clip(tuple(spans), width)


class LayerTable(NoticeLines, can_focus=True):
    """The latest figures of the layers, or those at the cursor; a click selects a layer."""

    def __init__(self, shown: LayersShown, lens: Callable[[], Lens]) -> None:
        super().__init__(id="over-time-table")
        self._over_time, self._lens = shown, lens
        self._first = 0

    def lines(self, width: int) -> list[Line]:
        rows = self._rows()
        figures = self._figures(width)
        name = min(_NAME_MOST, width - _SIGN - len(figures) * (_CELLS + _GAP))
        heading: list[Span] = [(" " * _SIGN + fill("LAYER", name), "head")]
        for figure in figures:
            current = figure is self._over_time.quantity
            heading.append(
                (" " * _GAP + figure.short[:_CELLS].rjust(_CELLS), "accent" if current else "head")
            )
        lines = [clip(tuple(heading), width)] if rows else []
        lines += [self._row(layer, figures, name, width) for layer in rows]
        return [*lines, *self.notice_lines(width)]

    def _rows(self) -> list[LayerMeasured]:
        """As many as have room, around the selected one."""
        shown = self._over_time
        if not shown.measured:
            return []
        layers = shown.measured[shown.place_at(self._lens())].layers
        most = max(3, (self.screen.size.height - 12) // 2)
        at = next((k for k, layer in enumerate(layers) if layer.layer == shown.layer), 0)
        self._first = max(0, min(at - most // 2, len(layers) - most))
        return list(layers[self._first : self._first + most])

    def _figures(self, width: int) -> list[Figure]:
        """Those that fit; the current one always."""
        count = max(1, (width - _SIGN - _NAME_LEAST) // (_CELLS + _GAP))
        kept = list(FIGURES[:count])
        current = self._over_time.quantity
        if isinstance(current, Figure) and current not in kept:
            kept[-1] = current
        return kept

    def _row(self, layer: LayerMeasured, figures: list[Figure], name: int, width: int) -> Line:
        shown = self._over_time
        chosen = layer.layer == shown.layer
        role = shown.roles.get(layer.layer) if shown.as_lines and layer.layer in shown.names else None
        sign = f"─{LOOKS[role].dot}─ " if role else "    "
        spans: list[Span] = [
            ("› " if chosen else "  ", "cursor" if chosen and self.has_focus else "key"),
            (sign, role or "faint"),
            (fill(layer.layer, name), "row" if chosen else "" if layer.layer in shown.names else "faint"),
        ]
        for figure in figures:
            style = "row" if chosen else ""
            if troubled(figure, layer):
                style = "row-changed" if chosen else "bad"
            spans.append((" " * _GAP + figure_text(figure, layer).rjust(_CELLS), style))
        return clip(tuple(spans), width)

    def on_click(self, event: events.Click) -> None:
        rows = self._rows()
        if 1 <= event.y <= len(rows) and rows[event.y - 1].layer in self._over_time.names:
            self._over_time.layer = rows[event.y - 1].layer
            self.post_message(Changed())


def figure_text(figure: Figure, layer: LayerMeasured) -> str:
    """The value of a layer; a dash if it does not have it."""
    value = figure.value(layer)
    if isnan(value):
        return "–"
    return f"{value:.0%}" if figure.scale == "share" else number(value)
