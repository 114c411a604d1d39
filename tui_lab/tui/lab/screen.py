"""The main screen: presets, chart with scores, hyperparameters, message, status and keys."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message

from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.lab.export import Export
from tui_lab.tui.lab.form.ended_run import asked_again
from tui_lab.tui.lab.panes.hyperparameters import KnobList
from tui_lab.tui.lab.panes.presets import PresetList
from tui_lab.tui.lab.run_actions import STARTING
from tui_lab.tui.lab.view import LabView
from tui_lab.tui.state.pending_edits import told
from tui_lab.tui.state.refresh_rate import FASTEST_S, RefreshRate
from tui_lab.tui.state.shown_run import First, Opened
from tui_lab.tui.widgets.save_preset import keep_preset, suggested

if TYPE_CHECKING:
    from tui_lab.tui.widgets.explained import Explained

LOOK_S = 3.0
"""Seconds between updates of the list of runs."""


class LabScreen(LabView):
    """The main screen. One timer updates it, two to ten times a second: as often as `rate` says."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("lab")]
    AUTO_FOCUS = None

    class RunEnded(Message):
        """The run on the screen has just ended. `title`: which one, and how."""

        def __init__(self, title: str) -> None:
            super().__init__()
            self.title = title

    _trained: Experiment | None = None
    export: Export | None = None
    rate: RefreshRate

    def on_mount(self) -> None:
        """Lay out the panes, and load torch after the first frame."""
        self._arrange()
        self.sync()
        self.call_after_refresh(self._preload.begin)
        self.call_after_refresh(self._look_at_runs)
        self.set_interval(LOOK_S, self._look_at_runs)
        self.set_interval(FASTEST_S, self._tick_if_due)

    # Updates

    def _look_at_runs(self) -> None:
        """See which other runs train. The shown one is followed already; its epochs are not kept twice."""
        self._feed.refresh(self._watch.run_id or "" if self.is_current else "")
        if self.sweeps is not None:
            self.sweeps.refresh()

    def _tick_if_due(self) -> None:
        """Update, if it is time to, or if an edit is to be sent."""
        if self.rate.due or self._watch.steer.due:
            self.rate.begin()
            self.tick()
            self.call_after_refresh(self.rate.end)

    def tick(self) -> None:
        """Process what has happened since the last call."""
        if self._preload.done and not self._status.loaded:
            self._loaded()
        self._look_at_machine()
        self._look_at_sweeps()
        looked, before, known = self._feed.collect(), self._watch.phase, self._watch.run_id
        self._follow_export()
        self._follow_survey()
        if self._watch.tick():
            if self._watch.phase == "rest" and before in ("training", "stopping"):
                self._run_ended()
                if (view := self._watch.view) is not None:
                    self.post_message(self.RunEnded(f"tui-lab: {self._watch.run_id} {view.status}"))
            elif self._watch.phase == "rest" and self._watch.run_id != known:
                self._run_opened()
            self._take_in()
        elif looked:
            self._sync_run()
        elif self._status.moves:
            self._status.sync()
        self._message.tour.look(self._watch.view, type(self.app.screen).__name__)
        self._message.sync()

    def _follow_export(self) -> None:
        """Show the progress of a long export, and its result once."""
        if self.export is None:
            return
        export = self.export
        if export.done:
            self.export = None
            self.say(export.told)
        else:
            self.notices.show(export.told)

    def _follow_survey(self) -> None:
        """While nothing is running, read the data of the preset that `t` would train."""
        preset = self._next_preset()
        if preset is not None and not self._preload.held and self._watch.phase == "rest":
            self.survey.want(preset)
        if self.survey.collect():
            self.sync()

    def _loaded(self) -> None:
        self._status.loaded = True
        if self._preload.error:
            self._watch.refuse((self._preload.error,))
        else:
            self._watch.make_ready()
        self._keep_unmade()
        self.sync()

    def _take_in(self) -> None:
        view = self._watch.view
        if view is not None and view.data is not None and view.experiment is not None:
            self.known[view.experiment.data.file] = view.data
            if view.experiment is not self._trained:
                self._trained = view.experiment
                self._next_run.trained(view.experiment)
        if self._watch.phase == "rest" and self._watch.refused:
            self.point_at_fault(self._watch.refused)
        self._keep_unmade()
        self._be_coached()
        if self.notices.text == STARTING and not self._watch.begins:
            self.notices.say("")
        if self._stands() == self._stood:
            self._sync_run()
        else:
            self.sync()

    def _keep_unmade(self) -> None:
        """Edits made while a run was starting are kept for the next run if it never starts."""
        found = self._watch.unmade()
        if found is not None:
            asked, wanted = found
            if not self._next_run.take_over(asked, wanted.values, wanted.typed):
                names = ", ".join(f"{name} {told(value)}" for name, value in wanted.values.items())
                self.notices.say(f"not applied, as the run did not start: {names}" if names else "")

    def show_first(self) -> None:
        """Select the first preset, which has just been made, and show its hyperparameters."""
        self.presets.list.chosen = 0
        self.show_pane("hyperparameters")

    def reopen(self, opened: Opened | None) -> None:
        """Show or resume a run from the list."""
        if opened is not None and opened.resume and self._preload.error:
            self._watch.refuse((self._preload.error,))
        elif opened is not None and self._watch.reopen(opened):
            what = "resuming" if opened.resume else "opened"
            self._draft = None
            self._run_opened()
            self.notices.say(f"{what} {opened.line.title}, {opened.line.id}")
        self.show_pane("chart" if opened is not None else self._pane)

    def show_trial(self, words: str) -> None:
        """A trial of a sweep has just taken the place of the run on the screen, or that one is back again."""
        self._draft = None
        self._run_opened()
        self.notices.say(words)
        self.show_pane("chart")

    # Selection

    @on(PresetList.Moved)
    @on(KnobList.Changed)
    def _something_changed(self) -> None:
        self.sync()

    @on(PresetList.Taken)
    def _take_preset(self) -> None:
        if self.leave_field():
            self._of_run = False
            self._next_run.choose(self.presets.list.chosen)
            self.sync()

    # Keys

    def action_train(self) -> None:
        """Start a run, or the fork that was set up."""
        if self._draft is None:
            self.begin()
        elif self.leave_field():
            self._begin_fork(self._draft)

    def begin(self, first: First = None) -> None:
        """Start a run; in the list of presets, with the selected one."""
        if not self.leave_field() or self._watch.phase != "rest":
            return
        again, presets = self._again(), self.presets.list
        if (
            self._pane == "presets"
            and presets.usable
            and (again is None or presets.chosen != presets.run_place)
        ):
            self._next_run.choose(presets.chosen)
            again = None
        experiment = again or self._next_run.experiment()
        self.notices.say("")
        if experiment is not None and not self._preload.error:
            self._watch.train(experiment, first)
        self.sync()

    def action_stop(self) -> None:
        if not self._watch.stop() and self._watch.phase == "training":
            self._say_unheard()
        self._keep_unmade()
        self.sync()

    def action_save_preset(self) -> None:
        """Save the experiment of the run on the screen as a preset of the user's."""
        view = self._watch.view
        asked = asked_again(view) if view is not None else None
        if asked is None or self._watch.begins:
            self.say(STARTING if self._watch.begins else "nothing to save yet: press t to train")
            return
        preset, _ = self._as_preset(asked)
        try:
            self.say(keep_preset(preset, suggested(preset)))
        except InputError as error:
            self.say(str(error))

    def action_export(self) -> None:
        if self._watch.view is None or self._watch.run_id is None or self._watch.begins:
            self.say("nothing to export yet: press t to train" if self._watch.phase == "rest" else STARTING)
            return
        folder = RunFolder(self._watch.home / self._watch.run_id)
        if self.export is not None and not self.export.done:
            return
        self.export = Export(folder, self._watch.view, Path.cwd())
        self._follow_export()

    def action_back(self) -> None:
        """Cancel the fork, or else reset zoom and cursor, leave the whole screen, or show the next run."""
        if self.drop_fork():
            return
        if self.lens.moved:
            self.action_look("all")
        elif self.lab.whole_chart:
            self.action_whole_chart()
        elif self._watch.of_sweep:
            self.app.call_later(self.app.run_action, "back_to_sweep")
        else:
            self.leave_run()

    def action_help(self) -> None:
        """Explain what is selected, the keys and how the lab works."""
        from tui_lab.tui.lab import explained
        from tui_lab.tui.widgets.help import HelpScreen

        about: tuple[Explained, ...] = ()
        if self._pane == "hyperparameters":
            form = self.hyperparameters.form
            about = explained.hyperparameter(form.item.name, form.board.value(form.item.name))
        elif self._pane == "chart":
            about = explained.metrics(self._watch.view, self.lens.metric)
        self.app.push_screen(HelpScreen(self._place(), about))
