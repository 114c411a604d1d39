"""The one question the lab asks: what becomes of a run when its screen is left."""

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tui_lab.tui.panes.lines import Lines, Scroll
from tui_lab.tui.text import Line, line, wrap

Answer = Literal["leave", "stop", "stay"]
CHOICES: tuple[tuple[str, Answer, str], ...] = (
    ("q", "leave", "Leave it training. `tui-lab attach last` shows it again, from any terminal."),
    ("x", "stop", "Stop it, keep it, and quit."),
    ("esc", "stay", "Stay here."),
)


class LeaveText(Lines):
    """The question and what can be answered."""

    def lines(self, width: int) -> list[Line]:
        """A line or two for each answer."""
        lines: list[Line] = [line(("A run is training, in a process of its own.", "")), ()]
        for cap, _, words in CHOICES:
            head, *rest = wrap(words, max(10, width - 6))
            lines.append(((cap.ljust(6), "key"), *head))
            lines += [((" " * 6, ""), *row) for row in rest]
        return lines


class LeaveScreen(ModalScreen[Answer]):
    """Ends with the answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "answer('leave')", show=False, priority=True),
        Binding("x", "answer('stop')", show=False, priority=True),
        Binding("escape", "answer('stay')", show=False, priority=True),
    ]

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        with Scroll(id="leave") as box:
            box.border_title = " Leave the lab "
            yield LeaveText()

    def action_answer(self, answer: Answer) -> None:
        """Close with an answer."""
        self.dismiss(answer)
