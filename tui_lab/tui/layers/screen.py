"""The layer editor: one line per layer with its output; changes apply once they are accepted."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.presets import Preset
from tui_lab.protocol.events import DataLoaded
from tui_lab.tui.keys.key import When
from tui_lab.tui.keys.table import Place, bindings
from tui_lab.tui.layers.explained import explained
from tui_lab.tui.layers.layer_list import MOST, LayerDraft
from tui_lab.tui.layers.widgets import LayerList, LayerTotals
from tui_lab.tui.state.background import BackgroundTask, problem_of
from tui_lab.tui.style.text import cut
from tui_lab.tui.widgets.confirm import AskScreen, Choice
from tui_lab.tui.widgets.explained import Explained
from tui_lab.tui.widgets.lines import set_title
from tui_lab.tui.widgets.prompt_screen import PromptedScreen

Layers = tuple[str, ...]
TICK_S = 0.1
DROPPING = (
    ("a", "accept", "Use these layers for the next run."),
    ("x", "discard", "Discard the changes."),
    ("escape", "back", "Keep editing."),
)


class LayersScreen(PromptedScreen[Layers | None]):
    """Ends with the accepted layers, or with None.

    `look` reads the preset's data on a thread, if their shape is unknown. `inside` passes one batch through
    the network with these layers.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("layers")]
    AUTO_FOCUS = None
    PLACE = "layers"

    def __init__(
        self,
        preset: Preset,
        data: DataLoaded | None,
        look: Callable[[], DataLoaded],
        inside: Callable[[Experiment], object],
    ) -> None:
        super().__init__()
        self._inside = inside
        self.draft = LayerDraft(preset, data)
        self._background_task = BackgroundTask(look) if data is None else None
        self.home = self.list = LayerList(self.draft)
        self.notices = self._totals = LayerTotals(self.draft)

    @property
    def data(self) -> DataLoaded | None:
        """What is known about the data."""
        return self.draft.data

    def compose(self) -> ComposeResult:
        with Vertical(id="layers", classes="pane"):
            yield self.list
            yield self._totals
        yield self._footer

    def on_mount(self) -> None:
        self.set_focus(self.list)
        self.call_after_refresh(self.sync)
        self.set_interval(TICK_S, self.tick)

    def on_resize(self) -> None:
        self._totals.display = self.size.height >= 12
        self.call_after_refresh(self.sync)

    def tick(self) -> None:
        """Process what has been read of the data."""
        if self._background_task is not None and self._background_task.done:
            task, self._background_task = self._background_task, None
            try:
                self.draft.data = task.result()
            except Exception as error:  # the list can be edited without the data
                self._totals.problem = "; ".join(problem_of(error))
            self.sync()

    def wait(self) -> None:
        """Wait until the data have been read; for tests."""
        if self._background_task is not None:
            self._background_task.wait()
        self.tick()

    def sync(self) -> None:
        if not self.is_mounted:
            return
        changed = " · changed" if self.draft.changed else ""
        name = cut(self.draft.preset.name, 40)
        set_title(self.query_one("#layers"), f" Layers · {name} · for the next run{changed} ")
        self.list.sync()
        self._totals.sync()
        self._footer.show(self._place(), self._conditions())

    def _place(self) -> Place:
        return super()._place() if self.list.editor is None else "layer"

    def _explained(self) -> tuple[Explained, ...]:
        return explained(self.draft.chosen)

    def _conditions(self) -> frozenset[When]:
        found: set[When] = {"always", "edited" if self.draft.changed else "unedited"}
        if self.draft.changed and not self.draft.faults():
            found.add("sound")
        if self.draft.lines:
            found.add("listed")
        return frozenset(found)

    # Keys of the list

    def action_move(self, key: str) -> None:
        every = len(self.draft.lines)
        page = max(1, self.list.size.height - 2)
        steps = {"up": -1, "down": 1, "home": -every, "end": every, "pageup": -page, "pagedown": page}
        self.draft.move(steps[key])
        self.say("")

    def action_edit(self) -> None:
        if not self.draft.lines:
            self.action_insert()
        elif self.list.editor is None:
            self.notices.notice = ""
            self.list.open()
            self.sync()

    def action_insert(self, above: bool = False) -> None:
        """Insert a line below (or above) the selected one, and edit it."""
        if not self.draft.insert(above):
            self.say(f"a preset can have at most {MOST} layers")
        else:
            self.action_edit()

    def action_delete(self) -> None:
        self.draft.delete()
        self.say("")

    def action_shift(self, key: str) -> None:
        """Move the selected line up or down."""
        self.draft.shift(-1 if key in ("left_square_bracket", "shift+up") else 1)
        self.say("")

    def action_undo(self) -> None:
        self.say("" if self.draft.undo() else "nothing to undo")

    def action_typed_move(self, key: str) -> None:
        """Keep the typed text, and edit the next or previous line."""
        self.list.submit()
        step = -1 if key in ("up", "shift+tab") else 1
        before = self.draft.place
        self.draft.move(step)
        if self.draft.place != before:
            self.action_edit()
        self.sync()

    # The list as a whole

    def action_accept(self) -> None:
        """Use these layers for the next run."""
        faults = self.draft.faults()
        if faults:
            self.say(f"fix this first: {faults[0]}")
        else:
            self.dismiss(tuple(self.draft.lines))

    @property
    def unsaved(self) -> bool:
        """Whether the layers were changed."""
        return self.draft.changed

    def action_back(self) -> None:
        """Go back; ask first if anything was changed."""
        if not self.draft.changed:
            self.dismiss(None)
            return

        def answered(answer: str | None) -> None:
            if answer == "accept":
                self.action_accept()
            elif answer == "discard":
                self.dismiss(None)

        words = "The layers were changed."
        choices: tuple[Choice, ...] = DROPPING
        if faults := self.draft.faults():
            words = f"The layers were changed and have an error: {faults[0]}"
            choices = tuple(choice for choice in DROPPING if choice[1] != "accept")
        self.app.push_screen(AskScreen("Layers", words, choices), answered)

    def _drafted(self) -> Preset:
        """The preset with the current layers."""
        model = self.draft.preset.model.model_copy(update={"layers": tuple(self.draft.lines)})
        return self.draft.preset.model_copy(update={"model": model})

    def action_look_inside(self) -> None:
        """Pass one batch through the network with the current layers."""
        if faults := self.draft.faults():
            self.say(f"fix this first: {faults[0]}")
        else:
            self._inside(self._drafted().experiment())

    def action_write(self) -> None:
        if faults := self.draft.faults():
            self.say(f"fix this first: {faults[0]}")
        else:
            self._ask_file(self._drafted())
