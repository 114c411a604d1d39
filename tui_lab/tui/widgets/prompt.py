"""A text field at the bottom of a screen: a filter, a name, a note, a file name."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from tui_lab.errors import LabError
from tui_lab.safe import safe_lines
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.widgets.field import Field, FieldLabel, Words


class LineField(Field):
    """The text field with the keys of this place."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("line")]


class Prompt(Vertical):
    """The field with its label, and below it a hint or an error.

    `take` gets the final text, `typed` the text after every key; both may raise a LabError, whose message is
    shown. `close` is called when the prompt ends, `leave` before that if it was cancelled.
    """

    def __init__(
        self,
        label: str,
        text: str,
        words: str,
        longest: int,
        take: Callable[[str], object],
        close: Callable[[], object],
        typed: Callable[[str], object] = lambda text: None,
        leave: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(id="prompt")
        self.field = LineField(text, self.submit, self._give_up, longest)
        self._label, self._hint = label, words
        self._take, self._close, self._typed, self._leave = take, close, typed, leave
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
        if self._fine(self._take):
            self._close()

    def _give_up(self) -> None:
        self._leave()
        self._close()

    def _fine(self, take: Callable[[str], object]) -> bool:
        self._judged = self.field.value
        try:
            take(self._judged)
        except LabError as error:
            self._words.say(safe_lines(error), "bad")
            return False
        self._words.say(self._hint, "dim")
        return True

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if (
            not self.field.done and event.value != self._judged
        ):  # this message arrives after a submit, which was handled at once
            self._fine(self._typed)
