"""The comparison: curves of up to eight runs in one chart, and a table of scores and differences."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tui_lab.errors import LabError
from tui_lab.experiment.tasks import TASKS
from tui_lab.protocol.evaluation import RunsCompared
from tui_lab.protocol.events import Record
from tui_lab.protocol.two_runs import CompareRuns
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.index.listing import RunLine
from tui_lab.runs.journal.journal_reader import Follower
from tui_lab.runs.journal.snapshot import folded
from tui_lab.session.clients.reopen import reopen
from tui_lab.session.queries.subprocess import Query
from tui_lab.tui.chart.actions import LookingScreen
from tui_lab.tui.chart.group_series import grouped_data
from tui_lab.tui.chart.widget import LossChart
from tui_lab.tui.compare.better import better_words
from tui_lab.tui.compare.comparison import ComparedRun, Comparison
from tui_lab.tui.compare.table import ComparedTable
from tui_lab.tui.keys.key import When
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.state.background import BackgroundTask, problem_of
from tui_lab.tui.state.runs_feed import RunsFeed
from tui_lab.tui.state.shown_run import Opened, ShownRun
from tui_lab.tui.style.format import plural
from tui_lab.tui.style.text import cut
from tui_lab.tui.widgets.lines import set_title
from tui_lab.tui.widgets.prompt import FilterPrompt
from tui_lab.tui.widgets.prompt_screen import PromptedScreen

TICK_S, LOOK_S = 0.25, 1.0
FILTER_HINT = "conditions, all must hold: best_val_loss<0.4 lr>=1e-3 optimizer=adam"
Found = RunView | list[Record] | str
"""The result of reading a run: the run, its new records, or an error message."""


class CompareScreen(LookingScreen, PromptedScreen[Opened | None]):
    """Ends with the run to show in the lab, or with None. Journals are read on a thread."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("compare")]
    AUTO_FOCUS = None
    PLACE = "compare"

    def __init__(self, lines: list[RunLine], feed: RunsFeed, watch: ShownRun) -> None:
        super().__init__()
        self.runs = Comparison(lines)
        self._feed, self._watch = feed, watch
        self._followers: dict[str, Follower] = {}
        self._were_running: set[str] = set()
        self._reading: BackgroundTask[dict[str, Found]] | None = None
        self._opening: BackgroundTask[Opened] | None = None
        self._judging: BackgroundTask[str] | None = None
        self.chart = LossChart(id="compared-chart")
        self._table = ComparedTable(self.runs)
        self.home = self.notices = self._table

    def compose(self) -> ComposeResult:
        with Vertical(id="compare", classes="pane"):
            yield self.chart
            yield self._table
        yield self._footer

    def on_mount(self) -> None:
        """Read all runs, and the running ones again every second."""
        self.set_focus(self._table)
        self._read(self.runs.entries)
        self.sync()
        self.set_interval(TICK_S, self.tick)
        self.set_interval(LOOK_S, self.read_on)

    def on_resize(self) -> None:
        self.call_after_refresh(self.sync)

    # Updates

    def tick(self) -> None:
        """Process what has been read."""
        if self._feed.collect():
            self.runs.update(self._feed.lines)
        if self._reading is not None and self._reading.done:
            reading, self._reading = self._reading, None
            self._take(reading.result())
            self.sync()
        if self._opening is not None and self._opening.done:
            opening, self._opening = self._opening, None
            try:
                self.dismiss(opening.result())
            except (LabError, OSError) as error:
                self.say(str(error))

        if self._judging is not None and self._judging.done:
            judging, self._judging = self._judging, None
            try:
                self.say(judging.result())
            except Exception as error:  # a library can raise anything
                self.say("; ".join(problem_of(error)))

    def wait(self) -> None:
        """Wait until nothing is being read; for tests."""
        for task in (self._reading, self._opening, self._judging):
            if task is not None:
                task.wait()
        self.tick()

    def _take(self, found: dict[str, Found]) -> None:
        for entry in self.runs.entries:
            got = found.get(entry.line.id)
            if isinstance(got, RunView):
                entry.view, entry.problem = got, ""
            elif isinstance(got, str):
                entry.problem = got
            elif got is not None and entry.view is not None:
                for record in got:
                    entry.view.apply(record)

    def read_on(self) -> None:
        """Read running runs, and those that were running a second ago: they may have ended since."""
        self._feed.refresh()
        if self._reading is None:
            running = {entry.line.id for entry in self.runs.entries if entry.line.status == "running"}
            wanted, self._were_running = running | self._were_running, running
            self._read([entry for entry in self.runs.entries if entry.line.id in wanted])

    def _read(self, entries: list[ComparedRun]) -> None:
        folders = [self._folder(entry) for entry in entries]
        if folders and self._reading is None:
            self._reading = BackgroundTask(lambda: {folder.run_id: self._found(folder) for folder in folders})

    def _found(self, folder: RunFolder) -> Found:
        """The whole journal the first time, then new records. Runs on a thread, so it must not modify a view
        that is being shown.
        """
        follower = self._followers.get(folder.run_id)
        try:
            if follower is not None:
                return follower.poll()
            if not folder.files.exists(folder.journal.name):
                return f"{folder.journal}: no journal"
            view, follower = folded(folder.journal)
        except LabError as error:
            return str(error)
        self._followers[folder.run_id] = follower
        return view

    def _folder(self, entry: ComparedRun) -> RunFolder:
        return RunFolder(self._feed.root / entry.line.id)

    # Display

    def sync(self) -> None:
        if not self.is_mounted:
            return
        runs = self.runs
        runs.lay_out(self.lens)
        rows = [entry for entry in runs.shown if entry.view and entry.drawn]
        drawn = [([each.follow(self.lens) for each in runs.in_row(row)], row.role) for row in rows]
        self.chart.show(grouped_data(drawn, self.lens, self.chart.size.width))
        told = "loss, validation" if self.lens.metric == "loss" else self.lens.metric
        order = f" · by {runs.sorted_by.lower()}" if runs.sorted_by else ""
        filtered = f" · {cut(runs.text, 60)}" if runs.text else ""
        grouped = " · seeds together" if runs.grouped else ""
        title = f" Compare · {plural(len(runs.matching), 'run')}{grouped} · {told}{order}{filtered} "
        set_title(self.query_one("#compare"), title)
        self._table.sync()
        self._footer.show(self._place(), self._conditions())

    def shown(self) -> RunView | None:
        return next((entry.view for entry in self.runs.shown if entry.view is not None), None)

    def _conditions(self) -> frozenset[When]:
        return frozenset({"always", "shown", "seeds"} if self.runs.groups else {"always", "shown"})

    # Keys

    def action_move(self, key: str) -> None:
        self._after(lambda: self.runs.move(-1 if key == "up" else 1))

    def action_draw(self) -> None:
        """Toggle the curve of the run."""
        self._after(self.runs.toggle)

    def action_sort(self) -> None:
        self._after(self.runs.sort)

    def action_group(self) -> None:
        """Show runs that differ by the seed or the fold only as one row, or each by itself."""
        if self.runs.groups or self.runs.grouped:
            self._after(self.runs.toggle_groups)
        else:
            self.say("no two of these runs finished with the same settings but for the seed")

    def _after(self, change: Callable[[], None]) -> None:
        self.notices.notice = ""
        change()
        self.sync()

    def action_back(self, key: str) -> None:
        """Clear zoom, cursor and filter in turn, then go back."""
        if key == "escape" and self.lens.moved:
            self.action_look("all")
        elif key == "escape" and self.runs.text:
            self._after(lambda: self.runs.filter(""))
        else:
            self.dismiss(None)

    def action_open(self) -> None:
        entry = self.runs.chosen
        if entry is None or self._opening is not None:
            return
        if len(self.runs.in_row(entry)) > 1:
            self.say("this row is a group of runs; g shows each of them")
            return
        if entry.line.id == self._watch.run_id:
            self.dismiss(None)
        elif not self._watch.free:
            self.say("this would end the run in the lab; stop it there first (x)")
        else:
            folder, line = self._folder(entry), entry.line
            self._opening = BackgroundTask(lambda: Opened(reopen(folder), line, resume=False))
            self.say("reading its journal…")

    def action_better(self) -> None:
        """Whether the selected run is better than the best of the others on the test split, or lucky."""
        chosen, other = self.runs.chosen, self.runs.best_other
        if self._judging is not None:
            return
        if self.runs.grouped:
            self.say("two runs can be judged, not groups; g shows single runs")
            return
        if chosen is None or other is None or chosen.view is None or chosen.view.experiment is None:
            self.say("there is no other run that it could be better than")
            return
        if "running" in (chosen.line.status, other.line.status):
            self.say("the test split is for the end: this can be told once both runs have ended")
            return
        folder, names = self._folder(chosen), (self.runs.name_of(chosen), self.runs.name_of(other))
        asked = chosen.view.experiment
        command = CompareRuns(str(self._folder(other).path))
        question = Query(experiment=asked, command=command, run=str(folder.path))
        classes = not TASKS[asked.task].numeric
        self._judging = BackgroundTask(
            lambda: better_words(self._watch.ask(question, RunsCompared), *names, classes=classes)
        )
        self.say(f"predicting the test rows with {names[0]} and {names[1]}…")

    def action_filter(self) -> None:
        self._open_prompt(FilterPrompt(self.runs, FILTER_HINT))
