"""Whether panes 1 and 3 show the next run or the run on the screen."""

from pathlib import Path

from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.presets import Preset
from tui_lab.tui.keys.key import When
from tui_lab.tui.lab.form.ended_run import EndedRun, asked_again
from tui_lab.tui.lab.form.form_models import Board, LiveRun, NextRunValues
from tui_lab.tui.lab.layout import LayoutScreen
from tui_lab.tui.lab.panes.presets import PresetsPane
from tui_lab.tui.state.next_run import NextRun, preset_of_run
from tui_lab.tui.state.notices import Notices
from tui_lab.tui.state.shown_run import ShownRun

TAKEN_BACK = "the next run has its previous values again"


class NextRunScreen(LayoutScreen):
    """While a run trains, panes 1 and 3 show it.

    After its end, or if it was opened from the list, they still show it if the next run has other values.
    """

    _watch: ShownRun
    _next_run: NextRun
    _next: NextRunValues
    presets: PresetsPane
    notices: Notices
    _of_run = False
    """Whether the panes show a run that has ended."""
    _chosen_then = 0
    """The preset that was chosen when the run appeared on the screen."""
    _followed: tuple[object, ...] = ()

    def _own_board(self) -> Board:
        """Whose hyperparameters pane 3 shows: the run's or those of the next run."""
        steered = self._watch.shown if self._watch.begins else self._watch.live
        if steered is not None and steered.hyper is not None:
            return LiveRun(self._watch, steered)
        view = self._watch.view
        if self._again() is not None and view is not None:
            return EndedRun(view, self._next, self._keep)
        return self._next

    def _again(self) -> Experiment | None:
        """What would be trained again; None if the panes show the next run."""
        at_rest = self._watch.phase == "rest" and self._watch.view is not None
        return asked_again(self._watch.view) if self._of_run and at_rest and self._watch.view else None

    def ended_run(self) -> tuple[Experiment, Path, int] | None:
        """The experiment, folder and journal length of the run on the screen, if it has ended with weights.

        None if panes 1 and 3 show the next run and that differs.
        """
        watch, view = self._watch, self._watch.view
        asked = asked_again(view) if view is not None else None
        if asked is None or view is None or watch.run_id is None or watch.phase != "rest":
            return None
        same = self._again() is not None or self._next_run.says(asked)
        return (asked, watch.home / watch.run_id, view.seq) if same and view.checkpoints else None

    def _run_ended(self) -> None:
        """Keep showing the values of a run that has ended, if the next run has other values.

        Not if another preset was chosen while it trained: then that one is wanted.
        """
        asked = asked_again(self._watch.view) if self._watch.view is not None else None
        if asked is not None:
            self._of_run = not self._next_run.says(asked) and self._next_run.chosen == self._chosen_then

    def _run_opened(self) -> None:
        """Show the values of a run that was opened from the list, or had ended before it was attached."""
        asked = asked_again(self._watch.view) if self._watch.view is not None else None
        self._of_run = asked is not None and not self._next_run.says(asked)

    def _follow_run(self) -> None:
        """Show in pane 1 the preset that the run was made from, with the run's values."""
        view = self._watch.shown
        asked = asked_again(view) if view is not None else None
        shows = self._watch.begins or self._watch.live is not None or self._again() is not None
        if asked is None or not shows:
            self.presets.follow(None, None, jump=self._of_run)
            self._followed = ()
            return
        run = self._watch.run_id, self._watch.begins
        before, self._followed = self._followed, (run, asked)
        if self._followed != before:
            another = before[:1] != (run,)
            self._chosen_then = self._next_run.chosen if another else self._chosen_then
            self.presets.follow(*self._as_preset(asked), jump=another)

    def _as_preset(self, asked: Experiment) -> tuple[Preset, int | None]:
        """A run as a preset, with the texts of the one it was made from, and the index of that one."""
        place = self._next_run.place_of(asked)
        if place is None:
            return preset_of_run(asked), None
        changed = {"model": asked.model, "hyperparameters": asked.hyperparameters}
        return self._next_run.presets[place].model_copy(update=changed), place

    def _next_conditions(self) -> set[When]:
        view, found = self._watch.shown, set[When]()
        asked = asked_again(view) if view is not None else None
        if self._again() is not None:
            found.add("again")
        elif self._watch.phase == "rest":
            found.add("rest")
            if self._next_run.kept:
                found.add("kept")
        if asked is not None and not self._watch.begins and not self._next_run.says(asked):
            found.add("differs")
        return found

    def _keep(self) -> None:
        view = self._watch.view
        asked = asked_again(view) if view is not None else None
        if asked is not None:
            words = self._next_run.keep(asked)
            self._of_run = False
            self.presets.list.chosen = self._next_run.chosen
            self.notices.say(words + ("· u reverts this" if self._next_run.kept else ""))

    def action_keep(self) -> None:
        """Take the values of the run on the screen for the next run."""
        if "differs" in self._next_conditions():
            self._keep()
            self.sync()

    def take_back(self) -> bool:
        """Revert `action_keep`; returns whether there was anything to revert."""
        if self._watch.phase != "rest" or not self._next_run.kept:
            return False
        self._next_run.take_back()
        self.presets.list.chosen = self._next_run.chosen
        self.notices.say(TAKEN_BACK)
        self.sync()
        return True

    def leave_run(self) -> bool:
        """Show the next run in the panes again; returns whether they showed another run."""
        if self._again() is None:
            return False
        self._of_run = False
        self.presets.list.chosen = self._next_run.chosen
        self.sync()
        return True
