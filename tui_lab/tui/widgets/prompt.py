"""A text field at the bottom of a screen: a filter, a name, a note, a file name."""

from collections.abc import Callable
from typing import ClassVar, Protocol

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input

from tui_lab.errors import LabError
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.widgets.field import Field, FieldLabel, Words
from tui_lab.tui.widgets.lines import Changed


class LineField(Field):
    """The text field with the keys of this place."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("line")]


class Prompt(Vertical):
    """The field with its label, and below it a hint or an error.

    `take` gets the final text; it may raise a LabError, whose message is shown.
    """

    home: Widget
    """What gets the focus back; the screen sets it."""

    def __init__(
        self, label: str, text: str, words: str, longest: int, take: Callable[[str], object]
    ) -> None:
        super().__init__(id="prompt")
        self.field = LineField(text, self, longest)
        self._label, self._hint, self.take = label, words, take
        self._words = Words("field-words", words, "dim")
        self._judged: str | None = None

    def compose(self) -> ComposeResult:
        """The label and the field; the hint below."""
        with Horizontal(id="field-row"):
            yield FieldLabel(self._label)
            yield self.field
        yield self._words

    def submit(self) -> None:
        """Submit the text and close, or show the error and stay open."""
        if self._fine(self.take):
            self._close()

    def leave(self) -> None:
        self._close()

    def typed(self, text: str) -> None:
        """Process the text after every key; may raise a LabError, too."""

    def _close(self) -> None:
        self.field.done = True
        self.screen.set_focus(self.home, scroll_visible=False)
        self.screen.post_message(Changed())
        self.remove()

    def _fine(self, take: Callable[[str], object]) -> bool:
        self._judged = self.field.value
        try:
            take(self._judged)
        except LabError as error:
            self._words.say(str(error), "bad")
            return False
        self._words.say(self._hint, "dim")
        return True

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if (
            not self.field.done and event.value != self._judged
        ):  # this message arrives after a submit, which was handled at once
            self._fine(self.typed)


class Filtered(Protocol):
    """A list with a filter."""

    text: str

    def filter(self, text: str) -> object:
        """Show what matches. Raises a LabError if the filter cannot be parsed."""


class FilterPrompt(Prompt):
    """Filters a list after every key; cancelled, it brings the previous filter back."""

    def __init__(self, filtered: Filtered, words: str) -> None:
        super().__init__("filter", filtered.text, words, 300, filtered.filter)
        self._before = filtered.text

    def typed(self, text: str) -> None:
        self.take(text)
        self.post_message(Changed())

    def leave(self) -> None:
        self.take(self._before)
        super().leave()
