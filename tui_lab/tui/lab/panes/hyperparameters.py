"""The hyperparameters pane: a list of values to change or type, and help on the selected one."""

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.reactive import var
from textual.widget import Widget

from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import Hyperparameter, notch, parse
from tui_lab.experiment.sources import Inputs
from tui_lab.protocol.commands import LONGEST_WHY
from tui_lab.tui.keys.lab import PaneName
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.lab.form.form_models import Board
from tui_lab.tui.lab.form.hyperparameter_rows import (
    FormRow,
    grouped,
    help_lines,
    in_order,
    limits_text,
    row_lines,
)
from tui_lab.tui.lab.form.value_editor import Editor
from tui_lab.tui.lab.panes.pane import LabState, Pane
from tui_lab.tui.style.text import Line, wrap
from tui_lab.tui.widgets.lines import Lines, Scroll

REASON = "#"
"""In the field, what follows it is the reason of the edit."""
AIRY = 46
"""The minimum height of the screen for blank lines between groups."""


class KnobLines(Lines):
    """Part of the list: all rows, or those before or after the one being edited."""

    def __init__(self, form: "KnobList", id: str) -> None:
        super().__init__(id=id)
        self._form = form

    def lines(self, width: int) -> list[Line]:
        if self.id != "rows" and self._form.editor is None:
            return []
        return [line for place, line in self._form.laid_out(width) if self._mine(place)]

    def _mine(self, place: int) -> bool:
        chosen, editing = self._form.chosen, self._form.editor is not None
        if self.id == "rows":
            return not editing or place < chosen
        return editing and place > chosen


class KnobList(Scroll, can_focus=True):
    """The list of hyperparameters; the selected one is explained below it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("hyperparameters")]
    chosen: var[int] = var(0)

    class Changed(Message):
        """A value or the selection changed."""

    def __init__(self, board: Board) -> None:
        super().__init__(id="knobs")
        self.board = board
        self._inputs = board.inputs
        self._said: tuple[object, ...] = ()
        self.editor: Editor | None = None

    def compose(self) -> ComposeResult:
        """The rows above and below the field; the field is added when it opens."""
        yield KnobLines(self, "rows")
        yield KnobLines(self, "rows-below")

    @property
    def item(self) -> Hyperparameter:
        return self.order[self.chosen]

    def rows(self) -> Iterator[FormRow]:
        """All rows."""
        return map(self.board.row, self.order)

    def laid_out(self, width: int) -> Iterator[tuple[int, Line]]:
        """Every line with the index of its row; headings belong to the row above."""
        focused, airy = self.has_focus, self.screen.size.height >= AIRY
        rows = iter(enumerate(self.rows()))
        place = -1
        for number, (group, members) in enumerate(grouped(self._inputs)):
            above = place
            if number and airy:
                yield above, ()
            yield above, ((group, "head"),)
            for _ in members:
                place, row = next(rows)
                for line in row_lines(row, place == self.chosen, focused, width, self._inputs):
                    yield place, line

    def sync(self) -> None:
        """Update the values, and scroll if there is something new about the selected one."""
        self._follow(self.board.inputs)
        super().sync()
        row = self.board.row(self.item)
        said = (self.chosen, row.refused, row.asked, row.typed)
        if said != self._said:
            self._said = said
            self.call_after_refresh(self.reveal_chosen)

    @property
    def order(self) -> tuple[Hyperparameter, ...]:
        """The listed hyperparameters: those that apply to the inputs."""
        return in_order(self._inputs)

    def _follow(self, inputs: Inputs) -> None:
        """List what applies to the inputs; the cursor stays on its hyperparameter, or close to it."""
        if inputs != self._inputs:
            item, self._inputs = self.item, inputs
            order = self.order
            self.chosen = order.index(item) if item in order else min(self.chosen, len(order) - 1)

    def choose(self, name: str) -> None:
        """Select a hyperparameter, if it is listed."""
        self.chosen = next((k for k, item in enumerate(self.order) if item.name == name), self.chosen)

    def watch_chosen(self, before: int, _now: int) -> None:
        """Show the selected row with its heading."""
        if before < len(self.order):
            self.board.leave(self.order[before].name)
        if self.is_mounted:
            self._tell()
            self.call_after_refresh(self.reveal_chosen)

    def reveal_chosen(self) -> None:
        """Scroll to the selected row."""
        width = self.scrollable_content_region.width
        places = [place for place, _ in self.laid_out(width)]
        first = places.index(self.chosen)
        last = first + places.count(self.chosen) - 1 + (2 if self.editor is not None else 0)
        heads_group = any(members[0] is self.item for _, members in grouped(self._inputs))
        self.reveal(first - (1 if heads_group else 0), last)

    def on_resize(self) -> None:
        """Keep the selected row visible: what is above or below the list may have grown."""
        self.call_after_refresh(self.reveal_chosen)

    def action_move(self, key: str) -> None:
        last = len(self.order) - 1
        steps = {"up": self.chosen - 1, "down": self.chosen + 1, "home": 0, "end": last}
        if self.editor is None:
            self.chosen = max(0, min(steps[key], last))

    def action_notch(self, key: str) -> None:
        """Change the value by one notch."""
        name = self.item.name
        before = self.board.value(name)
        value = notch(name, before, 1 if key == "right" else -1)
        if value != before:
            self.board.turn(name, value)
        self.board.typed.pop(name, None)
        self._tell()

    def action_reset(self) -> None:
        self.board.reset(self.item.name)
        self.board.typed.pop(self.item.name, None)
        self._tell()

    def action_type(self) -> None:
        """Open a field with the value, or with the text typed last."""
        if self.editor is not None or not self.board.usable:
            return
        value = self.board.value(self.item.name)
        hint = limits_text(self.item) + (f" · {REASON} reason" if self.board.takes_reasons else "")
        self.editor = Editor(self.item, value, self.board.typed, self, hint)
        self.mount(self.editor, after="#rows")
        self.screen.set_focus(self.editor.field, scroll_visible=False)
        self._tell()
        self.call_after_refresh(self.reveal_chosen)

    def submit(self) -> bool:
        """Check and apply the text in the field; if it is invalid, show why and stay open."""
        editor = self.editor
        if editor is None:
            return True
        text, _, why = editor.text.partition(REASON)
        why = why.strip()
        try:
            if why and not self.board.takes_reasons:
                raise InputError(
                    f"a reason ({REASON}) belongs to an edit of a running run: type only the value"
                )
            value = parse(editor.item.name, text)
            changed = value != self.board.value(editor.item.name)
            if len(why) > LONGEST_WHY:
                raise InputError(f"the reason is longer than {LONGEST_WHY} characters")
            if why and not changed:
                raise InputError(f"the value is the same: a reason ({REASON}) needs a change")
        except InputError as error:
            editor.complain(str(error))
            return False
        if changed:
            self.board.set(editor.item.name, value, why)
        self.leave()
        return True

    def leave(self) -> None:
        editor, self.editor = self.editor, None
        if editor is not None:
            editor.typed.pop(editor.item.name, None)
            editor.field.done = True
            self.screen.set_focus(self, scroll_visible=False)
            editor.remove()
            self._tell()

    def _tell(self) -> None:
        self.sync()
        self.post_message(self.Changed())


class KnobHelp(Lines):
    """Help on the selected hyperparameter."""

    def __init__(self, form: KnobList) -> None:
        super().__init__(id="knob-help")
        self._form = form

    def lines(self, width: int) -> list[Line]:
        name, board = self._form.item.name, self._form.board
        lines = help_lines(name, board.values, board.origin(name), width)
        room = self.parent.size.height if isinstance(self.parent, Scroll) else 0
        return [*lines, *[()] * (room - len(lines))]  # a text of another length is no reason for a new layout


class BoardNote(Lines):
    """A note above the list, about whose values these are."""

    def __init__(self, form: KnobList) -> None:
        super().__init__(id="board-note")
        self._form = form

    def lines(self, width: int) -> list[Line]:
        note = self._form.board.note
        return wrap(note, width, "warn") if note else []


class HyperparametersPane(Pane):
    """Note, list, help."""

    NAME: ClassVar[PaneName] = "hyperparameters"

    def __init__(self, lab: LabState) -> None:
        super().__init__(lab)
        self.form = KnobList(lab.board)
        self._note = BoardNote(self.form)
        self._note.display = False
        self._help = KnobHelp(self.form)
        self._about = ""

    def compose(self) -> ComposeResult:
        yield self._note
        yield self.form
        with Scroll(id="knob-about"):
            yield self._help

    @property
    def home(self) -> Widget:
        return self.form if self.form.editor is None else self.form.editor.field

    def title(self, room: int) -> str:
        return self.form.board.title(room)

    def show(self) -> None:
        self.form.board = self.lab.board
        self.form.sync()
        self._note.display = bool(self.form.board.note)
        self._note.sync()
        self._help.sync()
        if self._about != self.form.item.name:
            self._about = self.form.item.name
            self.text.scroll_home(animate=False)
