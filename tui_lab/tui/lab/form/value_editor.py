"""The field in which a hyperparameter's value is typed."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from tui_lab.experiment.catalogue import Hyperparameter, Value, format_value
from tui_lab.tui.widgets.field import Field, FieldLabel, FieldOwner, Words


class Editor(Vertical):
    """Label and field, and below them the allowed values or an error."""

    def __init__(
        self, item: Hyperparameter, value: Value, typed: dict[str, str], owner: FieldOwner, hint: str
    ) -> None:
        super().__init__(id="editor")
        self.item, self.typed = item, typed
        self._before = format_value(value)
        self.field = Field(typed.get(item.name, self._before), owner)
        self._words = Words("field-words", hint, "dim")

    def compose(self) -> ComposeResult:
        """The label and the field; the hint below."""
        with Horizontal(id="field-row"):
            yield FieldLabel(self.item.knob.label)
            yield self.field
        yield self._words

    @property
    def text(self) -> str:
        return self.field.value

    def complain(self, message: str) -> None:
        self._words.say(message, "bad")

    @on(Input.Changed)
    def _keep(self, event: Input.Changed) -> None:
        """Remember the text until it is applied or cancelled."""
        event.stop()
        if self.field.done:
            return
        if event.value == self._before:
            self.typed.pop(self.item.name, None)
        else:
            self.typed[self.item.name] = event.value
