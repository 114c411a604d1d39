"""The layer list, the field in place of a line, and the totals below."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from tui_lab.tui.keys.table import bindings
from tui_lab.tui.layers.layer_list import LayerDraft
from tui_lab.tui.layers.rows import heading, kinds, row_lines, totals, typed_words
from tui_lab.tui.style.text import Line, wrap
from tui_lab.tui.widgets.field import Field, FieldLabel, FieldOwner, Words
from tui_lab.tui.widgets.lines import Changed, Lines, NoticeLines, Scroll

LONGEST = 120
NOTHING = "Only the output layer: a linear model. i inserts a layer."


class LayerField(Field):
    """The text field with the keys of the layer editor."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("layer")]


class LayerEditor(Vertical):
    """The field in place of a line; below it the resulting shape, or the error."""

    def __init__(self, draft: LayerDraft, owner: FieldOwner) -> None:
        super().__init__(classes="editor")
        self._draft = draft
        self.field = LayerField(draft.lines[draft.place], owner, LONGEST)
        self._words = Words("field-words", "", "dim")

    def compose(self) -> ComposeResult:
        with Horizontal(id="field-row"):
            yield FieldLabel(f"layer {self._draft.place + 1}")
            yield self.field
        yield self._words

    def on_mount(self) -> None:
        """Show the result of the current text."""
        self.say()

    def say(self) -> None:
        """Show the resulting shape or the error."""
        self._words.say(*typed_words(self._draft.sketch()[self._draft.place]))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if not self.field.done:
            self._draft.typed = event.value
            self.say()
            self.post_message(Changed())


class LayerLines(Lines):
    """Part of the list: all lines, or those before or after the one being edited."""

    def __init__(self, owner: "LayerList", id: str) -> None:
        super().__init__(id=id)
        self._owner = owner

    def lines(self, width: int) -> list[Line]:
        editing, place = self._owner.editor is not None, self._owner.draft.place
        rows = self._owner.laid_out(width)
        if self.id == "layers-above":
            return [row for at, row in rows if not editing or at < place]
        return [row for at, row in rows if editing and at > place]


class LayerList(Scroll, can_focus=True):
    """The list of layers."""

    def __init__(self, draft: LayerDraft) -> None:
        super().__init__(id="layer-list")
        self.draft = draft
        self.editor: LayerEditor | None = None

    def compose(self) -> ComposeResult:
        """The rows above and below the field; the field is added when it opens."""
        yield LayerLines(self, "layers-above")
        yield LayerLines(self, "layers-below")

    def laid_out(self, width: int) -> list[tuple[int, Line]]:
        """Every line with the index of its layer; the heading has -1."""
        items = self.draft.sketch()
        rows: list[tuple[int, Line]] = [(-1, heading(width))]
        if len(items) == 1:
            rows += [(-1, row) for row in wrap(NOTHING, width, "dim")]
        for place, item in enumerate(items):
            last = place == len(items) - 1
            chosen = place == self.draft.place and not last
            lit = chosen and self.has_focus
            rows += [(place, row) for row in row_lines(item, None if last else place + 1, chosen, lit, width)]
        return rows

    def sync(self) -> None:
        super().sync()
        self.call_after_refresh(self._reveal)

    def _reveal(self) -> None:
        rows = [at for at, _ in self.laid_out(self.scrollable_content_region.width)]
        place = self.draft.place
        if place not in rows:
            return
        first = rows.index(place)
        last = first + 2 if self.editor is not None else first + rows.count(place) - 1
        self.reveal(0 if place == 0 else first, last)

    def open(self) -> None:
        """Open a field in place of the selected line."""
        self.editor = LayerEditor(self.draft, self)
        self.draft.typed = self.editor.field.value
        self.mount(self.editor, after="#layers-above")
        self.screen.set_focus(self.editor.field, scroll_visible=False)
        self.sync()

    def submit(self) -> None:
        """Keep the typed text, even with an error, which stays marked."""
        text = self.draft.typed
        self._close()
        if text is not None and text.strip():
            self.draft.replace(text)
        elif self.draft.lines[self.draft.place]:
            self.draft.delete()
        else:
            self.draft.drop_empty()

    def leave(self) -> None:
        self._close()
        self.draft.drop_empty()

    def _close(self) -> None:
        editor, self.editor = self.editor, None
        self.draft.typed = None
        if editor is not None:
            editor.field.done = True
            self.screen.set_focus(self, scroll_visible=False)
            editor.remove()
            self.post_message(Changed())

    def on_click(self, event: events.Click) -> None:
        rows = self.laid_out(self.scrollable_content_region.width)
        at = event.y + round(self.scroll_y)
        if self.editor is None and 0 <= at < len(rows) and rows[at][0] >= 0:
            self.draft.move(rows[at][0] - self.draft.place)
            self.sync()


class LayerTotals(NoticeLines):
    """The latest message, parameters, memory, and the syntax of layers."""

    problem = ""
    """Why the data could not be read."""

    def __init__(self, draft: LayerDraft) -> None:
        super().__init__(id="layer-totals")
        self._draft = draft

    def lines(self, width: int) -> list[Line]:
        lines = self.notice_lines(width) + totals(self._draft, self.problem, width)
        if self.screen.size.height >= 30:
            lines += [(), *kinds(width)]
        return lines
