"""A question in a box, with a key for each answer."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tui_lab.tui.style.text import Line, line, wrap
from tui_lab.tui.widgets.closing_screen import ClosingScreen
from tui_lab.tui.widgets.key_line import KeyLine
from tui_lab.tui.widgets.lines import Lines, Scroll, set_title

Choice = tuple[str, str, str]
"""A key, its answer in a word or two, and an explanation."""


class QuestionText(Lines):
    """The question and the explanations of the answers."""

    def __init__(self, text: str, choices: tuple[Choice, ...]) -> None:
        super().__init__()
        self._text, self._choices = text, choices
        self.unknown = False
        """Whether another key was pressed: then the question says which ones answer it."""

    def lines(self, width: int) -> list[Line]:
        lines: list[Line] = [*wrap(self._text, width), ()]
        for key, _, words in self._choices:
            head, *rest = wrap(words, max(10, width - 6))
            lines.append(((cap(key).ljust(6), "key"), *head))
            lines += [line((" " * 6, ""), *row) for row in rest]
        if self.unknown:
            keys = [cap(key) for key, _, _ in self._choices]
            lines += [(), *wrap(f"press {', '.join(keys[:-1])} or {keys[-1]}", width, "warn")]
        return lines


def cap(key: str) -> str:
    """The name of a key on the screen."""
    return "esc" if key == "escape" else key


class AskScreen(ClosingScreen[str], ModalScreen[str]):
    """Ends with the answer; Esc gives the last one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", show=False, priority=True)]

    def __init__(self, title: str, text: str, choices: tuple[Choice, ...]) -> None:
        super().__init__()
        self._title, self._choices = title, choices
        self._question = QuestionText(text, choices)

    def compose(self) -> ComposeResult:
        with Scroll(id="ask") as box:
            set_title(box, f" {self._title} ")
            yield self._question
        yield KeyLine(*((cap(key), answer) for key, answer, _ in self._choices))

    def on_key(self, event: events.Key) -> None:
        """Close with the answer of a key."""
        event.stop()
        for key, answer, _ in self._choices:
            if key == event.key:
                self.dismiss(answer)
                return
        self._question.unknown = True
        self._question.sync()

    def action_give_up(self) -> None:
        """Close with the last answer."""
        self.dismiss(self._choices[-1][1])
