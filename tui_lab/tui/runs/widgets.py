"""The visible part of the list of runs, and details of the selected run."""

from time import time

from textual import events

from tui_lab.tui.runs.columns import Layout, layout
from tui_lab.tui.runs.details import details
from tui_lab.tui.runs.rows import heading, row
from tui_lab.tui.runs.run_list import RunList
from tui_lab.tui.style.text import Line, wrap
from tui_lab.tui.widgets.lines import Changed, Lines, NoticeLines


class RunTable(Lines, can_focus=True):
    """A heading and rows. Only visible rows are built: a thousand runs cost as much as twenty."""

    def __init__(self, run_list: RunList) -> None:
        super().__init__(id="run-table")
        self._run_list, self._nothing, self._top = run_list, "", 0
        self._fit: tuple[tuple[int, int], Layout] | None = None

    @property
    def rows(self) -> int:
        return max(1, self.size.height - 1)

    @property
    def below(self) -> int:
        """The number of runs below the visible ones."""
        return max(0, len(self._run_list.shown) - self._top - self.rows)

    def show(self, nothing: str) -> None:
        """Update; `nothing` is the text for an empty list."""
        self._nothing = nothing
        self.sync()

    def lines(self, width: int) -> list[Line]:
        run_list = self._run_list
        if not run_list.shown:
            return wrap(self._nothing, width, "dim")
        last = max(0, len(run_list.shown) - self.rows)
        self._top = min(max(self._top, run_list.place - self.rows + 1), run_list.place, last)
        now, lit = time(), self.has_focus
        seen = enumerate(run_list.shown[self._top : self._top + self.rows], self._top)
        fit = self._layout(width)
        rows = [row(run_list, fit, run, place == run_list.place, lit, now, width) for place, run in seen]
        return [heading(run_list, fit, width), *rows]

    def _layout(self, width: int) -> Layout:
        """The layout for all runs in the list, so that it does not change while scrolling."""
        key = self._run_list.version, width
        if self._fit is None or self._fit[0] != key:
            self._fit = key, layout(self._run_list, width)
        return self._fit[1]

    def on_click(self, event: events.Click) -> None:
        """Select the clicked run; a click on a heading sorts by that column, or reverses the order."""
        if event.y == 0 and self._run_list.shown:
            self._run_list.sort_by(self._layout(self.size.width).column_at(event.x))
        self._go(self._top + event.y - 1 - self._run_list.place if event.y else 0)

    def on_mouse_scroll_down(self) -> None:
        self._go(3)

    def on_mouse_scroll_up(self) -> None:
        self._go(-3)

    def _go(self, steps: int) -> None:
        self._run_list.move(steps)
        self.post_message(Changed())


class RunDetails(NoticeLines):
    """The latest message, and details of the selected run."""

    def __init__(self, run_list: RunList) -> None:
        super().__init__(id="run-details")
        self._run_list = run_list

    def lines(self, width: int) -> list[Line]:
        run = self._run_list.chosen
        return self.notice_lines(width) + (details(self._run_list, run, width) if run is not None else [])
