"""The lab: presets, chart with scores, hyperparameters, and two lines that say how it stands."""

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content

from tui_lab.protocol.events import DataLoaded
from tui_lab.protocol.ledger import undoable
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder import RunFolder
from tui_lab.safe import safe
from tui_lab.spec.experiment import Experiment
from tui_lab.tui.board import Board, NextRun
from tui_lab.tui.curves import Tracks, chart_data
from tui_lab.tui.desk import Desk
from tui_lab.tui.errand import RunsFeed
from tui_lab.tui.export import Export
from tui_lab.tui.key import Key, Place, When
from tui_lab.tui.keys import around, bindings
from tui_lab.tui.panes.hyperparameters import HyperparametersPane, KnobList
from tui_lab.tui.panes.knob_rows import named_in
from tui_lab.tui.panes.ledger import Ledger, LedgerScroll
from tui_lab.tui.panes.lines import Scroll
from tui_lab.tui.panes.message import MessageLine
from tui_lab.tui.panes.metrics import Metrics, headline
from tui_lab.tui.panes.presets import PresetList, PresetsPane
from tui_lab.tui.panes.small import TooSmall
from tui_lab.tui.panes.status import Footer, FooterState, StatusLine, hint
from tui_lab.tui.preload import Preload
from tui_lab.tui.screens.lab_layout import LabChart, LayoutScreen
from tui_lab.tui.screens.looking import LookingScreen
from tui_lab.tui.screens.next_run import NextRunScreen
from tui_lab.tui.screens.steered import NOBODY, STARTING, SteeredScreen
from tui_lab.tui.watch import First, Opened, Watch

TICK_S, LOOK_S = 0.25, 3.0
"""Seconds between two looks at the run that is shown, and at the folder of all runs."""


class LabScreen(LookingScreen, LayoutScreen, NextRunScreen, SteeredScreen):
    """Everything on one screen. What happens is looked at on one timer, four times a second."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("lab")]
    AUTO_FOCUS = None

    def __init__(
        self, desk: Desk, watch: Watch, preload: Preload, feed: RunsFeed, device: str, pane: Place
    ) -> None:
        super().__init__(watch)
        self._desk, self._preload, self._feed = desk, preload, feed
        self._pane: Place = pane
        self._stood: tuple[object, ...] = ()
        self._answered = ""
        self._trained: Experiment | None = None
        self._drawn: tuple[object, ...] = ()
        self._presets = PresetsPane(desk)
        self._next = NextRun(desk)
        self._knobs = HyperparametersPane(self._next)
        self._ledger = Ledger(watch, self.notices)
        self._export: Export | None = None
        self._chart, self._tracks = LabChart(id="loss"), Tracks()
        self._metrics = Metrics(watch)
        self._message = MessageLine(watch, feed, lambda: self.notices.text)
        self._status = StatusLine(watch, device)
        self._status.loaded = preload.done
        self._small = TooSmall(watch, preload)
        self._footer = Footer()

    def compose(self) -> ComposeResult:
        """Three columns over two lines; and what stands in their place where there is no room."""
        with Horizontal(id="body"):
            yield self._presets
            with Vertical(id="ledger", classes="pane"), LedgerScroll(id="ledger-scroll"):
                yield self._ledger
            with Vertical(id="centre"):
                with Vertical(id="chart", classes="pane"):
                    yield self._chart
                with Vertical(id="scores", classes="pane"), Scroll(id="scores-scroll"):
                    yield self._metrics
            yield self._knobs
        yield self._small
        yield self._message
        yield self._status
        yield self._footer

    def on_mount(self) -> None:
        """Arrange for the size there is, and load torch once this has been drawn."""
        self._arrange()
        self.sync()
        self.call_after_refresh(self._preload.begin)
        self.call_after_refresh(self._feed.refresh)
        self.set_interval(LOOK_S, self._feed.refresh)
        self.set_interval(TICK_S, self.tick)

    @property
    def known(self) -> dict[str, DataLoaded]:
        """What is known of data files, by their name."""
        return self._presets.known

    def shown(self) -> RunView | None:
        """The run that is shown."""
        return self._watch.shown

    # What happens

    def tick(self) -> None:
        """Take in what has happened since the last time."""
        if self._preload.done and not self._status.loaded:
            self._loaded()
        looked, before = self._feed.collect(), self._watch.phase
        self._follow_export()
        if self._watch.tick():
            if before in ("training", "stopping") and self._watch.phase == "rest":
                self._run_ended()
            self._take_in()
        elif looked:
            self._sync_run()
        elif self._status.moves:
            self._status.sync()
        self._message.sync()

    def _follow_export(self) -> None:
        """Say how far a long export is, and once, what came of it."""
        if self._export is None:
            return
        export = self._export
        if export.done:
            self._export = None
            self.say(export.told)
        else:
            self.notices.show(export.told)

    def _loaded(self) -> None:
        self._status.loaded = True
        if self._preload.error:
            self._watch.refuse((self._preload.error,))
        else:
            self._watch.make_ready()
        self.sync()

    def _take_in(self) -> None:
        view = self._watch.view
        if view is not None and view.data is not None and view.experiment is not None:
            self._presets.known[view.experiment.data.file] = view.data
            if view.experiment is not self._trained:
                self._trained = view.experiment
                self._desk.trained(view.experiment)
        if self._watch.phase == "rest" and self._watch.refused:
            self.point_at_fault(self._watch.refused)
        if self.notices.text == STARTING and not self._watch.begins:
            self.notices.say("")
        if self._stands() == self._stood:
            self._sync_run()
        else:
            self.sync()

    def _take_answer(self) -> None:
        """Show what the run has answered; it goes with the next command."""
        answer, before = self._watch.steer.answer, self._answered
        self._answered = answer
        if answer and answer != before:
            self.notices.say(answer)
        elif not answer and before and self.notices.text == before:
            self.notices.say("")

    def _stands(self) -> tuple[object, ...]:
        """What the panes beside the run depend on; while it is the same, they need no new look."""
        view, steer = self._watch.shown, self._watch.steer
        steered = (
            (view.paused, view.advancing, view.hyper, len(view.ledger), len(view.queued)) if view else ()
        )
        asked = (steer.held, *steer.asked.items(), *steer.refused.items(), steer.answer)
        return self._watch.phase, self._watch.run_id, len(self._presets.known), steered, asked

    def show_first(self) -> None:
        """Show the first preset, which was just made, and its hyperparameters."""
        self._presets.list.chosen = 0
        self.show_pane("hyperparameters")

    def point_at_fault(self, problems: tuple[str, ...]) -> None:
        """Put the cursor on the hyperparameter that a refusal names."""
        name = named_in(problems)
        if name is not None:
            self._knobs.form.choose(name)
            self.show_pane("hyperparameters")

    # What is seen

    def sync(self) -> None:
        """Show everything as it stands; only what differs is painted."""
        self._stood = self._stands()
        self._follow_run()
        self._sync_run()
        self._knobs.show(self._board())
        self._ledger.sync()
        self.query_one(LedgerScroll).follow()
        self._title("#ledger", "4 Ledger")
        self._presets.sync()
        self._footer.state = FooterState(self._place(), self._conditions())
        self._footer.sync()

    def _board(self) -> Board:
        """Whose hyperparameters are turned."""
        return self._draft if self._draft is not None else self._own_board()

    def _sync_run(self) -> None:
        view = self._watch.shown
        self._take_answer()
        self._sync_chart()
        self._sync_scores(view)
        self._metrics.sync()
        self._message.sync()
        self._status.sync()
        self._small.sync()

    def _sync_scores(self, view: RunView | None) -> None:
        """Where the scores are one row, the title of the chart has what else would be in their title."""
        self._metrics.brief = self._whole_chart
        whose = f" · {safe(view.experiment.preset, 40)}" if view and view.experiment else ""
        name, far, compact = f"2 {self._lens.metric.capitalize()}", headline(view), self._metrics.compact
        titles = [f"{name}{whose} · {far}", f"{name} · {far}"] if compact and far else []
        room = self.query_one("#chart").outer_size.width - len("━ 2  ━")
        self._title("#chart", next((text for text in titles if len(text) <= room), name + whose))
        scores = self.query_one("#scores")
        scores.set_class(compact, "-compact")
        self._title("#scores", "" if compact else far or "Scores")
        scores.display = bool(self._metrics.lines(60))

    def _sync_chart(self) -> None:
        """Draw the curves anew, if there is anything new about them: a key alone must not wait for that."""
        view, parent = self._watch.shown, self._watch.parent
        words = hint(self._watch, self._status.loaded, self._desk.preset)
        runs = self._watch.run_id, id(view), view and view.seq, id(parent), parent and parent.seq
        told = *runs, words, self._lens
        if told != self._drawn:
            self._drawn = told
            self._chart.show(chart_data(view, words, self._lens, parent, self._tracks))

    def _title(self, selector: str, text: str) -> None:
        pane = self.query_one(selector)
        title = Content(f" {text} ")
        if pane._border_title != title:
            pane.border_title = title

    def _conditions(self) -> frozenset[When]:
        if self._draft is not None:
            return frozenset({"always", "draft"})
        view = self._watch.shown
        found: set[When] = {"always", *self._next_conditions()}
        if self._watch.phase != "rest":
            found.add("busy")
        if view is not None and view.model is not None:
            found.add("shown")
        if self._lens.moved:
            found.add("moved")
        if self._board().inputs != "columns":
            found.add("images")
        if self._presets.list.usable:
            found.add("usable")
        if self._watch.live is not None and view is not None:
            if undoable(view) or self._watch.steer.asked or self._watch.steer.held:
                found.add("undoable")
            found.add("paused" if view.paused and not view.advancing else "going")
        return frozenset(found)

    def offered(self) -> list[Key]:
        """The keys that do something now."""
        conditions = self._conditions()
        return [key for key in around(self._pane) if key.when in conditions]

    def _place(self) -> Place:
        return "editor" if self._knobs.form.editor is not None else self._pane

    def reopen(self, opened: Opened | None) -> None:
        """Show a run of the list, or go on with it."""
        if opened is not None and opened.resume and self._preload.error:
            self._watch.refuse((self._preload.error,))
        elif opened is not None and self._watch.reopen(opened):
            what = "resuming" if opened.resume else "opened"
            self._draft = None
            self._run_opened()
            self.notices.say(f"{what} {safe(opened.line.title, 60)}, {opened.line.id}")
        self.show_pane("chart" if opened is not None else self._pane)

    # What was chosen

    @on(PresetList.Moved)
    @on(KnobList.Changed)
    def _something_changed(self) -> None:
        self.sync()

    @on(PresetList.Taken)
    def _take_preset(self) -> None:
        if self.leave_field():
            self._of_run = False
            self._desk.choose(self._presets.list.chosen)
            self.sync()

    def leave_field(self) -> bool:
        """Apply what is in the field, if one is open; False if it cannot be, and stays open."""
        if self._knobs.form.apply():
            return True
        self.show_pane("hyperparameters")
        return False

    # Keys

    def action_train(self) -> None:
        """Start a run, or the fork that was thought of."""
        if self._draft is None:
            self.begin()
        elif self.leave_field():
            self._begin_fork(self._draft)

    def begin(self, first: First = None) -> None:
        """Start a run; from the list of presets, with the one in focus."""
        if not self.leave_field() or self._watch.phase != "rest":
            return
        again, presets = self._again(), self._presets.list
        if (
            self._pane == "presets"
            and presets.usable
            and (again is None or presets.chosen != presets.run_place)
        ):
            self._desk.choose(presets.chosen)
            again = None
        experiment = again or self._desk.experiment()
        self.notices.say("")
        if experiment is not None and not self._preload.error:
            self._watch.train(experiment, first)
        self.sync()

    def action_stop(self) -> None:
        """Stop the run."""
        if not self._watch.stop() and self._watch.phase == "training":
            self.say(NOBODY)
        self.sync()

    def action_export(self) -> None:
        """Write the run as JSON."""
        if self._watch.view is None or self._watch.run_id is None or self._watch.begins:
            self.say("nothing to export yet: press t to train" if self._watch.phase == "rest" else STARTING)
            return
        folder = RunFolder(self._watch.root / self._watch.run_id)
        if self._export is not None and not self._export.done:
            return
        self._export = Export(folder, self._watch.view, Path.cwd())
        self._follow_export()

    def action_back(self) -> None:
        """Leave the fork; else the zoom and the cursor; else the whole screen; else the values of the run."""
        if self.drop_fork():
            return
        if self._lens.moved:
            self.action_look("all")
        elif self._whole_chart:
            self.action_whole_chart()
        else:
            self.leave_run()

    def action_help(self) -> None:
        """Show the keys and how the lab works."""
        from tui_lab.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self._place()))
