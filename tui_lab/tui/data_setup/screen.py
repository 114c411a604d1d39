"""The set-up screen: reads data on a thread, shows how they will be used, and makes a preset."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Generic

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from tui_lab.data.final_settings import FinalSettings
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.tasks import Task
from tui_lab.tui.data_setup.settings import DataSetup, O
from tui_lab.tui.data_setup.widgets import ListRows, SetupList, SetupState, SetupWords
from tui_lab.tui.keys.key import When
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.state.background import BackgroundTask, problem_of
from tui_lab.tui.style.text import cut
from tui_lab.tui.widgets.confirm import AskScreen, Choice
from tui_lab.tui.widgets.lines import Scroll, set_title
from tui_lab.tui.widgets.prompt_screen import PromptedScreen

TICK_S = 0.1
WITH_PREVIEW, WITH_WORDS = 36, 14
"""The minimum heights of the screen for the preview, and for the notes below the list."""
LEAVING: tuple[Choice, ...] = (
    ("x", "discard", "Discard the changes and go to the presets."),
    ("escape", "stay", "Stay here. Enter opens it in the lab, w saves it as a preset."),
)


class DataSetupScreen(PromptedScreen[FinalSettings | None], Generic[O]):
    """Ends with the preset and its data, or with None. The data are read on a thread."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("table")]
    AUTO_FOCUS = None
    PLACE = "table"
    KIND: ClassVar[str]
    """The kind of data, for the title."""
    PREVIEW_INSTEAD: ClassVar[bool] = False
    """Whether the preview replaces the notes when requested; otherwise it is shown within the notes."""
    WHAT: ClassVar[str] = "file"
    """What has to be fixed if it was refused."""
    BUSY: ClassVar[str]
    """The message while the data are read again."""

    class FirstRead(Message):
        """The data were read, or could not be: what the user was waiting for is there."""

    def __init__(self, setup: DataSetup[O], rows: ListRows, preview: Widget) -> None:
        super().__init__()
        self.setup = setup
        self._file = Path(setup.spec.file).name
        self._reading: BackgroundTask[O] | None = None
        self._again = False
        self._wished = self._good = (setup.spec, setup.task)
        self.home: SetupList = SetupList(setup, rows)
        self.notices = self._words = SetupWords(rows)
        self._preview = preview
        self._state = SetupState(self._file, self.WHAT)

    def open(
        self, spec: DataSpec, task: Task | None, progress: Callable[[float], None], before: O | None
    ) -> O:
        """Read the data with these settings; called on a thread."""
        raise NotImplementedError

    def describe(self, opened: O) -> tuple[str, str]:
        """For the title: the size of the data, and what would be trained on."""
        raise NotImplementedError

    def sync_preview(self) -> None:
        """Update the preview."""
        raise NotImplementedError

    def conditions(self) -> set[When]:
        """Further conditions of keys, once the data have been read."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """List, notes, first rows; or reading progress in place of them."""
        with Vertical(id="setup", classes="pane"):
            yield self.home
            with Scroll(id="setup-about"):
                yield self._words
            yield self._preview
            with Scroll(id="setup-instead"):
                yield self._state
        yield self._footer

    def on_mount(self) -> None:
        self.set_focus(self.home)
        self.read()
        self.set_interval(TICK_S, self.tick)
        self.on_resize()

    def on_unmount(self) -> None:
        """Release the data, which may be large."""
        self.setup.opened = None

    def on_resize(self) -> None:
        self._arrange()
        self.call_after_refresh(self.sync)

    def _arrange(self) -> None:
        height, opened = self.size.height, self.setup.opened is not None
        self.home.display = opened
        instead = self.PREVIEW_INSTEAD and self._previewing
        self.query_one("#setup-about").display = opened and height >= WITH_WORDS and not instead
        self._preview.display = opened and (height >= WITH_PREVIEW or instead)
        self._preview.set_class(instead and height >= WITH_PREVIEW, "-large")
        self._words.refresh(layout=True)  # changes while hidden were not painted
        self.query_one("#setup-instead").display = not opened

    @property
    def _previewing(self) -> bool:
        """Whether the preview that was asked for takes the place of something else."""
        shown = "images" in self.conditions() if self.PREVIEW_INSTEAD else self.size.height >= WITH_WORDS
        return self.setup.preview_wanted and shown

    def read(self) -> None:
        """Read the data with the current settings; if reading is in progress, read again afterwards."""
        if self._reading is not None:
            self._again = True
            return
        before = self.setup.opened
        self._wished = spec, task = self.setup.spec, self.setup.task
        self._state.refused, self._state.share = (), 0.0
        self._reading = BackgroundTask(lambda: self.open(spec, task, self._progress, before))

    def _progress(self, share: float) -> None:
        self._state.share = share

    def tick(self) -> None:
        """Process what has been read."""
        if self._reading is None:
            return
        if not self._reading.done:
            self._state.sync()
            return
        task, self._reading = self._reading, None
        if self._again:
            self._again = False
            self.read()
            return
        try:
            self.setup.opened = task.result()
            self._good = self._wished
        except Exception as error:  # no file may crash the lab
            self._give_up(problem_of(error))
        self.post_message(self.FirstRead())
        if self.notices.notice == self.BUSY:
            self.notices.notice = ""
        self.setup.move(0)
        self._arrange()
        self._state.refresh(layout=True)
        self.call_after_refresh(self.sync)

    def _give_up(self, problems: tuple[str, ...]) -> None:
        if self.setup.opened is None:
            self._state.refused = problems
            return
        self.notices.notice = "; ".join(problems)
        self.setup.spec, self.setup.task = self._good

    def wait(self) -> None:
        """Wait until nothing is being read; for tests."""
        while self._reading is not None:
            self._reading.wait()
            self.tick()

    def sync(self) -> None:
        if not self.is_mounted:
            return
        for part in (self.home, self._words, self._state):
            part.sync()
        set_title(self.query_one("#setup"), f" {self._title()} ")
        self.sync_preview()
        self._footer.show(self._place(), self._conditions())

    def _title(self) -> str:
        opened, name = self.setup.opened, cut(self._file, 60)
        if opened is None:
            return f"{self.KIND} · {name}"
        size, made = self.describe(opened)
        state = "reading…" if self._reading is not None else "not ready to train"
        if self._reading is None and opened.settled.data is not None:
            state = f"ready: {made}"
        below = f" · ↓ {self.home.below:,} more" if self.home.display and self.home.below else ""
        return f"{self.KIND} · {name} · {size}{below} · {state}"

    def _conditions(self) -> frozenset[When]:
        found: set[When] = {"always"}
        if self._state.refused:
            found.add("refused")
        if self.setup.opened is not None:
            found |= {"listed", *self.conditions()}
            if not self.setup.fixed:
                found |= {"changeable"} if self.setup.setting is None else {"changeable", "setting"}
        if self.setup.ready:
            found.add("ready")
        return frozenset(found)

    def action_move(self, key: str) -> None:
        every, page = self.setup.total, max(1, self.home.rows - 1)
        steps = {"up": -1, "down": 1, "home": -every, "end": every, "pageup": -page, "pagedown": page}
        self.setup.move(steps[key])
        self.query_one("#setup-about", Scroll).scroll_to(y=0, animate=False)
        self.say("")

    def action_change(self, key: str) -> None:
        """Switch to the next or the previous value."""
        if self.setup.opened is not None:
            self._wish(self.setup.change(1 if key == "right" else -1))

    def action_reset(self) -> None:
        """Reset the selected row."""
        if self.setup.opened is not None:
            self._wish(self.setup.reset())

    def _wish(self, changed: bool) -> None:
        if changed:
            self.read()
        busy = changed and self._reading is not None and not self._reading.done
        self.say(self.BUSY if busy else "")
        self.tick()

    def ask(self, label: str, words: str) -> None:
        """Open a field for the selected setting."""

        def take(text: str) -> None:
            before = self.setup.spec, self.setup.task
            self.setup.type(text)
            self._wish(before != (self.setup.spec, self.setup.task))

        self._ask(label, self.setup.text(), words, take)

    def action_rows(self) -> None:
        """Toggle the preview."""
        self.setup.preview_wanted = not self.setup.preview_wanted
        self._arrange()
        self.call_after_refresh(self.sync)

    def action_read_on(self, key: str) -> None:
        """Scroll the notes."""
        for scroll in self.query(Scroll):
            if scroll.display:
                scroll.page(-1 if key == "left_square_bracket" else 1)

    def action_again(self) -> None:
        """Read refused data again."""
        if self._state.refused:
            self.read()
            self.sync()

    def action_go_on(self) -> None:
        """Open the lab with the preset."""
        opened = self.setup.opened
        if opened is None:
            return
        if self._reading is not None:
            self.say("one moment: still reading")
        elif opened.settled.problems:
            self.setup.preview_wanted = False
            self._arrange()
            self.say("cannot train on this yet: see below")
        else:
            self.dismiss(opened.settled)

    @property
    def unsaved(self) -> bool:
        """Whether a setting was changed."""
        return self.setup.changed

    def action_close(self) -> None:
        """Close the preview, or go to the presets."""
        if self._previewing:
            self.action_rows()
        else:
            self.action_back()

    def action_back(self) -> None:
        """Go to the presets without the data; ask first if anything was changed."""

        def answered(answer: str | None) -> None:
            if answer == "discard":
                self.dismiss(None)

        if self.setup.changed:
            self.app.push_screen(AskScreen(self.KIND, "You have made changes here.", LEAVING), answered)
        else:
            answered("discard")

    def action_write(self) -> None:
        """Save the preset to a file."""
        opened = self.setup.opened
        if opened is None or self.prompt is not None:
            return
        if opened.settled.problems:
            self.say("cannot train on this yet, so there is nothing to save")
        else:
            self._ask_file(opened.settled.pinned)
