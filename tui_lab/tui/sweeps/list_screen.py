"""The list of sweeps: open, resume and delete them."""

from collections.abc import Callable
from time import monotonic, time
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tui_lab.errors import LabError
from tui_lab.tui.keys.key import When
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.state.background import BackgroundTask
from tui_lab.tui.state.sweeps import SweepLine, SweepsFeed
from tui_lab.tui.style.text import Line, wrap
from tui_lab.tui.sweeps.list_rows import EMPTY, details, heading, row
from tui_lab.tui.widgets.confirm import AskScreen
from tui_lab.tui.widgets.lines import Changed, Lines, NoticeLines, set_title
from tui_lab.tui.widgets.prompt_screen import PromptedScreen

LOOK_S, TICK_S = 2.0, 0.1
WITH_DETAILS = 14
"""The minimum height of the screen for details below the list."""
DELETING = (
    ("y", "delete", "Delete the sweep with all its trials, their curves and checkpoints, for good."),
    ("escape", "keep", "Keep it."),
)


class SweepTable(Lines, can_focus=True):
    """A heading and the sweeps; the same one stays selected when the list changes."""

    def __init__(self, feed: SweepsFeed) -> None:
        super().__init__(id="sweep-table")
        self._feed, self._top = feed, 0
        self._chosen = ""
        self.place = 0

    @property
    def chosen(self) -> SweepLine | None:
        """The selected sweep."""
        lines = self._feed.lines
        return lines[min(self.place, len(lines) - 1)] if lines else None

    def take(self) -> None:
        """The list was read again."""
        ids = [sweep.id for sweep in self._feed.lines]
        self.place = ids.index(self._chosen) if self._chosen in ids else min(self.place, max(0, len(ids) - 1))

    def move(self, steps: int) -> None:
        self.place = max(0, min(self.place + steps, len(self._feed.lines) - 1))
        self._chosen = self.chosen.id if self.chosen is not None else ""

    def point_at(self, sweep_id: str) -> None:
        """Select a sweep."""
        self._chosen = sweep_id
        self.take()

    def lines(self, width: int) -> list[Line]:
        sweeps = self._feed.lines
        if not sweeps:
            return wrap(self._feed.problem or (EMPTY if self._feed.version else "looking…"), width, "dim")
        rows = max(1, self.size.height - 1)
        self._top = max(0, min(max(self._top, self.place - rows + 1), self.place, len(sweeps) - rows))
        now, seen = time(), enumerate(sweeps[self._top : self._top + rows], self._top)
        return [
            heading(width),
            *(row(sweep, place == self.place, self.has_focus, now, width) for place, sweep in seen),
        ]

    def on_click(self, event: events.Click) -> None:
        """Select the clicked sweep."""
        if event.y:
            self.move(self._top + event.y - 1 - self.place)
            self.post_message(Changed())


class SweepDetails(NoticeLines):
    """The latest message, and the selected sweep in full."""

    def __init__(self, table: SweepTable) -> None:
        super().__init__(id="sweep-details")
        self._table = table

    def lines(self, width: int) -> list[Line]:
        sweep = self._table.chosen
        return self.notice_lines(width) + (details(sweep, width) if sweep is not None else [])


class SweepsScreen(PromptedScreen[None]):
    """`open_sweep` shows one of them. Everything on disk is done on a thread."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("sweeps")]
    AUTO_FOCUS = None
    PLACE = "sweeps"

    def __init__(self, feed: SweepsFeed, open_sweep: Callable[[str], object]) -> None:
        super().__init__()
        self._feed, self._open = feed, open_sweep
        self._background_task: BackgroundTask[str] | None = None
        self._doing, self._began = "", 0.0
        """What the task does, in words, and since when."""
        self._version = 0
        """Of the list that is shown: other screens read it, too."""
        self.home = self.table = SweepTable(feed)
        self.notices = self._details = SweepDetails(self.table)

    def compose(self) -> ComposeResult:
        with Vertical(id="sweeps", classes="pane"):
            yield self.table
            yield self._details
        yield self._footer

    def on_mount(self) -> None:
        """Show the list, and read it again every two seconds."""
        self.set_focus(self.table)
        self.on_resize()
        self._feed.refresh()
        self.tick()
        self.set_interval(TICK_S, self.tick)
        self.set_interval(LOOK_S, self._feed.refresh)

    def on_screen_resume(self) -> None:
        """Shown again: read the list anew, which may have changed meanwhile."""
        super().on_screen_resume()
        self._feed.refresh()
        self.tick()

    def on_resize(self) -> None:
        """Show details if there is room."""
        self._details.display = self.size.height >= WITH_DETAILS
        self.call_after_refresh(self.sync)

    def tick(self) -> None:
        """Process finished tasks."""
        self._feed.collect()
        if self._version != self._feed.version:
            self._version = self._feed.version
            self.table.take()
            self.sync()
        if self._background_task is not None and not self._background_task.done:
            self._say_doing()
        elif self._background_task is not None:
            task, self._background_task = self._background_task, None
            self._feed.refresh()
            try:
                self.say(task.result())
            except (LabError, OSError) as error:
                self.say(str(error))

    def wait(self) -> None:
        """Wait until nothing is in progress; for tests."""
        if self._background_task is not None:
            self._background_task.wait()
        self.tick()
        self._feed.wait()
        self.table.take()
        self.sync()

    def sync(self) -> None:
        if not self.is_mounted:
            return
        set_title(self.query_one("#sweeps"), f" Sweeps · {len(self._feed.lines):,} ")
        self.table.sync()
        self._details.sync()
        self._footer.show(self._place(), self._conditions())

    def _conditions(self) -> frozenset[When]:
        found: set[When] = {"always"}
        if (sweep := self.table.chosen) is not None:
            found |= {"listed"} if sweep.training else {"listed", "idle"}
            if sweep.unfinished:
                found.add("unfinished")
        return frozenset(found)

    # Keys

    def action_move(self, key: str) -> None:
        page, every = max(1, self.table.size.height - 2), len(self._feed.lines)
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "home": -every, "end": every}
        self.table.move(steps[key])
        self.say("")

    def action_open(self) -> None:
        """Show the selected sweep."""
        if (sweep := self.table.chosen) is None:
            return
        if sweep.state == "broken":
            self.say(f"cannot be opened: {sweep.message}")
        else:
            self._open(sweep.id)

    def action_go_on(self) -> None:
        """Resume the selected sweep."""
        if (sweep := self.table.chosen) is None:
            return
        if sweep.training:
            self.say("this sweep is already running; Enter opens it")
        elif not sweep.unfinished:
            self.say(f"this sweep is {sweep.state}; Enter opens it, and more trials can be added there")
        else:
            sweeps, sweep_id = self._feed.sweeps, sweep.id
            which = f"{sweep.title}, {sweep_id}"
            self._do(
                lambda: sweeps.resume(sweep_id), f"resuming {sweep.title}: loading torch", f"resumed: {which}"
            )

    def action_delete(self) -> None:
        if (sweep := self.table.chosen) is None:
            return
        if sweep.training:
            self.say("this sweep is running; open it and stop it first")
            return
        sweeps, sweep_id = self._feed.sweeps, sweep.id

        def answered(answer: str | None) -> None:
            if answer == "delete":
                which = f"{sweep.title}, {sweep_id}"
                self._do(lambda: sweeps.remove(sweep_id), f"deleting {sweep.title}", f"deleted: {which}")

        question = f"Delete {sweep.title} with {sweep.trials:,} trials?  {sweep_id}"
        self.app.push_screen(AskScreen("Delete a sweep", question, DELETING), answered)

    def action_back(self) -> None:
        self.dismiss(None)

    def _do(self, task: Callable[[], object], doing: str, words: str) -> None:
        """Run a task on a thread, and show a message at once and at the end."""
        if self._background_task is not None:
            self.say("one moment: still busy with the last command")
            return

        def work() -> str:
            task()
            return words

        self._doing, self._began = doing, monotonic()
        self._background_task = BackgroundTask(work)
        self._say_doing()

    def _say_doing(self) -> None:
        """What is being done, and for how long."""
        seconds = int(monotonic() - self._began)
        self.say(f"{self._doing}… {seconds} s" if seconds else f"{self._doing}…")
