"""The hyperparameters: a list to walk, values to turn or to type, and help for the one in focus."""

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import var

from tui_lab.errors import InputError
from tui_lab.safe import safe
from tui_lab.spec.catalogue import Entry, Value, format_value, notch, parse
from tui_lab.spec.experiment import Experiment
from tui_lab.tui.desk import Desk
from tui_lab.tui.keys import bindings
from tui_lab.tui.panes.editor import Editor
from tui_lab.tui.panes.knob_rows import (
    Row,
    grouped,
    help_lines,
    in_order,
    reason_unused,
    row_lines,
)
from tui_lab.tui.panes.lines import Lines, Scroll
from tui_lab.tui.text import Line, wrap

AIRY = 46
"""The height of the screen from which there is a blank line between groups."""


class KnobLines(Lines):
    """Part of the list: all rows, or those before or after the one that is being edited."""

    def __init__(self, form: "KnobList", id: str) -> None:
        super().__init__(id=id)
        self._form = form

    def lines(self, width: int) -> list[Line]:
        """The rows of this part."""
        return [line for place, line in self._form.laid_out(width) if self._mine(place)]

    def _mine(self, place: int) -> bool:
        chosen, editing = self._form.chosen, self._form.editor is not None
        if self.id == "rows":
            return not editing or place < chosen
        return editing and place > chosen


class KnobList(Scroll, can_focus=True):
    """The list that has the focus; what is chosen here is explained below it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("hyperparameters")]
    chosen: var[int] = var(0)

    class Changed(Message):
        """A value or the choice is another."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(id="knobs")
        self._desk = desk
        self.running: Experiment | None = None
        self.editor: Editor | None = None

    def compose(self) -> ComposeResult:
        """Rows, the field when there is one, rows."""
        yield KnobLines(self, "rows")
        yield KnobLines(self, "rows-below")

    @property
    def item(self) -> Entry:
        """The hyperparameter in focus."""
        return in_order()[self.chosen]

    def rows(self) -> Iterator[Row]:
        """Every row as it stands."""
        desk, values, running = self._desk, self._desk.values, self.running
        same = running is not None and desk.preset is not None and running.preset == desk.preset.name
        for item in in_order():
            value: Value = getattr(values, item.name)
            force = getattr(running.hyperparameters, item.name) if same and running else value
            yield Row(
                item,
                value,
                desk.changed(item.name),
                None if force == value else force,
                desk.typed.get(item.name),
                reason_unused(item.name, values),
            )

    def laid_out(self, width: int) -> Iterator[tuple[int, Line]]:
        """Every line with the place of the row it belongs to; headings belong to the row above."""
        focused, airy = self.has_focus, self.screen.size.height >= AIRY
        rows = iter(enumerate(self.rows()))
        for number, (group, members) in enumerate(grouped()):
            above = in_order().index(members[0]) - 1
            if number and airy:
                yield above, ()
            yield above, ((group, "head"),)
            for _ in members:
                place, row = next(rows)
                for line in row_lines(row, place == self.chosen, focused, width):
                    yield place, line

    def sync(self) -> None:
        """Take a new look at the values."""
        for part in self.query(KnobLines):
            part.sync()

    def choose(self, name: str) -> None:
        """Put the cursor on a hyperparameter."""
        self.chosen = next(k for k, item in enumerate(in_order()) if item.name == name)

    def watch_chosen(self) -> None:
        """Show the row with its heading."""
        if self.is_mounted:
            self._tell()
            self.call_after_refresh(self.reveal_chosen)

    def reveal_chosen(self) -> None:
        """Scroll to the row in focus."""
        width = self.scrollable_content_region.width
        places = [place for place, _ in self.laid_out(width)]
        first = places.index(self.chosen)
        last = first + places.count(self.chosen) - 1 + (2 if self.editor is not None else 0)
        heads_group = any(members[0] is self.item for _, members in grouped())
        self.reveal(first - (1 if heads_group else 0), last)

    def on_focus(self) -> None:
        """Light the cursor."""
        self.sync()

    def on_blur(self) -> None:
        """Dim the cursor."""
        self.sync()

    def action_move(self, key: str) -> None:
        """Walk through the list."""
        last = len(in_order()) - 1
        steps = {"up": self.chosen - 1, "down": self.chosen + 1, "home": 0, "end": last}
        if self.editor is None:
            self.chosen = max(0, min(steps[key], last))

    def action_notch(self, key: str) -> None:
        """Turn the value by one notch."""
        name = self.item.name
        self._desk.set(name, notch(name, getattr(self._desk.values, name), 1 if key == "right" else -1))
        self._desk.typed.pop(name, None)
        self._tell()

    def action_reset(self) -> None:
        """Go back to the preset's value."""
        self._desk.reset(self.item.name)
        self._desk.typed.pop(self.item.name, None)
        self._tell()

    def action_type(self) -> None:
        """Open a field with the value in it, or with what was typed last."""
        if self.editor is not None or self._desk.preset is None:
            return
        value: Value = getattr(self._desk.values, self.item.name)
        self.editor = Editor(self.item, value, self._desk.typed, self.apply, self.close_editor)
        self.mount(self.editor, after="#rows")
        self.screen.set_focus(self.editor.field, scroll_visible=False)
        self._tell()
        self.call_after_refresh(self.reveal_chosen)

    def apply(self) -> bool:
        """Check and take what is in the field; it stays open, with the reason, if it cannot be."""
        editor = self.editor
        if editor is None:
            return True
        try:
            value = parse(editor.item.name, editor.text)
        except InputError as error:
            editor.complain(str(error))
            return False
        self._desk.set(editor.item.name, value)
        self.close_editor()
        return True

    def close_editor(self) -> None:
        """Leave the field."""
        editor, self.editor = self.editor, None
        if editor is not None:
            self._desk.typed.pop(editor.item.name, None)
            editor.field.done = True
            self.screen.set_focus(self, scroll_visible=False)
            editor.remove()
            self._tell()

    def _tell(self) -> None:
        self.sync()
        self.post_message(self.Changed())


class KnobHelp(Lines):
    """About the hyperparameter in focus."""

    def __init__(self, desk: Desk, form: KnobList) -> None:
        super().__init__(id="knob-help")
        self._desk, self._form = desk, form

    def lines(self, width: int) -> list[Line]:
        """Name, bounds, paragraph."""
        name = self._form.item.name
        return help_lines(name, self._desk.values, self._desk.original(name), width)


class RunNote(Lines):
    """While a run goes on: that edits are for the next one, and what is in force."""

    def __init__(self, form: KnobList) -> None:
        super().__init__(id="run-note")
        self._form = form

    def lines(self, width: int) -> list[Line]:
        """One or two lines, none while nothing trains."""
        running = self._form.running
        if running is None:
            return []
        differ = [f"{row.entry.name} {_shown(row.now)}" for row in self._form.rows() if row.now is not None]
        what = ", ".join(differ[:2]) + (", …" if len(differ) > 2 else "")
        text = f"training with {what}; " if differ else f"training {safe(running.preset, 40)}; "
        return wrap(f"{text}edits apply to the next run", width, "warn")


def _shown(value: Value | None) -> str:
    return "" if value is None else format_value(value)


class HyperparametersPane(Vertical):
    """Note, list, help."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(id="hyperparameters", classes="pane")
        self._desk = desk
        self.form = KnobList(desk)
        self._note = RunNote(self.form)
        self._note.display = False

    def compose(self) -> ComposeResult:
        """The list takes what the help leaves."""
        yield self._note
        yield self.form
        with Scroll(id="knob-about"):
            yield KnobHelp(self._desk, self.form)

    def show(self, running: Experiment | None) -> None:
        """Take a new look; `running` is what a run that goes on was asked to do."""
        self.form.running = running
        name = "Hyperparameters" if running is None else "Next run"
        preset = self._desk.preset
        self.border_title = Content(f" 3 {name}" + (f" · {safe(preset.name, 40)} " if preset else " "))
        self._note.display = running is not None
        for part in self.query(Lines):
            part.sync()
