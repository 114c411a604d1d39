"""The search for label errors: planned, started, followed, cancelled. No widgets."""

from collections.abc import Callable
from time import monotonic

from tui_lab.protocol.label_errors import FindLabelErrors, FoldProgress, LabelErrors
from tui_lab.protocol.label_plan import LabelPlan
from tui_lab.session.clients.label_search import LabelSearch
from tui_lab.tui.state.background import BackgroundTask, problem_of

CANCELLED = "cancelled; nothing was kept"


class LabelCheck:
    """`plan`: what it would take, None until that is known; `found`: what was found, `words`: what is to be
    told. `planned` reads the run, on a thread; `search` makes a search that has not begun.
    """

    def __init__(
        self, planned: Callable[[], LabelPlan], search: Callable[[FindLabelErrors], LabelSearch]
    ) -> None:
        self._planned, self._search = planned, search
        self._planning: BackgroundTask[LabelPlan] | None = None
        self._going: LabelSearch | None = None
        self._task: BackgroundTask[LabelErrors] | None = None
        self._began: float | None = None
        self._told: FoldProgress | None = None
        self.plan: LabelPlan | None = None
        self.found: LabelErrors | None = None
        self.progress: FoldProgress | None = None
        self.words = ""

    @property
    def running(self) -> bool:
        return self._task is not None

    @property
    def possible(self) -> bool:
        """Whether it can be started now."""
        return self.plan is not None and not self.plan.problems and not self.running

    @property
    def left_s(self) -> float | None:
        """About how many seconds are left, by what is done so far; None if that is too early to say."""
        told = self.progress
        if told is None or self._began is None or told.share < 0.02:
            return None
        return (monotonic() - self._began) * (1 - told.share) / told.share

    def prepare(self) -> None:
        """Find out what it would take, if that is not known."""
        if self.plan is None and self._planning is None:
            self._planning = BackgroundTask(self._planned)

    def start(self) -> None:
        if self.possible:
            going = self._going = self._search(FindLabelErrors())
            self.words, self.progress, self._told, self._began = "", None, None, None
            self._task = BackgroundTask(lambda: going.ask(self._hear))

    def cancel(self) -> None:
        """End the search, if there is one; its process is gone afterwards."""
        if self._going is not None:
            self._going.cancel()
            self._going = self._task = self.progress = None
            self.words = CANCELLED

    def tick(self) -> bool:
        """Take what has come; returns whether there is anything new to show."""
        if self._planning is not None and self._planning.done:
            planning, self._planning = self._planning, None
            try:
                self.plan = planning.result()
            except Exception as error:  # a library can raise anything
                self.words = "; ".join(problem_of(error))
            return True
        if self._task is not None and self._task.done:
            task, self._task, self._going, self.progress = self._task, None, None, None
            try:
                self.found = task.result()
            except Exception as error:
                self.words = "; ".join(problem_of(error))
            return True
        told, before = self._told if self.running else None, self.progress
        self.progress = told
        return told != before

    def wait(self) -> None:
        """Wait for what is done on a thread; for tests."""
        while (waited := self._planning or self._task) is not None:
            waited.wait()
            self.tick()

    def _hear(self, told: FoldProgress) -> None:
        """Called on the thread that waits."""
        if self._began is None:
            self._began = monotonic()
        self._told = told
