"""The evaluations of a run: asked for, waited for, read. No widgets."""

from collections.abc import Callable
from functools import cache
from typing import Literal

from pydantic import TypeAdapter

from tui_lab.errors import RunError
from tui_lab.protocol.commands import Evaluate
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.protocol.steering_events import CommandRefused, Evaluated
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.index.fold_runs import folds_if_whole
from tui_lab.runs.index.seed_words import with_seeds
from tui_lab.tui.state.background import BackgroundTask, problem_of
from tui_lab.tui.state.shown_run import ShownRun

Split = Literal["val", "test", "out of fold"]
AtRest = Callable[[Split, bool], Evaluated | Evaluation]
"""Evaluates a split of a run that this lab does not follow, or that has ended; may take seconds. The second
argument says whether to do so even if the answer is known."""
ASKED = "waiting for the run to finish its step and evaluate…"
NOBODY = "the process training this run accepts no commands: evaluating its last checkpoint…"
LOADING = "reading the data and evaluating…"
NO_TEST = "the test split is for the end: it is evaluated once the run has ended"
QUICK_S = 3.0
"""Up to this duration of an evaluation, the other split is evaluated without being asked for."""
_OTHER: dict[Split, Split] = {"val": "test", "test": "val"}
_OF_FOLDS: dict[Split, Split] = {"test": "val", "val": "out of fold", "out of fold": "test"}
"""Which split follows, of a fold of a cross-validation whose runs are all there."""
UNREADABLE = "the evaluation could not be read; E evaluates again"


@cache
def _reader() -> TypeAdapter[Evaluation]:
    return TypeAdapter(Evaluation)


class EvaluationFeed:
    """`found` has the latest evaluation of each split, `split` is the one shown, `words` what is to be told.

    `folder` is that of the run. With `watch` the run is the one on the screen of the lab: while it trains,
    it is asked.
    """

    def __init__(self, watch: ShownRun | None, at_rest: AtRest, folder: RunFolder) -> None:
        self._watch, self._at_rest, self._folder = watch, at_rest, folder
        self.split: Split = "val" if self.live else "test"
        self.found: dict[str, Evaluation] = {}
        self.words = ""
        self._task: BackgroundTask[tuple[Evaluation, bool]] | None = None
        """The evaluation, and whether all folds of the run's cross-validation are there."""
        self._folds = False
        self._asked = False
        """Whether the run was asked and has not answered."""
        self._of: Split = self.split
        """The split of the task."""
        self._seen = self._told()
        self._refused = self._refusal()

    @property
    def live(self) -> bool:
        """Whether the run trains and is asked itself."""
        return self._watch is not None and self._watch.live is not None

    @property
    def busy(self) -> bool:
        return self._task is not None or self._asked

    @property
    def shown(self) -> Evaluation | None:
        return self.found.get(self.split)

    @property
    def others(self) -> tuple[Evaluation, ...]:
        """The evaluations of other splits, of the same weights."""
        now = self.shown
        every = (one for split, one in self.found.items() if split != self.split)
        return tuple(one for one in every if now is not None and one.epoch == now.epoch)

    @property
    def behind(self) -> int:
        """How many steps the run has made since it was evaluated."""
        view = self._watch.live if self._watch is not None else None
        return 0 if view is None or self.shown is None else max(0, view.step - self.shown.step)

    def ask(self, *, anew: bool = False) -> None:
        """Evaluate the split that is shown; nothing is asked while an answer is awaited."""
        if self.busy:
            return
        if self.live and self._watch is not None:
            self._seen, self._refused = self._told(), self._refusal()
            split = self.split = "val" if self.split == "out of fold" else self.split
            self._asked = self._watch.send(Evaluate(split))
            if self._asked:
                self.words = ASKED
                return
        self._begin(self.split, anew=anew)
        self.words = NOBODY if self.live else LOADING

    def _begin(self, split: Split, *, anew: bool = False) -> None:
        at_rest, folder, self._of = self._at_rest, self._folder, split

        def evaluated() -> tuple[Evaluation, bool]:
            found = with_seeds(_read(at_rest(split, anew)), folder)
            return found, bool(folds_if_whole(folder))

        self._task = BackgroundTask(evaluated)

    def turn(self) -> None:
        """Show the next split, and evaluate it if that was not done."""
        if self.live:
            self.words = NO_TEST
        elif not self._asked and (self._task is None or self.shown is not None):
            self.split = (_OF_FOLDS if self._folds else _OTHER).get(self.split, "test")
            self.words = LOADING if self.shown is None else ""
            if self.shown is None:
                self.ask()

    def tick(self) -> bool:
        """Take what has come; returns whether anything has."""
        if self._task is not None:
            return self._task.done and self._take(self._task)
        told, refused = self._told(), self._refusal()
        if told is not self._seen and told is not None:
            self._seen, self._asked = told, False
            self._of = told.split
            self.words, self._task = "", BackgroundTask(lambda: (_read(told), False))
            return True
        if self._asked and refused is not self._refused and refused is not None:
            self._refused = refused
            if refused.command == "evaluate":
                self._asked, self.words = False, refused.why
                return True
        if self._asked and not self.live:  # it has ended before it could answer
            self._asked = False
            self.split = "test"
            self.ask()
            return True
        return False

    def wait(self) -> None:
        """Wait for what is done on a thread; for tests."""
        while self._task is not None:
            self._task.wait()
            self.tick()

    def _take(self, task: BackgroundTask[tuple[Evaluation, bool]]) -> bool:
        self._task = None
        self.words = ""
        try:
            found, self._folds = task.result()
            self.found[found.split] = found
            other = _OTHER.get(self._of, self._of)
            if found.split != self._of:  # a run that trains has only validation
                self.split = "test" if found.split == "test" else "val"
            elif not self.live and other not in self.found and found.seconds < QUICK_S:
                self._begin(other)  # its scores are shown beside these
        except Exception as error:  # a library can raise anything
            self.words = "; ".join(problem_of(error))
        return True

    def _told(self) -> Evaluated | None:
        view = self._watch.view if self._watch is not None else None
        return view.evaluated if view is not None else None

    def _refusal(self) -> CommandRefused | None:
        view = self._watch.view if self._watch is not None else None
        return view.refused if view is not None else None


def _read(answer: Evaluated | Evaluation) -> Evaluation:
    if isinstance(answer, Evaluation):
        return answer
    try:
        return _reader().validate_json(answer.report)
    except ValueError:
        raise RunError(UNREADABLE) from None
