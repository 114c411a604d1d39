"""The first frame: the presets, in the place where the lab shows them, while the rest of it is imported.

It needs nothing but Textual and the preset files. What it shows stands where the lab shows it, so that
nothing jumps. Keys wait for the lab: it handles them in their order.
"""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen

from tui_lab.experiment.preset_files import PresetWords
from tui_lab.tui.lab.panes.preset_rows import learn_lines, preset_lines
from tui_lab.tui.lab.sizes import is_wide, panes_fit, set_width_classes
from tui_lab.tui.style.marks import MARKS
from tui_lab.tui.style.text import Line, cut, line
from tui_lab.tui.widgets.footer import Footer
from tui_lab.tui.widgets.lines import Lines, Scroll, set_title

LOADING = "loading torch…"


class OpeningLines(Lines):
    """Lines that do not change."""

    def __init__(self, made: Callable[[int], list[Line]], id: str | None = None) -> None:
        super().__init__(id=id)
        self._made = made

    def lines(self, width: int) -> list[Line]:
        return self._made(width)


class Opening(Screen[None]):
    """The presets, and the frames of the other panes."""

    AUTO_FOCUS: ClassVar[str] = ""  # the look of the focus will do: every change of style costs a millisecond

    class Painted(Message):
        """The frame is on the terminal."""

    def __init__(self, presets: list[PresetWords], device: str) -> None:
        super().__init__()
        self._presets, self._device = presets, device
        self._right = Vertical(id="hyperparameters", classes="pane")
        self._body = Horizontal(id="body")

    def compose(self) -> ComposeResult:
        self._arrange(self.app.size)
        with self._body:
            with Vertical(id="presets", classes="pane -focused") as presets:
                set_title(presets, " 1 Presets ")
                with Scroll(id="preset-list"):
                    yield OpeningLines(self._rows)
                with Scroll(id="preset-words"):
                    yield OpeningLines(self._learn, "preset-about")
            with Vertical(id="centre"), Vertical(id="chart", classes="pane") as chart:
                set_title(chart, " 2 Loss ")
            yield self._right
            if self._presets:
                set_title(self._right, f" 3 Hyperparameters · {cut(self._presets[0].name, 40)} ")
        yield OpeningLines(lambda _: [], "message")
        yield OpeningLines(self._status, "status")
        footer = Footer()
        footer.show("presets", frozenset({"always", "rest", "usable"}))
        yield footer

    def on_mount(self) -> None:
        self.call_after_refresh(self.post_message, self.Painted())

    def _pop_result_callback(self) -> None:
        """Nobody waits for a result of the first screen; Textual would fail to find who does."""

    def on_resize(self) -> None:
        self._arrange(self.size)

    def _arrange(self, size: Size) -> None:
        set_width_classes(self, size)
        self._body.display = panes_fit(size)
        self._right.display = is_wide(size)

    def _rows(self, width: int) -> list[Line]:
        return [
            row
            for place, said in enumerate(self._presets)
            for row in preset_lines(said.name, said.title, not place, not place, True, 0, width)
        ]

    def _learn(self, width: int) -> list[Line]:
        return learn_lines(self._presets[0].title, self._presets[0].learn, width) if self._presets else []

    def _status(self, width: int) -> list[Line]:
        mark, style = MARKS[LOADING]
        return [line((f"{mark} {LOADING}", style), "   ", ("device ", "dim"), self._device)]
