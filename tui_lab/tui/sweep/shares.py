"""The importance of the axes, asked for on a thread when more trials have ended."""

from collections.abc import Sequence

from tui_lab.tui.state.background import BackgroundTask, problem_of
from tui_lab.tui.sweep.feed import AxisShare, Importance
from tui_lab.tui.sweep.shown import SweepShown

GROWTH = 1.1
"""Asked again once so many times as many trials have ended."""


class Shares:
    """`found`: the latest answer, of `trials` trials. `problem`: why there is none."""

    def __init__(self, importance: Importance | None) -> None:
        self._importance = importance
        self.found: Sequence[AxisShare] = ()
        self.trials = 0
        self.problem = "" if importance else "The importance of the axes is not computed in this version."
        self._asked = 0
        self._task: BackgroundTask[Sequence[AxisShare]] | None = None

    def follow(self, shown: SweepShown) -> None:
        """Ask if more trials have ended than at the last time."""
        ended, view = sum(trial.over for trial in shown.view.trials), shown.view
        importance = self._importance
        if importance is None or self._task is not None or not ended:
            return
        if ended == self._asked or (ended < GROWTH * self._asked and view.status == "running"):
            return
        self._asked = ended
        self._task = BackgroundTask(lambda: importance(view))

    def tick(self) -> bool:
        """Whether an answer has come."""
        if self._task is None or not self._task.done:
            return False
        task, self._task = self._task, None
        try:
            self.found, self.trials, self.problem = task.result(), self._asked, ""
        except Exception as error:  # a library can raise anything
            self.problem = "; ".join(problem_of(error))
        return True

    def wait(self) -> None:
        """For tests."""
        if self._task is not None:
            self._task.wait()
