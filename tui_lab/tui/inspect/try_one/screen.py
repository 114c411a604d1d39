"""Try one: the values of a row, or an image, and beside it what the network predicts."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen

from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Try
from tui_lab.protocol.trial import Cell, Trial, TriedColumn, read_cell, turned
from tui_lab.tui.inspect.try_one.asking import Asking
from tui_lab.tui.inspect.try_one.text import (
    about_column,
    answer_lines,
    cell_text,
    column_lines,
    head_lines,
)
from tui_lab.tui.style.text import Line
from tui_lab.tui.widgets.closing_screen import ClosingScreen
from tui_lab.tui.widgets.gallery import Gallery, Tile
from tui_lab.tui.widgets.key_line import KeyLine
from tui_lab.tui.widgets.lines import Changed, Lines, Scroll, set_title
from tui_lab.tui.widgets.picture import picture_of
from tui_lab.tui.widgets.prompt import Prompt

TICK_S = 0.1
_ROW_KEYS = (
    ("↑↓", "column"), ("←→", "change"), ("⏎", "type"), ("m", "blank"), ("d", "own"), ("[]", "row"),
    ("g", "go to"), ("esc", "back"),
)  # fmt: skip
_IMAGE_KEYS = (("←→", "image"), ("g", "go to"), ("r", "again"), ("esc", "close"), ("q", "quit"))
_FIELD_KEYS = (("⏎", "keep"), ("esc", "cancel"))
_BESIDE_CLASSES = 11
"""Lines of the answer that are no classes."""


class Part(Lines):
    """Lines that the screen makes."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)

    def lines(self, width: int) -> list[Line]:
        screen = self.screen
        assert isinstance(screen, TryScreen)
        return screen.lines_of(str(self.id), width)


class TryScreen(ClosingScreen[None], ModalScreen[None]):
    """Shows a row of the validation split; every change is asked for at once, and no key waits for it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,T", "dismiss", "close"),
        *(Binding(key, f"move('{key}')", "column") for key in ("up", "down", "home", "end")),
        Binding("pageup", "move('pageup')", "page up"),
        Binding("pagedown", "move('pagedown')", "page down"),
        Binding("left", "change(-1)", "less"),
        Binding("right", "change(1)", "more"),
        Binding("enter", "type", "type a value"),
        Binding("m", "missing", "missing"),
        Binding("d,delete,backspace", "own", "own value"),
        Binding("D", "all_own", "all own values"),
        Binding("left_square_bracket", "row(-1)", "previous row"),
        Binding("right_square_bracket", "row(1)", "next row"),
        Binding("g", "go_to", "go to a row"),
        Binding("r", "again", "ask again"),
        Binding("q", "app.quit", "quit"),
    ]

    def __init__(self, asking: Asking, experiment: Experiment, *, ended: bool = False) -> None:
        """`ended`: whether the weights are those of the best epoch of a run that has ended."""
        super().__init__()
        self.asking, self._ended = asking, ended
        self._images = experiment.data.inputs != "columns"
        self.place, self.chosen = 0, 0
        self.changes: dict[str, Cell] = {}
        self._drawn: Trial | None = None
        self._number: int | None = None
        """The number by which a row was asked for that has not come yet."""
        self._window = Vertical(id="try")
        self._columns = Scroll(id="try-columns")
        self._gallery = Gallery(id="try-picture")
        self._keys = KeyLine(*(_IMAGE_KEYS if self._images else _ROW_KEYS))

    def compose(self) -> ComposeResult:
        with self._window:
            set_title(self._window, f" Try one: {'an image' if self._images else 'a row'} of validation ")
            yield Part("try-head")
            with Horizontal(id="try-parts"):
                if self._images:
                    yield self._gallery
                else:
                    with self._columns:
                        yield Part("try-list")
                yield Part("try-answer")
        yield self._keys

    def on_mount(self) -> None:
        """Ask once the size is known."""
        self.call_after_refresh(self._ask)
        self.set_interval(TICK_S, self.tick)

    def tick(self) -> None:
        """Show an answer that has come."""
        self.asking.poll()
        if self._number is not None and not self.asking.waiting and not self.query(Prompt):
            self._arrive(self._number)
        self.sync()

    def _arrive(self, number: int) -> None:
        """The row of that number is there; or else the field opens again, with the reason."""
        answered, trial, self._number = self.asking.answered, self.trial, None
        if answered is not None and answered.number == number and trial is not None:
            self.place = trial.place
            self.changes.clear()
        else:
            problem, self.asking.words = self.asking.words, ""
            self._open_go_to(str(number), problem)

    def wait(self) -> None:
        """Wait for the answer of a thread; for tests."""
        self.asking.wait()
        self.tick()

    @property
    def trial(self) -> Trial | None:
        return self.asking.trial

    @property
    def columns(self) -> tuple[TriedColumn, ...]:
        return self.trial.columns if self.trial is not None else ()

    @property
    def column(self) -> TriedColumn | None:
        """The selected one."""
        return self.columns[self.chosen] if self.chosen < len(self.columns) else None

    @property
    def prompt(self) -> Prompt | None:
        """The open field."""
        return next((prompt for prompt in self.query(Prompt) if not prompt.field.done), None)

    def value(self, column: TriedColumn) -> Cell:
        """What it is now."""
        return self.changes.get(column.name, column.own)

    @on(Changed)
    def sync(self) -> None:
        """Update what has changed."""
        trial = self.trial
        if self._images and trial is not None and trial is not self._drawn:
            self._drawn = trial
            self._gallery.show(_tiles(trial))
        field = self.prompt is not None
        self._keys.show(*(_FIELD_KEYS if field else _IMAGE_KEYS if self._images else _ROW_KEYS))
        for part in self.query(Part):
            part.sync()

    def lines_of(self, part: str, width: int) -> list[Line]:
        """The lines of a part of the window."""
        asking, trial = self.asking, self.trial
        if part == "try-head":
            return head_lines(trial, self._when(), len(self.changes), asking.words, asking.waiting, width)
        if trial is None:
            return []
        if part == "try-list":
            return column_lines(self.columns, self.changes, self.chosen, width)
        changed = asking.answered is not None and bool(asking.answered.changes)
        lines = answer_lines(trial, changed, width, self._window.size.height - _BESIDE_CLASSES)
        column = self.column
        return lines if column is None else [*lines, (), *about_column(column, self.value(column), width)]

    def _when(self) -> str:
        tried = self.asking.tried
        if tried is None or not (tried.step or self._ended):
            return "new weights"
        return f"best epoch {tried.epoch}" if self._ended else f"after step {tried.step:,}"

    def _ask(self, number: int | None = None, *, anew: bool = False) -> None:
        self._number = number
        changes = tuple(self.changes.items()) if number is None else ()
        self.asking.ask(Try(self.place, number, changes), anew=anew)
        self.sync()

    def _set(self, column: TriedColumn, cell: Cell) -> None:
        if cell == column.own:
            self.changes.pop(column.name, None)
        else:
            self.changes[column.name] = cell
        self._ask()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a field is open, its keys are its own."""
        return self.prompt is None or action not in _OWN

    def action_move(self, key: str) -> None:
        """Select another column."""
        last, page = len(self.columns) - 1, max(1, self._columns.size.height - 1)
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "home": -last, "end": last}
        self.chosen = max(0, min(self.chosen + steps[key], last))
        self.sync()
        self._columns.reveal(self.chosen, self.chosen)

    def action_change(self, direction: int) -> None:
        """The next lower or higher value, or the next category; for images, the next image."""
        if self._images:
            self.action_row(direction)
        elif (column := self.column) is not None:
            self._set(column, turned(column, self.value(column), direction))

    def action_missing(self) -> None:
        """As if the cell were empty."""
        if (column := self.column) is not None:
            self._set(column, None)

    def action_own(self) -> None:
        """Back to the value that the row has."""
        if (column := self.column) is not None and column.name in self.changes:
            self._set(column, column.own)

    def action_all_own(self) -> None:
        """Back to the row as it is."""
        if self.changes:
            self.changes.clear()
            self._ask()

    def action_row(self, direction: int) -> None:
        """The next or previous row, as it is."""
        self.changes.clear()
        self.place += direction
        self._ask()

    def action_again(self) -> None:
        """Ask again: a run has trained on, or the data have changed."""
        self._ask(anew=True)

    def action_type(self) -> None:
        """Type a value for the selected column."""
        if (column := self.column) is None or self.prompt is not None:
            return

        def take(text: str) -> None:
            self._set(column, read_cell(column, text))

        now = self.value(column)
        hint = "a number" if column.numeric else "a category"
        text = "" if now is None else cell_text(now)
        self._open(Prompt(column.name, text, f"{hint}; nothing: a missing value", 200, take))

    def action_go_to(self) -> None:
        """Choose a row by its number."""
        if self.prompt is None and self.trial is not None:
            self._open_go_to(str(self.trial.number or self.trial.place + 1))

    def _open_go_to(self, text: str, problem: str = "") -> None:
        what = "number of the image" if self._images else "row in the file"

        def take(text: str) -> None:
            if not (text.strip().isascii() and text.strip().isdigit()):
                raise InputError(f"the {what} is a whole number above 0")
            self._ask(int(text.strip()[:18]))

        self._open(Prompt(what, text, problem or "one of the validation split", 18, take))

    def _open(self, prompt: Prompt) -> None:
        if self.query(Prompt):  # the one before is still being taken down
            self.call_after_refresh(self._open, prompt)
            return
        prompt.home = self._window
        self._window.mount(prompt)
        self.set_focus(prompt.field, scroll_visible=False)
        self.sync()


_OWN = frozenset(
    {"dismiss", "move", "change", "type", "missing", "own", "all_own", "row", "go_to", "again"}
)  # fmt: skip


def _tiles(trial: Trial) -> tuple[Tile, ...]:
    if (picture := trial.picture) is None:
        return ()
    caption = trial.name or f"image {trial.number or trial.place + 1}"
    try:
        drawn = picture_of(picture.pixels, picture.width, picture.height, picture.channels)
    except ValueError:  # a file that was tampered with
        return ()
    return (Tile(caption, (drawn,)),)
