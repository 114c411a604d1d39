"""The set-up on the screen: a list of settings and items, and notes below it."""

from typing import Any, Protocol

from textual import events

from tui_lab.tui.data_setup.settings import DataSetup
from tui_lab.tui.data_setup.table_rows import (
    about_lines,
    column_heading,
    column_line,
    preview_lines,
    reading_lines,
    refused_lines,
    setting_line,
)
from tui_lab.tui.data_setup.table_settings import TableSetup
from tui_lab.tui.style.text import Line, line
from tui_lab.tui.widgets.lines import Changed, Lines, NoticeLines

PREVIEW_ROWS = 8


class ListRows(Protocol):
    """The rows of the list."""

    def heading(self, width: int) -> Line:
        """The heading above the items."""

    def setting(self, name: str, chosen: bool, lit: bool, width: int) -> Line:
        """A setting."""

    def item(self, place: int, chosen: bool, lit: bool, width: int) -> Line:
        """An item, by index."""

    def about(self, width: int) -> list[Line]:
        """The notes below the list."""


class TableRows:
    """Settings and columns of a table."""

    def __init__(self, setup: TableSetup) -> None:
        self._setup = setup

    def heading(self, width: int) -> Line:
        return column_heading(width)

    def setting(self, name: str, chosen: bool, lit: bool, width: int) -> Line:
        return setting_line(self._setup, name, chosen, lit, width)

    def item(self, place: int, chosen: bool, lit: bool, width: int) -> Line:
        return column_line(self._setup, self._setup.columns[place], chosen, lit, width)

    def about(self, width: int) -> list[Line]:
        """The notes, or the first rows."""
        if not self._setup.preview_wanted:
            return about_lines(self._setup, width)
        head = line(("first rows, from the selected column on", "dim"))
        return [head, *preview_lines(self._setup, 20, width)]


class SetupList(Lines, can_focus=True):
    """Settings, a heading, items. Only visible rows are built: a table may have thousands of columns."""

    def __init__(self, setup: DataSetup[Any], rows: ListRows) -> None:
        super().__init__(id="setup-list")
        self._setup, self._rows, self._top = setup, rows, 0

    @property
    def rows(self) -> int:
        return max(1, self.size.height)

    @property
    def below(self) -> int:
        """The number of rows below the visible ones."""
        return max(0, self._setup.total + 1 - self._top - self.rows)

    def _at(self, row: int) -> int | None:
        """The index of a row of the list; None for the heading of the items."""
        settings = len(self._setup.settings)
        return row if row < settings else None if row == settings else row - 1

    def lines(self, width: int) -> list[Line]:
        setup = self._setup
        if setup.opened is None:
            return []
        every = setup.total + 1
        row = setup.place + (setup.place >= len(setup.settings))
        self._top = min(max(self._top, row - self.rows + 1), row, max(0, every - self.rows))
        if setup.place == 0:
            self._top = 0
        seen = range(self._top, min(every, self._top + self.rows))
        return [self._row(self._at(k), width) for k in seen]

    def _row(self, place: int | None, width: int) -> Line:
        if place is None:
            return self._rows.heading(width)
        chosen, settings = place == self._setup.place, self._setup.settings
        lit = chosen and self.has_focus
        if place < len(settings):
            return self._rows.setting(settings[place], chosen, lit, width)
        return self._rows.item(place - len(settings), chosen, lit, width)

    def on_resize(self) -> None:
        """Say how many rows are below now."""
        self.post_message(Changed())

    def on_click(self, event: events.Click) -> None:
        place = self._at(self._top + event.y)
        if place is not None:
            self._go(place - self._setup.place)

    def on_mouse_scroll_down(self) -> None:
        self._go(3)

    def on_mouse_scroll_up(self) -> None:
        self._go(-3)

    def _go(self, steps: int) -> None:
        self._setup.move(steps)
        self.post_message(Changed())


class SetupWords(NoticeLines):
    """The latest message, then the notes."""

    def __init__(self, rows: ListRows) -> None:
        super().__init__(id="setup-words")
        self._rows = rows

    def lines(self, width: int) -> list[Line]:
        return self.notice_lines(width) + self._rows.about(width)


class SetupPreview(Lines):
    """The first rows of the table, if there is room."""

    def __init__(self, setup: TableSetup) -> None:
        super().__init__(id="setup-preview")
        self._setup = setup

    def lines(self, width: int) -> list[Line]:
        return preview_lines(self._setup, PREVIEW_ROWS, width)


class SetupState(Lines):
    """In place of the list: reading progress, or why the data were refused."""

    share = 0.0
    refused: tuple[str, ...] = ()

    def __init__(self, file: str, what: str) -> None:
        super().__init__(id="setup-state")
        self._file, self._what = file, what

    def lines(self, width: int) -> list[Line]:
        if self.refused:
            return refused_lines(self._file, self.refused, width, self._what)
        return reading_lines(self._file, self.share, width)
