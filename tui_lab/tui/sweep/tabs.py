"""The views with their numbers."""

from collections.abc import Callable, Sequence

from tui_lab.tui.style.text import Line, Span, clip, width_of
from tui_lab.tui.sweep.views.view import View
from tui_lab.tui.widgets.lines import Lines


class ViewTabs(Lines):
    """One line; with short names if room is short."""

    def __init__(self, views: Sequence[View], chosen: Callable[[], View]) -> None:
        super().__init__(id="sweep-tabs")
        self._views, self._chosen = views, chosen

    def lines(self, width: int) -> list[Line]:
        for gap, short in (("   ", False), (" ", False), (" ", True)):
            found = self._made(gap, short)
            if width_of(found) <= width:
                break
        return [clip(found, width)]

    def _made(self, gap: str, short: bool) -> Line:
        spans: list[Span] = []
        for number, view in enumerate(self._views, 1):
            style = "cursor" if view is self._chosen() else ""
            name = view.short if short else view.name
            spans += [(gap if spans else "", ""), (f"{number} ", "key"), (name, style)]
        return tuple(spans)
