"""The set-up of a table on the screen: a list of settings and columns, and what there is to say beneath."""

from collections.abc import Callable

from textual import events

from tui_lab.tui.panes.lines import Lines
from tui_lab.tui.panes.setup_rows import (
    about_lines,
    column_heading,
    column_line,
    preview_lines,
    setting_line,
)
from tui_lab.tui.setup import SETTINGS, TableSetup
from tui_lab.tui.text import Line, line, wrap

PREVIEW_ROWS = 8


class SetupList(Lines, can_focus=True):
    """Settings, a heading, columns. Only those that can be seen are made: a table may have thousands."""

    def __init__(self, setup: TableSetup, moved: Callable[[], object]) -> None:
        super().__init__(id="setup-list")
        self._setup, self._moved = setup, moved
        self._top = 0

    @property
    def rows(self) -> int:
        """How many rows can be seen at once."""
        return max(1, self.size.height)

    def _at(self, row: int) -> int | None:
        """The place of a row of the list; None for the heading of the columns."""
        if row < len(SETTINGS):
            return row
        return None if row == len(SETTINGS) else row - 1

    def lines(self, width: int) -> list[Line]:
        """The rows around the one in focus."""
        setup = self._setup
        if setup.opened is None:
            return []
        every = setup.total + 1
        row = setup.place + (setup.place >= len(SETTINGS))
        self._top = min(max(self._top, row - self.rows + 1), row, max(0, every - self.rows))
        if setup.place == 0:
            self._top = 0
        seen = range(self._top, min(every, self._top + self.rows))
        return [self._row(self._at(k), width) for k in seen]

    def _row(self, place: int | None, width: int) -> Line:
        if place is None:
            return column_heading(width)
        chosen = place == self._setup.place
        lit = chosen and self.has_focus
        if place < len(SETTINGS):
            return setting_line(self._setup, SETTINGS[place], chosen, lit, width)
        return column_line(self._setup, self._setup.columns[place - len(SETTINGS)], chosen, lit, width)

    def on_focus(self) -> None:
        """Light the cursor."""
        self.sync()

    def on_blur(self) -> None:
        """Dim the cursor."""
        self.sync()

    def on_click(self, event: events.Click) -> None:
        """Go to the row that was clicked."""
        place = self._at(self._top + event.y)
        if place is not None:
            self._go(place - self._setup.place)

    def on_mouse_scroll_down(self) -> None:
        """Go down."""
        self._go(3)

    def on_mouse_scroll_up(self) -> None:
        """Go up."""
        self._go(-3)

    def _go(self, steps: int) -> None:
        self._setup.move(steps)
        self._moved()


class SetupWords(Lines):
    """What came of the last key; then the first rows, or what there is to say."""

    def __init__(self, setup: TableSetup, notice: Callable[[], str], rows_wanted: Callable[[], bool]) -> None:
        super().__init__(id="setup-words")
        self._setup, self._notice, self._rows_wanted = setup, notice, rows_wanted

    def lines(self, width: int) -> list[Line]:
        """As many lines as it takes; it is scrolled."""
        notice = self._notice()
        lines = wrap(notice, width, "accent", first="» ") if notice else []
        if not self._rows_wanted():
            return lines + about_lines(self._setup, width)
        lines.append(line(("the first rows; columns from the one in focus on", "dim")))
        return lines + preview_lines(self._setup, 20, width)


class SetupPreview(Lines):
    """The first rows, where there is room for them beside all else."""

    def __init__(self, setup: TableSetup) -> None:
        super().__init__(id="setup-preview")
        self._setup = setup

    def lines(self, width: int) -> list[Line]:
        """A heading and a few rows."""
        return preview_lines(self._setup, PREVIEW_ROWS, width)


class SetupState(Lines):
    """In place of all else: how far the reading is, or why it was refused."""

    def __init__(self, words: Callable[[int], list[Line]]) -> None:
        super().__init__(id="setup-state")
        self._words = words

    def lines(self, width: int) -> list[Line]:
        """A few lines."""
        return self._words(width)
