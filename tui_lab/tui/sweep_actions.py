"""Sweeps, opened from the lab: the form, the list, one sweep, and a trial of it in the lab.

What is needed for a screen is imported when it is opened, so that the first frame does not wait for it.
"""

from functools import partial
from typing import TYPE_CHECKING

from tui_lab.tui.windows import WindowsApp

if TYPE_CHECKING:
    from pathlib import Path

    from textual.screen import Screen

    from tui_lab.protocol.sweeps.view import TrialView
    from tui_lab.session.clients.reopen import Reopened
    from tui_lab.tui.state.background import BackgroundTask
    from tui_lab.tui.state.run_or_trial import RunOrTrial
    from tui_lab.tui.state.sweeps import FollowedSweep, SweepsFeed
    from tui_lab.tui.sweep.wishes import Wish
    from tui_lab.tui.sweeps.form_model import SweepForm

STARTED = "the sweep has started; it trains in its own process, also when the lab is left"
NOT_NOW = "one moment: the run in the lab is just starting or ending; try again then"
WAIT_S = 0.05


class SweepsApp(WindowsApp):
    """Opens the screens of sweeps."""

    watch_run: "RunOrTrial"
    sweeps: "SweepsFeed"
    _sweep_forms: "dict[str, SweepForm]"
    """What is set for a sweep, by the name of the preset."""
    _followed: "tuple[str, FollowedSweep] | None" = None
    """The sweep that was opened last: its id, and what follows it."""
    _opening: "BackgroundTask[FollowedSweep] | BackgroundTask[Reopened] | None" = None

    def action_sweep(self) -> None:
        """Set up a sweep of the next run."""
        from tui_lab.tui.sweeps.form_model import SweepForm
        from tui_lab.tui.sweeps.form_screen import SweepFormScreen

        if (lab := self._lab_in_front()) is None or (experiment := self.next_run.experiment()) is None:
            return
        form = self._sweep_forms.setdefault(experiment.preset, SweepForm(experiment))
        form.renew(experiment)

        def done(started: str | None) -> None:
            lab.sync()
            if started is not None:
                lab.say(STARTED)
                self.open_sweep(started)

        self.push_screen(SweepFormScreen(form, self.sweeps.sweeps.start), done)

    def action_sweeps(self) -> None:
        """List all sweeps, over the lab or the list of runs."""
        from tui_lab.tui.sweeps.list_screen import SweepsScreen

        if self.screen is self.lab and not self.lab.leave_field():
            return
        self.push_screen(SweepsScreen(self.sweeps, self.open_sweep), lambda _: self.lab.sync())

    # One sweep

    def open_sweep(self, sweep_id: str, trial: str = "") -> None:
        """Show a sweep, once its journal has been read, or the run of a trial of it."""
        from tui_lab.tui.state.background import BackgroundTask

        if self._opening is None:
            task = BackgroundTask(partial(self.sweeps.sweeps.follow, sweep_id))
            self._opening = task
            self._wait_for_sweep(sweep_id, task, trial)

    def _wait_for_sweep(self, sweep_id: str, task: "BackgroundTask[FollowedSweep]", trial: str) -> None:
        if not task.done:
            self.set_timer(WAIT_S, partial(self._wait_for_sweep, sweep_id, task, trial))
            return
        self._opening = None
        try:
            self._followed = sweep_id, task.result()
        except Exception as error:
            self._say_problem(error)
        else:
            if trial:
                self.open_trial(trial)
            else:
                self._show_sweep()

    def _show_sweep(self, trial: "TrialView | None" = None) -> None:
        """Show the sweep that was opened last, with a trial selected."""
        if self._followed is not None:
            self.push_screen(self._sweep_screen(self._followed[1], trial), lambda _: self.lab.sync())

    def _sweep_screen(self, followed: "FollowedSweep", trial: "TrialView | None") -> "Screen[None]":
        from tui_lab.tui.sweep.screen import SweepScreen

        screen = SweepScreen(followed, self.wished)
        if trial is not None:
            screen.trials.point_at(trial)
        return screen

    def wished(self, wish: "Wish") -> None:
        """Do what the screen of a sweep cannot do itself."""
        from tui_lab.tui.sweep.wishes import ForkTrial, SavePreset

        if isinstance(wish, SavePreset):
            self._save_trial(wish.trial)
        else:
            self.open_trial(wish.run_id, fork=isinstance(wish, ForkTrial))

    def _save_trial(self, number: int) -> None:
        """Write the experiment of a trial as a preset of the user's."""
        from tui_lab.errors import LabError
        from tui_lab.experiment.sweeps.sweep import experiment_of
        from tui_lab.tui.state.next_run import preset_of_run
        from tui_lab.tui.widgets.save_preset import keep_preset, suggested

        if self._followed is None or (sweep := self._followed[1].view.sweep) is None:
            return
        trial = self._followed[1].view.trials[number]
        try:
            asked = experiment_of(sweep, trial.values, trial.seed, trial.fold)
            preset = preset_of_run(asked)
            words = keep_preset(preset, suggested(preset))
        except LabError as error:
            words = str(error)
        self._say(words)

    # A trial in the lab

    def open_trial(self, run_id: str, *, fork: bool = False) -> None:
        """Show a trial of the sweep that was opened last in the lab, once its journal has been read."""
        from tui_lab.runs.folder.folder import RunFolder
        from tui_lab.session.clients.reopen import reopen
        from tui_lab.tui.state.background import BackgroundTask

        if self._followed is None or self._opening is not None:
            return
        folder: Path = self.sweeps.sweeps.trials(self._followed[0]) / run_id
        task = BackgroundTask(partial(reopen, RunFolder(folder)))
        self._opening = task
        self._wait_for_trial(task, folder, fork)

    def _wait_for_trial(self, task: "BackgroundTask[Reopened]", folder: "Path", fork: bool) -> None:
        if not task.done:
            self.set_timer(WAIT_S, partial(self._wait_for_trial, task, folder, fork))
            return
        self._opening = None
        try:
            run = task.result()
        except Exception as error:
            self._say_problem(error, without=f"{folder}/")
            return
        if not self.watch_run.visit(run):
            self._say(NOT_NOW)
            return
        self._to_the_lab()
        trial = self._trial_of(run.folder.run_id)
        which = f"trial #{trial.number}" if trial is not None else run.folder.run_id
        self.lab.show_trial(f"{which} of sweep {self._followed_name} · esc goes back to it")
        if fork:
            self.call_later(self.lab.action_fork)

    def _trial_of(self, run_id: str | None) -> "TrialView | None":
        """The trial of the sweep that was opened last whose run it is."""
        trials = self._followed[1].view.trials if self._followed is not None else []
        return next((trial for trial in trials if trial.run_id and trial.run_id == run_id), None)

    @property
    def _followed_name(self) -> str:
        view = self._followed[1].view if self._followed is not None else None
        sweep = view.sweep if view is not None else None
        return sweep.name or sweep.experiment.preset if sweep is not None else ""

    def _to_the_lab(self) -> None:
        """Close every screen over the lab."""
        from tui_lab.tui.widgets.closing_screen import ClosingScreen

        for screen in self.screen_stack[1:]:
            if isinstance(screen, ClosingScreen):
                screen.dismiss(None)

    def action_back_to_sweep(self) -> None:
        """Leave a trial: the lab shows what it showed before, below the sweep."""
        if self._lab_in_front() is not None and self.watch_run.of_sweep:
            trial = self._trial_of(self.watch_run.run_id)
            self._leave_trial()
            self._show_sweep(trial)

    def _leave_trial(self) -> None:
        if self.watch_run.of_sweep:
            self.watch_run.come_back()
            self.lab.show_trial("")

    async def action_quit(self) -> None:
        """Ask about the lab's own run, not about a trial, which its sweep trains."""
        self._leave_trial()
        await super().action_quit()

    def sweeps_left(self) -> str:
        """What to say of sweeps that go on when the lab is left; empty if there are none."""
        from tui_lab.tui.state.sweep_words import left_words

        return left_words(self.sweeps.training())

    # Messages

    def _say_problem(self, error: Exception, without: str = "") -> None:
        """Say what went wrong. `without`: the folder that is meant anyway, whose path would fill the line."""
        from tui_lab.tui.state.background import problem_of

        self._say("; ".join(problem_of(error)).replace(without, ""))

    def _say(self, text: str) -> None:
        say = getattr(self.screen, "say", None)
        if say is not None:
            say(text)
