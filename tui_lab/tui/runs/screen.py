"""The list of runs: find, open, resume, name and delete them."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tui_lab.errors import LabError
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.labels import MAX_NAME, MAX_NOTE, check_label, read_label, write_label
from tui_lab.runs.folder.removal import remove
from tui_lab.runs.index.listing import RunLine
from tui_lab.session.clients.reopen import reopen
from tui_lab.tui.compare.screen import CompareScreen
from tui_lab.tui.keys.key import When
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.runs.run_list import RunList
from tui_lab.tui.runs.widgets import RunDetails, RunTable
from tui_lab.tui.state.background import BackgroundTask, JournalTask
from tui_lab.tui.state.run_names import MOST
from tui_lab.tui.state.runs_feed import RunsFeed
from tui_lab.tui.state.shown_run import Opened, ShownRun
from tui_lab.tui.style.text import cut
from tui_lab.tui.widgets.confirm import AskScreen
from tui_lab.tui.widgets.lines import set_title
from tui_lab.tui.widgets.prompt import FilterPrompt, Prompt
from tui_lab.tui.widgets.prompt_screen import PromptedScreen

LOOK_S, TICK_S = 2.0, 0.1
WITH_DETAILS = 14
"""The minimum height of the screen for details below the list."""
FILTER_HINT = "words and conditions: status=finished acc>0.9 val_loss<0.4 lr>=1e-3 layers=*64*"

DELETING = (
    ("y", "delete", "Delete its curves, note and checkpoints for good."),
    ("escape", "keep", "Keep it."),
)


class RunsScreen(PromptedScreen[Opened | None]):
    """Ends with the run to open, or with None. Everything on disk is done on a thread."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("runs")]
    AUTO_FOCUS = None
    PLACE = "runs"

    def __init__(self, feed: RunsFeed, watch: ShownRun, run_list: RunList) -> None:
        super().__init__()
        self._feed, self._watch, self.run_list = feed, watch, run_list
        self._seen = 0
        self._background_task: BackgroundTask[Callable[[], None]] | None = None
        self._table = RunTable(run_list)
        self.home = self._table
        self.notices = self._details = RunDetails(run_list)

    def compose(self) -> ComposeResult:
        with Vertical(id="runs", classes="pane"):
            yield self._table
            yield self._details
        yield self._footer

    def on_mount(self) -> None:
        """Show the list, and read it again every two seconds."""
        self.set_focus(self._table)
        self.on_resize()
        if self._watch.run_id is not None and not self._watch.begins:
            self.run_list.point_at(self._watch.run_id)
        self._feed.refresh()
        self.tick()
        self.set_interval(TICK_S, self.tick)
        self.set_interval(LOOK_S, self._feed.refresh)

    def on_resize(self) -> None:
        """Show details if there is room."""
        self._details.display = self.size.height >= WITH_DETAILS
        self.call_after_refresh(self.sync)

    def tick(self) -> None:
        """Process finished tasks."""
        self._feed.collect()
        if self._feed.version != self._seen:
            self._seen = self._feed.version
            self.run_list.take(self._feed.lines)
            self.sync()
        elif not self._seen and self._feed.reading:
            self._table.show(self._nothing())
        if isinstance(self._background_task, JournalTask) and self._background_task.words:
            self.say(self._background_task.words)
        if self._background_task is not None and self._background_task.done:
            task, self._background_task = self._background_task, None
            try:
                task.result()()
            except (LabError, OSError) as error:
                self._feed.refresh()
                self.say(str(error))

    def wait(self) -> None:
        """Wait until nothing is in progress; for tests."""
        if self._background_task is not None:
            self._background_task.wait()
        self.tick()
        self._feed.wait()
        self.tick()

    # Display

    def sync(self) -> None:
        if not self.is_mounted:
            return
        run_list, shown, every = self.run_list, len(self.run_list.shown), len(self.run_list.all)
        many = f"{shown:,} of {every:,} match" if run_list.text else f"{every:,}"
        filtered = f" · {cut(run_list.text, 60)}" if run_list.text else ""
        self._table.show(self._nothing())
        below = f" · ↓ {self._table.below:,} more" if self._table.below else ""
        title = f" Runs · {many} · {run_list.order_words}{below}{filtered} "
        set_title(self.query_one("#runs"), title)
        self._details.sync()
        self._footer.show(self._place(), self._conditions())

    def _nothing(self) -> str:
        if self._feed.problem:
            return self._feed.problem
        if not self._seen:
            return self._feed.reading or "looking…"
        return "No match." if self.run_list.all else "No runs yet: t in the lab trains one."

    def _conditions(self) -> frozenset[When]:
        found: set[When] = {"always"}
        line = self.run_list.chosen
        if line is not None:
            found |= {"listed"} if line.status == "running" else {"listed", "idle"}
            if line.status in ("interrupted", "stopped", "failed", "diverged"):
                found.add("unfinished")
        return frozenset(found)

    # Keys of the list

    def action_move(self, key: str) -> None:
        page, every = max(1, self._table.rows - 1), len(self.run_list.shown)
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "home": -every, "end": every}
        self.notices.notice = ""
        self.run_list.move(steps[key])
        self.sync()

    def action_mark(self) -> None:
        """Mark the run for comparison, or unmark it."""
        if self.run_list.mark():
            self.sync()
        else:
            self.say(f"at most {MOST} runs can be marked; space on a marked one unmarks it")

    def action_compare(self) -> None:
        """Compare the marked runs, or the first ones of the list in its order."""

        def chosen(opened: Opened | None) -> None:
            if opened is not None:
                self.dismiss(opened)

        marked = [line for line in self.run_list.all if line.id in self.run_list.marked]
        focus = self.run_list.chosen
        if len(marked) == 1 and focus in (None, marked[0]):
            self.say("one run is marked: mark another with space, or select another and press c")
            return
        if len(marked) == 1 and focus is not None:
            marked.append(focus)
        runs = marked or self.run_list.shown[:MOST]
        if runs:
            self.app.push_screen(CompareScreen(runs, self._feed, self._watch), chosen)

    def action_evaluate(self) -> None:
        """Evaluate the selected run; the application has what that takes."""
        line = self.run_list.chosen
        if line is not None:
            self.app.call_later(self.app.run_action, f"evaluate_run({line.id!r}, {line.epochs})")

    def action_sort(self) -> None:
        self.run_list.sort()
        self.sync()

    def action_reverse(self) -> None:
        self.run_list.turn()
        self.sync()

    def action_back(self, key: str) -> None:
        """Clear the filter, or go back to the lab."""
        if key == "escape" and self.run_list.text:
            self.run_list.filter("")
            self.sync()
        else:
            self.dismiss(None)

    def action_open(self) -> None:
        self._fetch(resume=False)

    def action_go_on(self) -> None:
        """Resume the run from its last checkpoint."""
        line = self.run_list.chosen
        if line is not None and line.status == "finished":
            self.say(f"this run is finished; `tui-lab resume {line.id} --epochs N` trains it for more epochs")
        elif line is not None and line.status == "running":
            self.say("this run is already running; Enter opens it")
        else:
            self._fetch(resume=True)

    def _fetch(self, resume: bool) -> None:
        line = self.run_list.chosen
        if line is None or self._background_task is not None:
            return
        if not self._watch.free:
            self.say("this would end the run in the lab; stop it there first (x)")
            return
        folder = self._folder(line)

        def task() -> Callable[[], None]:
            run = reopen(folder)
            return lambda: self._fetched(Opened(run, line, resume))

        self._background_task = JournalTask(task)
        self.say("reading its journal…")

    def _fetched(self, opened: Opened) -> None:
        self.dismiss(opened)

    def action_delete(self) -> None:
        line = self.run_list.chosen
        if line is None:
            return
        if line.status == "running":
            self.say(f"this run is being trained by {line.trained_by}; stop it first")
            return

        def answered(answer: str | None) -> None:
            if answer == "delete":
                self._do(lambda: remove(self._folder(line)), f"deleted: {line.title}, {line.id}")

        question = f"Delete {line.title}?  {line.id}"
        self.app.push_screen(AskScreen("Delete a run", question, DELETING), answered)

    # Text fields

    def action_rename(self) -> None:
        self._ask_label("name", MAX_NAME, "at most 60 characters; leave empty to remove it")

    def action_annotate(self) -> None:
        self._ask_label("note", MAX_NOTE, "at most 1,000 characters; leave empty to remove it")

    def _ask_label(self, what: str, longest: int, words: str) -> None:
        line = self.run_list.chosen
        if line is None:
            return
        folder = self._folder(line)
        label = read_label(folder)

        def take(text: str) -> None:
            new = check_label(replace(label, **{what: text}))
            done = "saved" if getattr(new, what) else "removed"
            self._do(lambda: write_label(folder, new), f"{what} of {line.id} {done}")

        room = 2 * longest  # more than is allowed: a text that is too long is refused, not cut silently
        self._open_prompt(Prompt(what, getattr(label, what), words, room, take))

    def action_filter(self) -> None:
        self._open_prompt(FilterPrompt(self.run_list, FILTER_HINT))

    # The disk

    def _folder(self, line: RunLine) -> RunFolder:
        return RunFolder(self._feed.root / line.id)

    def _do(self, task: Callable[[], None], words: str) -> None:
        """Run a task on a thread, show a message, and read the folder again."""
        if self._background_task is not None:
            self.say("one moment: still busy with the last command")
            return

        def work() -> Callable[[], None]:
            task()
            return done

        def done() -> None:
            self._feed.refresh()
            self.say(words)

        self._background_task = BackgroundTask(work)
