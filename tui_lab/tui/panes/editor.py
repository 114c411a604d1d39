"""A field in place of a row."""

from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from tui_lab.safe import safe_lines
from tui_lab.spec.catalogue import Entry, Value, format_value
from tui_lab.tui.keys import bindings
from tui_lab.tui.panes.knob_rows import limits_text
from tui_lab.tui.panes.lines import Lines
from tui_lab.tui.text import Line, line, wrap


class Field(Input):
    """The text field."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("editor")]

    class Left(Message):
        """The field is to be closed with nothing changed."""

    def action_leave(self) -> None:
        """Say that somebody wants to leave."""
        self.post_message(self.Left())


class Words(Lines):
    """Fixed text."""

    def __init__(self, id: str, text: str, style: str) -> None:
        super().__init__(id=id)
        self._text, self._style = text, style

    def lines(self, width: int) -> list[Line]:
        """The text, broken to the width."""
        return [row for part in self._text.split("\n") for row in wrap(part, width, self._style)]

    def say(self, text: str, style: str) -> None:
        """Show another text."""
        self._text, self._style = text, style
        self.sync()


class Label(Lines):
    """The name before the field."""

    def __init__(self, text: str) -> None:
        super().__init__(id="field-label")
        self._text = text
        self.styles.width = cell_len(text) + 3

    def lines(self, width: int) -> list[Line]:
        """One line."""
        return [line(("› ", "key"), (self._text, "bold"))]


class Editor(Vertical):
    """Label, field and, beneath, what may be typed or why it cannot be."""

    def __init__(self, item: Entry, value: Value, typed: dict[str, str]) -> None:
        super().__init__(id="editor")
        self.item, self._typed = item, typed
        self._before = format_value(value)
        self.field = Field(typed.get(item.name, self._before), compact=True, id="field", max_length=200)
        self._words = Words("field-words", limits_text(item), "dim")

    def compose(self) -> ComposeResult:
        """The field beside its label."""
        with Horizontal(id="field-row"):
            yield Label(self.item.knob.label)
            yield self.field
        yield self._words

    def on_mount(self) -> None:
        """Begin to type at once."""
        self.field.focus()

    @property
    def text(self) -> str:
        """What was typed."""
        return self.field.value

    def complain(self, message: str) -> None:
        """Show why the text cannot be used."""
        self._words.say(safe_lines(message), "bad")

    @on(Input.Changed)
    def _keep(self, event: Input.Changed) -> None:
        """Remember what was typed: it is gone only when it is applied or left."""
        event.stop()
        if event.value == self._before:
            self._typed.pop(self.item.name, None)
        else:
            self._typed[self.item.name] = event.value
