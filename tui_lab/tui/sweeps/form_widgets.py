"""The widgets of the sweep's form."""

from textual import events

from tui_lab.tui.style.text import Line
from tui_lab.tui.sweeps.form_model import SweepForm
from tui_lab.tui.sweeps.form_rows import about, axis_lines, option_lines, summary
from tui_lab.tui.widgets.lines import Changed, Lines, NoticeLines, Scroll


class AxisLines(Lines):
    """The rows of hyperparameters and widths."""

    def __init__(self, form: SweepForm) -> None:
        super().__init__()
        self._form = form

    def lines(self, width: int) -> list[Line]:
        focused = self.parent is not None and self.screen.focused is self.parent
        return [row for _, row in axis_lines(self._form, focused, width)]


class AxisList(Scroll, can_focus=True):
    """What can vary, scrolled to what is selected."""

    def __init__(self, form: SweepForm) -> None:
        super().__init__(id="sweep-axes")
        self._form = form

    def compose(self) -> "list[Lines]":
        """The rows."""
        return [AxisLines(self._form)]

    def sync(self) -> None:
        super().sync()
        self.call_after_refresh(self._reveal)

    def _reveal(self) -> None:
        if self._form.option is not None:
            return
        places = [place for place, _ in axis_lines(self._form, False, 80)]
        first = places.index(self._form.place)  # its heading, if it is the first of its group
        self.reveal(first, first + places.count(self._form.place) - 1)

    def on_click(self, event: events.Click) -> None:
        """Select the clicked row."""
        rows = axis_lines(self._form, False, 80)
        at = event.y + round(self.scroll_y)
        if 0 <= at < len(rows):
            self._form.place = rows[at][0]
            self.post_message(Changed())


class OptionLines(Lines):
    """The settings in two columns."""

    def __init__(self, form: SweepForm, home: AxisList) -> None:
        super().__init__(id="sweep-options")
        self._form, self._home = form, home

    def lines(self, width: int) -> list[Line]:
        return option_lines(self._form, self._home.has_focus, width)


class FormSummary(NoticeLines):
    """The latest message, help on what is selected, and what will be trained."""

    HELP_ROWS = 3

    def __init__(self, form: SweepForm) -> None:
        super().__init__(id="sweep-summary")
        self._form = form

    def lines(self, width: int) -> list[Line]:
        helped = self.notice_lines(width) or about(self._form, width)
        room = self.HELP_ROWS if self.screen.size.height < 30 else self.HELP_ROWS + 2
        helped = helped if self.notice else helped[:room]
        return [*helped, *[()] * (room - len(helped)), *summary(self._form, width)]
