"""The set-up of a table: read on a thread, shown, settled; then on to the lab with the preset made of it."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content

from tui_lab.data.survey import Settled
from tui_lab.safe import safe
from tui_lab.session.tables import OpenedTable, open_table
from tui_lab.tui.errand import Errand
from tui_lab.tui.keys import Place, When, bindings
from tui_lab.tui.panes.lines import Scroll
from tui_lab.tui.panes.setup import SetupList, SetupPreview, SetupState, SetupWords
from tui_lab.tui.panes.setup_rows import ABOUT, LABELS, reading_lines, refused_lines
from tui_lab.tui.panes.status import FooterState
from tui_lab.tui.screens.prompted import PromptedScreen, problem_of
from tui_lab.tui.setup import TableAsked, TableSetup
from tui_lab.tui.text import Line

TICK_S = 0.1
WITH_PREVIEW, WITH_WORDS = 36, 14
"""The height of the screen from which the first rows, and words beneath the list, have room."""
_BUSY = "reading the table again…"


class SetupScreen(PromptedScreen[Settled | None]):
    """Ends with what is to be trained, or with None. The file is read on a thread."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("table")]
    AUTO_FOCUS = None

    def __init__(self, asked: TableAsked, first_read: Callable[[], object] = lambda: None) -> None:
        """`first_read` is called once the table was read for the first time, or that was given up."""
        super().__init__()
        self.setup = TableSetup(asked)
        self._first_read = first_read
        self._file = Path(asked.spec.file).name
        self._share = 0.0
        self._errand: Errand[OpenedTable] | None = None
        self._again = False
        self._wished = self._good = (asked.spec, asked.task)
        self._refused: tuple[str, ...] = ()
        self._rows_wanted = False
        self.home: SetupList = SetupList(self.setup, self.sync)
        self._words = SetupWords(self.setup, lambda: self._notice, lambda: self._rows_wanted)
        self._preview = SetupPreview(self.setup)
        self._state = SetupState(self._state_lines)

    def compose(self) -> ComposeResult:
        """List, words, first rows; or one thing in place of them."""
        with Vertical(id="setup", classes="pane"):
            yield self.home
            with Scroll(id="setup-about"):
                yield self._words
            yield self._preview
            with Scroll(id="setup-instead"):
                yield self._state
        yield self._footer

    def on_mount(self) -> None:
        """Begin to read."""
        self.set_focus(self.home)
        self.read()
        self.set_interval(TICK_S, self.tick)
        self.on_resize()

    def on_unmount(self) -> None:
        """Let go of the table: it may be large."""
        self.setup.opened = None

    def on_resize(self) -> None:
        """Show what there is room for."""
        self._arrange()
        self.call_after_refresh(self.sync)

    def _arrange(self) -> None:
        height, opened = self.size.height, self.setup.opened is not None
        self.home.display = opened
        self.query_one("#setup-about").display = opened and height >= WITH_WORDS
        self._preview.display = opened and height >= WITH_PREVIEW
        self.query_one("#setup-instead").display = not opened

    # Reading

    def read(self) -> None:
        """Read and judge the table as it is wished for; a reading under way is followed by another."""
        if self._errand is not None:
            self._again = True
            return
        before = self.setup.opened
        self._wished = spec, task = self.setup.spec, self.setup.task
        self._refused, self._share = (), 0.0
        self._errand = Errand(lambda: open_table(spec, task, self._progress, before))

    def _progress(self, share: float) -> None:
        self._share = share

    def tick(self) -> None:
        """Take in what was read."""
        if self._errand is None:
            return
        if not self._errand.done:
            self._state.sync()
            return
        errand, self._errand = self._errand, None
        if self._again:
            self._again = False
            self.read()
            return
        try:
            self.setup.opened = errand.result()
            self._good = self._wished
        except Exception as error:  # nothing that a file holds may end the lab
            self._give_up(problem_of(error))
        self._first_read()
        if self._notice == _BUSY:
            self._notice = ""
        self.setup.move(0)
        self._arrange()
        self._state.refresh(layout=True)
        self.call_after_refresh(self.sync)

    def _give_up(self, problems: tuple[str, ...]) -> None:
        if self.setup.opened is None:
            self._refused = problems
            return
        self._notice = "; ".join(problems)
        self.setup.spec, self.setup.task = self._good

    def wait(self) -> None:
        """Return when nothing is being read; for tests."""
        while self._errand is not None:
            self._errand.wait()
            self.tick()

    # What is seen

    def sync(self) -> None:
        """Show everything as it stands."""
        if not self.is_mounted:
            return
        self.query_one("#setup").border_title = Content(f" {self._title()} ")
        for part in (self.home, self._words, self._preview, self._state):
            part.sync()
        self._footer.state = FooterState(self._place(), self._conditions())
        self._footer.sync()

    def _title(self) -> str:
        opened, name = self.setup.opened, safe(self._file, 60)
        if opened is None:
            return f"Table · {name}"
        survey, settled = opened.survey, opened.settled
        size = f"{survey.rows:,} rows, {len(survey.columns):,} columns"
        state = "reading…" if self._errand is not None else "cannot be trained on yet"
        if self._errand is None and settled.data is not None:
            state = f"ready: {settled.data.features:,} inputs"
        return f"Table · {name} · {size} · {state}"

    def _state_lines(self, width: int) -> list[Line]:
        if self._refused:
            return refused_lines(self._file, self._refused, width)
        return reading_lines(self._file, self._share, width)

    def _place(self) -> Place:
        return "line" if self._prompt is not None else "table"

    def _conditions(self) -> frozenset[When]:
        found: set[When] = {"always"}
        if self._refused:
            found.add("refused")
        if self.setup.opened is not None:
            found |= {"listed", "column" if self.setup.column is not None else "setting"}
        if self.setup.ready:
            found.add("ready")
        return frozenset(found)

    # Keys

    def action_move(self, key: str) -> None:
        """Walk through the list."""
        every, page = self.setup.total, max(1, self.home.rows - 1)
        steps = {"up": -1, "down": 1, "home": -every, "end": every, "pageup": -page, "pagedown": page}
        self.setup.move(steps[key])
        self.query_one("#setup-about", Scroll).scroll_to(y=0, animate=False)
        self.say("")

    def action_change(self, key: str) -> None:
        """Take the next value, or the one before."""
        if self.setup.opened is not None:
            self._wish(self.setup.change(1 if key == "right" else -1))

    def action_reset(self) -> None:
        """Leave it to be guessed."""
        if self.setup.opened is not None:
            self._wish(self.setup.reset())

    def action_target(self) -> None:
        """Let the column in focus be the one to predict."""
        if self.setup.column is None:
            self.say("go down to a column first; t makes it the target")
        else:
            self._wish(self.setup.make_target())

    def _wish(self, changed: bool) -> None:
        if changed:
            self.read()
        self.say(_BUSY if changed and self._errand is not None and not self._errand.done else "")
        self.tick()

    def action_type(self) -> None:
        """Type the setting in focus."""
        setting = self.setup.setting
        if self.setup.opened is None or self._prompt is not None:
            return
        if setting is None:
            self.say("← → say what a column is used as; t makes it the target")
            return

        def take(text: str) -> None:
            before = self.setup.spec, self.setup.task
            self.setup.type(text)
            self._wish(before != (self.setup.spec, self.setup.task))

        self._ask(LABELS[setting], self.setup.text(), ABOUT[setting], take)

    def action_rows(self) -> None:
        """Show the first rows in place of the words, and back."""
        self._rows_wanted = not self._rows_wanted
        self.sync()

    def action_read_on(self, key: str) -> None:
        """Scroll the words."""
        for scroll in self.query(Scroll):
            if scroll.display:
                scroll.page(-1 if key == "left_square_bracket" else 1)

    def action_again(self) -> None:
        """Read the file again, after it was refused."""
        if self._refused:
            self.read()
            self.sync()

    def action_go_on(self) -> None:
        """On to the lab."""
        opened = self.setup.opened
        if opened is None:
            return
        if self._errand is not None:
            self.say("one moment: it is still being read")
        elif opened.settled.problems:
            self._rows_wanted = False
            self.say("it cannot be trained on yet, for what stands below")
        else:
            self.dismiss(opened.settled)

    def action_back(self) -> None:
        """To the presets, without the table."""
        self._first_read()
        self.dismiss(None)

    def action_write(self) -> None:
        """Write the preset into a file."""
        opened = self.setup.opened
        if opened is None or self._prompt is not None:
            return
        if opened.settled.problems:
            self.say("it cannot be trained on yet: nothing to write")
        else:
            self._ask_file(opened.settled.pinned)
