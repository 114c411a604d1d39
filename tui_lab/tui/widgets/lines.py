"""A widget that shows lines of text, and one that scrolls them."""

from typing import Self

from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.widget import Widget

from tui_lab.safe import LONGEST, safe
from tui_lab.tui.style.text import Line, wrap
from tui_lab.tui.style.theme import STYLES


class Changed(Message):
    """A key or click in a widget changed what other parts of the screen show."""


class Lines(Widget):
    """Text laid out for the available width. `sync` repaints it only if it changed."""

    DEFAULT_CSS = """
    Lines { width: 1fr; height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        self._fresh = 0
        super().__init__(id=id, classes=classes, markup=False)
        self.auto_links = False  # there are none, and looking for them takes time
        self._shown: list[Line] = []
        """The width for which `_shown` was laid out and not yet painted."""
        self._laid: int | None = None
        self._missed = False
        """Whether `sync` was called while this was hidden: the height may have changed."""

    def lines(self, width: int) -> list[Line]:
        """The lines for a width, which none of them may exceed."""
        raise NotImplementedError

    def sync(self) -> None:
        """Update the lines."""
        if not self.is_mounted or not self.size.width:
            self._missed = True
            return
        width = self.size.width
        new = self.lines(width)
        grown = self._laid is not None and len(new) != self._laid
        if grown or new != self._shown:
            self.refresh(layout=grown or len(new) != len(self._shown))
            self._shown, self._fresh = new, width

    def refresh(self, *regions: Region, **how: bool) -> Self:
        """Whoever else asks for it may have changed what the lines are made of."""
        self._fresh = 0
        return super().refresh(*regions, **how)

    def on_focus(self) -> None:
        self.sync()

    def on_blur(self) -> None:
        self.sync()

    def on_show(self) -> None:
        """Use the current height: the layout still has the one from before it was hidden."""
        if self._missed:
            self._missed = False
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The number of lines."""
        self._laid = len(self.lines(width)) if width else 0
        return self._laid

    def render(self) -> Content:
        """All lines in the styles of the theme."""
        if self._fresh != self.size.width:
            self._shown = self.lines(self.size.width)
        self._fresh = 0
        return Content("\n").join(_content(line) for line in self._shown)


def _content(line: Line) -> Content:
    return Content.assemble(*((safe(text, LONGEST), STYLES[style]) for text, style in line if text))


def set_title(pane: Widget, text: str) -> None:
    """Show a title in the border, if it changed."""
    title = Content(safe(text, LONGEST))
    if pane._border_title != title:
        pane._border_title = title  # the public one paints all of the pane
        left, top = pane.content_offset
        pane.refresh(Region(-left, -top, pane.outer_size.width, 1))


class NoticeLines(Lines):
    """Lines below the latest message of the screen."""

    notice = ""

    def notice_lines(self, width: int) -> list[Line]:
        return wrap(self.notice, width, "accent", first="» ") if self.notice else []


class Scroll(Widget):
    """A scrollable window on lines; it has no keys of its own."""

    DEFAULT_CSS = """
    Scroll { width: 1fr; height: 1fr; overflow: hidden auto; scrollbar-size: 0 1; }
    """

    def sync(self) -> None:
        """Update the lines."""
        for part in self.query(Lines):
            part.sync()

    def on_focus(self) -> None:
        self.sync()

    def on_blur(self) -> None:
        self.sync()

    def page(self, direction: int) -> None:
        """Scroll by one page."""
        step = max(1, self.scrollable_content_region.height - 1)
        self.scroll_to(y=self.scroll_y + direction * step, animate=False)

    def reveal(self, first: int, last: int) -> None:
        """Scroll as little as needed to show these lines."""
        region = Region(0, first, 1, last - first + 1)
        self.scroll_to_region(region, animate=False, force=True)
