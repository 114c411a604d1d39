"""What is worked out from all trials, on a thread, anew when more of them are over."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.tui.state.background import BackgroundTask, problem_of

T = TypeVar("T")
GROWTH = 1.05
"""While the sweep goes on, it is asked again once so many times as many trials are over."""


class Answer(Generic[T]):
    """`found`: the latest answer, from `trials` trials that were over. `problem`: why there is none."""

    def __init__(self, ask: Callable[[SweepView], Sequence[T]]) -> None:
        self._ask = ask
        self.found: Sequence[T] = ()
        self.trials = 0
        self.problem = ""
        self._asked: tuple[int, object] = (0, None)
        self._task: BackgroundTask[Sequence[T]] | None = None

    def follow(self, view: SweepView) -> None:
        """Ask, if more trials are over than at the last time, or the axes have changed."""
        ask, over = self._ask, sum(trial.over for trial in view.trials)
        if self._task is not None or not over or view.sweep is None:
            return
        before, axes = self._asked
        few = over == before or (over < GROWTH * before and view.status == "running")
        if few and axes == view.sweep.axes:
            return
        self._asked = over, view.sweep.axes
        self._task = BackgroundTask(lambda: ask(view))

    def tick(self) -> bool:
        """Whether an answer has come."""
        if self._task is None or not self._task.done:
            return False
        task, self._task = self._task, None
        try:
            self.found, self.trials, self.problem = task.result(), self._asked[0], ""
        except Exception as error:  # a library can raise anything
            self.problem = "; ".join(problem_of(error))
        return True

    def wait(self) -> None:
        """Until the answer is there; for tests."""
        if self._task is not None:
            self._task.wait()
