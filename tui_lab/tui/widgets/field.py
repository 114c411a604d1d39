"""A field in place of a row."""

from typing import ClassVar, Protocol

from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.keys import KEY_NAME_REPLACEMENTS
from textual.widgets import Input

from tui_lab.tui.keys.table import bindings
from tui_lab.tui.style.text import Line, line, wrap
from tui_lab.tui.widgets.lines import Lines


class FieldOwner(Protocol):
    """What a field belongs to. It is called at once: a message could be overtaken by the next key."""

    def submit(self) -> object:
        """Apply the text, or show an error."""

    def leave(self) -> object:
        """Close the field without changes."""


class Field(Input):
    """A text field that handles its keys in order, however fast they arrive."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("editor")]
    done = False
    """Whether it is closing: keys that still arrive are for what comes next."""

    def __init__(self, text: str, owner: FieldOwner, longest: int = 200) -> None:
        super().__init__(text, compact=True, id="field", max_length=longest)
        self._owner = owner

    def on_mount(self) -> None:
        """Where nothing is animated (`--low-bandwidth`), the caret does not blink."""
        self.cursor_blink = self.app.animation_level != "none"

    def validate_value(self, value: str) -> str:
        """Drop characters that a terminal would interpret: pasted text may contain anything."""
        return value if value.isprintable() else "".join(filter(str.isprintable, value))

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Keep characters and editing keys from the surrounding widgets.

        Textual looks up the character of a key by its name, which fails for renamed keys such as `minus`.
        """
        return (
            super().check_consume_key(key, character)
            or key in KEY_NAME_REPLACEMENTS.values()
            or key in self._bindings.key_to_bindings
        )

    async def _on_key(self, event: events.Key) -> None:
        """Run the binding of a key at once: in Textual, letters typed after it would overtake it."""
        bound = self._bindings.key_to_bindings.get(event.key)
        if self.done:
            event.stop()
            event.prevent_default()
            self.app.post_message(events.Key(event.key, event.character))
        elif bound:
            event.stop()
            event.prevent_default()
            await self.app.run_action(bound[0].action, self)

    async def action_submit(self) -> None:
        self._owner.submit()

    def action_leave(self) -> None:
        """Close without changes."""
        self._owner.leave()


class Words(Lines):
    """Fixed text."""

    def __init__(self, id: str, text: str, style: str) -> None:
        super().__init__(id=id)
        self._text, self._style = text, style

    def lines(self, width: int) -> list[Line]:
        return [row for part in self._text.split("\n") for row in wrap(part, width, self._style)]

    def say(self, text: str, style: str) -> None:
        """Change the text."""
        self._text, self._style = text, style
        self.sync()


class FieldLabel(Lines):
    """The label of a field."""

    def __init__(self, text: str) -> None:
        super().__init__(id="field-label")
        self._text = text
        self.styles.width = cell_len(text) + 3

    def lines(self, width: int) -> list[Line]:
        return [line(("› ", "key"), (self._text, "bold"))]
