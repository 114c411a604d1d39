"""A window on the machine: how busy processor, memory and GPUs are."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tui_lab.session.machine import Machine
from tui_lab.tui.inspect.machine_text import MachineText
from tui_lab.tui.inspect.paging import PagingScreen
from tui_lab.tui.widgets.closing_screen import ClosingScreen
from tui_lab.tui.widgets.key_line import KeyLine
from tui_lab.tui.widgets.lines import Scroll, set_title

TICK_S = 1.0


class MachineScreen(ClosingScreen[None], PagingScreen[None]):
    """Shows what `machine` has seen. `on_gpu`: whether the run on the screen trains on a GPU."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,M", "dismiss", "close"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, machine: Machine, *, on_gpu: bool) -> None:
        super().__init__()
        self._text = MachineText(machine.history, on_gpu)

    def compose(self) -> ComposeResult:
        with Scroll(id="machine") as window:
            set_title(window, " The machine, in the last ten minutes ")
            yield self._text
        yield KeyLine(("↑↓", "scroll"), ("esc", "close"), ("q", "quit"))

    def on_mount(self) -> None:
        self.set_interval(TICK_S, self._text.sync)
