"""A line to type at the foot of the list of runs: a filter, a name, a note."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from tui_lab.errors import LabError
from tui_lab.safe import safe_lines
from tui_lab.tui.keys import bindings
from tui_lab.tui.panes.editor import Field, Label, Words


class LineField(Field):
    """The text field, with the keys of this place."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("line")]


class Prompt(Vertical):
    """What is typed, with its name before it and what may be typed, or is wrong with it, beneath.

    `take` gets the text when it is finished, `typed` at every key; both may refuse it by a LabError, whose
    words are shown. `close` is called once there is no more to type, `leave` if it was all for nothing.
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
        """The field beside its label."""
        with Horizontal(id="field-row"):
            yield Label(self._label)
            yield self.field
        yield self._words

    def submit(self) -> None:
        """Take what was typed, and close; or stay and say what is wrong with it."""
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
        ):  # news of it comes after what was heeded at once
            self._fine(self._typed)
