"""A cache of answers to questions that are not asked of a run itself. No widgets."""

from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Literal

from tui_lab.errors import RunError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Evaluate, Look, Show, Try
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.protocol.fit import DrawFit, FitDrawn
from tui_lab.protocol.lr_finder import FindRate, RatesTried
from tui_lab.protocol.start_checks import CheckStart, StartChecked
from tui_lab.protocol.steering_events import Evaluated, ForwardProbed, SamplesShown, Tried
from tui_lab.protocol.two_runs import EvaluateFolds
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.lock import held
from tui_lab.runs.folder.reading import load_experiment
from tui_lab.session.clients.ask_run import evaluate_running
from tui_lab.session.clients.trainers import Trainers
from tui_lab.session.queries.subprocess import Answer, Query

_KEPT = 8


class AnswerCache:
    """Asks questions and caches the latest answers.

    Its methods wait for an answer that is not cached, and raise as `Trainers.ask` does. With `anew` they
    ask in any case, since the data may have changed.
    """

    def __init__(self, trainers: Trainers) -> None:
        self._trainers = trainers
        self._known: OrderedDict[str, object] = OrderedDict()

    def look(self, experiment: Experiment, run: Path | None, seq: int, *, anew: bool) -> ForwardProbed:
        """A batch through the best weights of a run whose journal is at `seq`, or the untrained network."""
        where = None if run is None else str(run)
        question = Query(experiment=experiment, command=Look(), run=where)
        return self._answer(question, ForwardProbed, anew, seq)

    def show(self, experiment: Experiment, show: Show, *, anew: bool) -> SamplesShown:
        """Images of an experiment, with augmentation."""
        return self._answer(Query(experiment=experiment, command=show), SamplesShown, anew)

    def fit(
        self, experiment: Experiment, run: Path | None, seq: int, asked: DrawFit, *, anew: bool
    ) -> FitDrawn:
        """The fit of the best weights of a run whose journal is at `seq`, or of the untrained network."""
        where = None if run is None else str(run)
        return self._answer(Query(experiment=experiment, command=asked, run=where), FitDrawn, anew, seq)

    def rates(self, experiment: Experiment, run: Path | None, seq: int, *, anew: bool) -> RatesTried:
        """Short runs at many learning rates, from the last checkpoint of a run or from new weights."""
        where = None if run is None else str(run)
        return self._answer(
            Query(experiment=experiment, command=FindRate(), run=where), RatesTried, anew, seq
        )

    def evaluate(self, run: Path, split: Literal["val", "test"], seq: int, *, anew: bool) -> Evaluated:
        """A split of the data of a run whose journal is at `seq`, with its best weights.

        A run that still trains is asked itself, for validation: this lab may not follow it. If it accepts no
        commands, it is the best weights of its last checkpoint.
        """
        folder = RunFolder(run)
        if held(folder) is not None:
            with suppress(RunError):
                return evaluate_running(folder)
            split = "val"
        question = Query(experiment=load_experiment(folder), command=Evaluate(split), run=str(run))
        return self._answer(question, Evaluated, anew, seq)

    def evaluate_folds(self, run: Path, seq: int, *, anew: bool) -> Evaluation:
        """All folds of the cross-validation that a run is of, each with its best weights."""
        asked = load_experiment(RunFolder(run))
        question = Query(experiment=asked, command=EvaluateFolds(), run=str(run))
        return self._answer(question, Evaluation, anew, seq)

    def try_row(self, experiment: Experiment, run: Path | None, wanted: Try, *, anew: bool) -> Tried:
        """A row with the best weights of a run that has ended, or with new ones; nothing is cached here.

        The process that answers keeps what it has loaded, unless it is asked `anew`.
        """
        where = None if run is None else str(run)
        question = Query(experiment=experiment, command=wanted, run=where, anew=anew)
        return self._trainers.ask(question, Tried)

    def check(self, experiment: Experiment, *, anew: bool) -> StartChecked:
        """The checks before training, with new weights."""
        return self._answer(Query(experiment=experiment, command=CheckStart()), StartChecked, anew)

    def _answer(self, question: Query, kind: type[Answer], anew: bool, seq: int = 0) -> Answer:
        key = f"{seq} {question.model_dump_json()}"
        known = self._known.get(key)
        if isinstance(known, kind) and not anew:
            return known
        found = self._trainers.ask(question, kind)
        self._known[key] = found
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found
