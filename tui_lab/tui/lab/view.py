"""What the lab shows: presets, chart with scores, hyperparameters, and the lines at the bottom."""

from typing import get_args

from textual.app import ComposeResult
from textual.containers import Horizontal

from tui_lab.experiment.presets import Preset
from tui_lab.protocol.events import DataLoaded
from tui_lab.protocol.ledger import undoable
from tui_lab.protocol.progress import after_divergence
from tui_lab.protocol.view import RunView
from tui_lab.session.machine import Machine
from tui_lab.tui.chart.actions import LookingScreen
from tui_lab.tui.keys.key import Key, When
from tui_lab.tui.keys.lab import PANES, PaneName
from tui_lab.tui.keys.table import Place, around
from tui_lab.tui.lab.coach_actions import CoachedScreen
from tui_lab.tui.lab.form.form_models import NextRunValues
from tui_lab.tui.lab.panes.before_training import Before
from tui_lab.tui.lab.panes.chart_pane import ChartPane
from tui_lab.tui.lab.panes.hyperparameters import HyperparametersPane
from tui_lab.tui.lab.panes.in_order import PANE_TYPES
from tui_lab.tui.lab.panes.message import MessageLine
from tui_lab.tui.lab.panes.pane import LabState, Side
from tui_lab.tui.lab.panes.presets import PresetsPane
from tui_lab.tui.lab.panes.small import TooSmall
from tui_lab.tui.lab.panes.status import StatusLine, hint
from tui_lab.tui.lab.preset_data import Read, Survey
from tui_lab.tui.lab.sizes import set_width_classes
from tui_lab.tui.state.coaching import Coaching
from tui_lab.tui.state.next_run import NextRun, preset_of_run
from tui_lab.tui.state.preload import Preload
from tui_lab.tui.state.run_state import on_gpu
from tui_lab.tui.state.runs_feed import RunsFeed
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.state.sweep_words import training_words
from tui_lab.tui.state.sweeps import SweepsFeed
from tui_lab.tui.state.tour import Tour
from tui_lab.tui.widgets.footer import Footer


class LabView(LookingScreen, CoachedScreen):
    """The panes and how they are updated."""

    def __init__(
        self,
        next_run: NextRun,
        watch: ShownRun,
        preload: Preload,
        feed: RunsFeed,
        device: str,
        pane: PaneName,
        read: Read | None = None,
    ) -> None:
        """`read` reads the data of an experiment before it is trained; None: do not read ahead."""
        super().__init__(watch)
        self._next_run, self._preload, self._feed = next_run, preload, feed
        self._pane: PaneName = pane
        watch.advice = lambda view: after_divergence(view, next_run.presets)
        self._stood: tuple[object, ...] = ()
        self._answered = ""
        self._next = NextRunValues(next_run)
        self.lab = LabState(watch, next_run, self.notices, self._next, self.lens)
        self.panes = tuple(
            kind(self.lab) for kind in sorted(PANE_TYPES, key=lambda kind: PANES.index(kind.NAME))
        )
        self.presets, self.chart = self.pane(PresetsPane), self.pane(ChartPane)
        self.hyperparameters = self.pane(HyperparametersPane)
        self.survey = Survey(self.lab.known, read)
        self.coaching = Coaching()
        self._message = MessageLine(watch, feed, self.notices, self.coaching)
        self._status = StatusLine(watch, device)
        self._status.loaded = preload.done
        self.machine: Machine | None = None
        """Looked at once a run trains."""
        self.sweeps: SweepsFeed | None = None
        self._looked_for: str | None = None
        self._small = TooSmall(watch, preload)
        self._footer = Footer()

    def compose(self) -> ComposeResult:
        """Three columns above the lines at the bottom; and what is shown if there is no room for them."""
        set_width_classes(self, self.app.size)  # now, and not once all of them have their styles
        with Horizontal(id="body"):
            yield from sorted(self.panes, key=lambda pane: get_args(Side).index(pane.SIDE))
        yield self._small
        yield self._message
        yield self._status
        yield self._footer

    def guide(self, tour: Tour) -> None:
        """Show the steps of a tour in the message line."""
        self._message.tour = tour

    @property
    def known(self) -> dict[str, DataLoaded]:
        """What is known about data files, by name."""
        return self.lab.known

    def shown(self) -> RunView | None:
        return self._watch.shown

    def _look_at_machine(self) -> None:
        """Say how busy the machine is, from the first look after a run has begun to train here."""
        watch, machine = self._watch, self.machine
        if machine is None or watch.live is None:
            return
        if machine.now is not None:
            self._status.machine = machine.now.brief(on_gpu=on_gpu(watch.live))
        elif self._looked_for != watch.run_id:  # once for each run: that reads its lock
            self._looked_for = watch.run_id
            if watch.trainer():
                machine.start()

    def _look_at_sweeps(self) -> None:
        """Say which sweeps train, once their list has been read."""
        if self.sweeps is not None and self.sweeps.collect():
            self._message.sweeps = training_words(self.sweeps.training())

    def _take_answer(self) -> None:
        """Show the run's answer, until the next command."""
        answer, before = self._watch.steer.answer, self._answered
        self._answered = answer
        if answer and answer != before:
            self.notices.say(answer)
        elif not answer and before and self.notices.text == before:
            self.notices.say("")

    def _stands(self) -> tuple[object, ...]:
        """What the panes depend on besides the run; while it is unchanged, they need no update."""
        view, steer = self._watch.shown, self._watch.steer
        steered = (
            (view.paused, view.advancing, view.hyper, len(view.ledger), len(view.queued)) if view else ()
        )
        asked = (steer.held, *steer.asked.items(), *steer.refused.items(), steer.answer, self.coaching.advice)
        return self._watch.phase, self._watch.run_id, len(self.known), steered, asked

    def sync(self) -> None:
        """Update everything; only what differs is repainted."""
        self._stood = self._stands()
        self._follow_run()
        self._sync_run()
        self.lab.board = self._draft or self._own_board()
        for pane in self.panes:
            if not pane.FOLLOWS_RUN:
                pane.sync()
        self._footer.show(self._place(), self._conditions())

    def _sync_run(self) -> None:
        self._take_answer()
        advice = self.coaching.advice if self._watch.view is self._watch.shown else None
        self.lab.advised = (advice.rule.title, *advice.finding.epochs) if advice is not None else None
        preset = self._next_preset()
        words = hint(self._watch, self._status.loaded, preset)
        self.lab.before = self._before(preset, words)
        self.lab.hint, self.lab.lens = "" if self.lab.before else words, self.lens
        for pane in self.panes:
            if pane.FOLLOWS_RUN:
                pane.sync()
        for line in (self._message, self._status, self._small):
            line.sync()

    def _next_preset(self) -> Preset | None:
        """The preset being started, or the one `t` would train: in the list of presets the selected one."""
        coming = self._watch.coming if self._watch.begins else None
        if coming is not None and coming.experiment is not None:
            return preset_of_run(coming.experiment)
        place = self.presets.list.chosen
        if self._pane != "presets" or not self.presets.list.usable:
            place = self._next_run.chosen
        return self._next_run.edited_preset(place)

    def _before(self, preset: Preset | None, words: str) -> Before | None:
        """The preset to show in place of the chart; None if there are curves, or no preset could be read."""
        view = self._watch.shown
        if preset is None or self._watch.parent is not None or (view is not None and view.model is not None):
            return None
        return Before(words, preset, self.known.get(preset.data.file), self.survey.problem(preset))

    def _conditions(self) -> frozenset[When]:
        if self._draft is not None:
            return frozenset({"always", "draft"})
        view = self._watch.shown
        found: set[When] = {"always", *self._next_conditions(), *self._coach_conditions()}
        if self._watch.phase != "rest":
            found.add("busy")
        if view is not None and view.model is not None:
            found.add("shown")
        if self.lens.moved:
            found.add("moved")
        elif self._watch.of_sweep and not self.lab.whole_chart:
            found.add("trial")
        if "again" in found and not self._watch.of_sweep:
            found.add("leavable")
        if self.lab.board.inputs != "columns":
            found.add("images")
        if self.presets.list.usable:
            found.add("usable")
        if self._watch.live is not None and view is not None:
            if undoable(view) or self._watch.steer.asked or self._watch.steer.held:
                found.add("undoable")
            found.add("paused" if view.paused and not view.advancing else "going")
        if self._watch.of_sweep:
            found -= {"busy", "undoable", "paused", "going"}
        return frozenset(found)

    def offered(self) -> list[Key]:
        """The keys that work now."""
        conditions = self._conditions()
        return [key for key in around(self._pane) if key.when in conditions]

    def _place(self) -> Place:
        return "editor" if self.hyperparameters.form.editor is not None else self._pane
