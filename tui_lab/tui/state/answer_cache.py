"""A cache of answers to questions that are not asked of a run itself. No widgets."""

from collections import OrderedDict
from pathlib import Path

from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Look, Show
from tui_lab.protocol.lr_finder import FindRate, RatesTried
from tui_lab.protocol.steering_events import ForwardProbed, SamplesShown
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
        self._known: OrderedDict[str, ForwardProbed | SamplesShown | RatesTried] = OrderedDict()

    def look(self, experiment: Experiment, run: Path | None, seq: int, *, anew: bool) -> ForwardProbed:
        """A batch through the best weights of a run whose journal is at `seq`, or the untrained network."""
        where = None if run is None else str(run)
        question = Query(experiment=experiment, command=Look(), run=where)
        return self._answer(question, ForwardProbed, anew, seq)

    def show(self, experiment: Experiment, show: Show, *, anew: bool) -> SamplesShown:
        """Images of an experiment, with augmentation."""
        return self._answer(Query(experiment=experiment, command=show), SamplesShown, anew)

    def rates(self, experiment: Experiment, run: Path | None, seq: int, *, anew: bool) -> RatesTried:
        """Short runs at many learning rates, from the last checkpoint of a run or from new weights."""
        where = None if run is None else str(run)
        return self._answer(
            Query(experiment=experiment, command=FindRate(), run=where), RatesTried, anew, seq
        )

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
