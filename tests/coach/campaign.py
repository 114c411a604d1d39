"""Real trainings, healthy and broken on purpose: how often each rule is right, and what came of its advice.

`python -m tests.coach` trains and prints the table of `docs/coach.md`; `tests/coach/test_campaign.py` trains
a few of the same runs.
"""

import json
import pickle
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from unittest.mock import patch

from tests.coach.cases import CASES
from tests.coach.data_sets import DATA_SETS
from tui_lab.coach.advice import Advice
from tui_lab.coach.registry import RULES
from tui_lab.coach.signs import Signs
from tui_lab.engine import loop
from tui_lab.engine.diagnostics.measuring_times import MeasuringTimes
from tui_lab.engine.setup.prepare import prepare
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Edit
from tui_lab.protocol.events import Event, Record
from tui_lab.protocol.layer_events import LayersMeasured
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.view import RunView

HEALTHY = ("adam", "sgd")
SAVES_TIME = frozenset({"too_long", "overfitting"})
"""Advice that does not claim a lower loss."""
_FIRST, _PARTS = 8, 25
GRACE = 1.2
"""A healthy run counts until its best epoch, and a fifth longer."""


@dataclass(frozen=True)
class Job:
    """One run to train. `case`: what is broken, or `healthy adam`."""

    case: str
    data: str
    seed: int

    @property
    def healthy(self) -> bool:
        return self.case.startswith("healthy")

    def experiment(self, folder: Path) -> Experiment:
        data = DATA_SETS[self.data]
        if self.healthy:
            return data.healthy(folder, self.seed, self.case.removeprefix("healthy "))
        (case,) = (case for case in CASES if case.name == self.case)
        return case.experiment(folder, data, self.seed)


@dataclass(frozen=True)
class Result:
    """What the rules said in one run. `fired`: the epoch in which each first found something.

    `said`: what the coach said first, apart from notes, `at` that epoch. `best`: the best epoch. `before` and
    `after`: the best validation loss of the run as it was, and with the advice applied; None if there was no
    edit to make.
    """

    job: Job
    epochs: int
    best: int
    fired: dict[str, int]
    said: str = ""
    at: int = 0
    before: float | None = None
    after: float | None = None

    @property
    def alarms(self) -> list[str]:
        """The rules that fired before the best epoch plus a fifth; notes explain, and are no alarms."""
        notes = {rule.name for rule in RULES if rule.note}
        return [name for name, at in self.fired.items() if at <= GRACE * self.best and name not in notes]


def jobs_of(seeds: Iterable[int], cases: Sequence[str] = ()) -> Iterator[Job]:
    """For each seed, half of what there is.

    That is a healthy run of every second data set with both optimizers, and of every second case a run on one
    data set; the next seed has the other half.
    """
    for seed in seeds:
        names, cases_now = list(DATA_SETS)[seed % 2 :: 2], CASES[seed % 2 :: 2]
        jobs = [Job(f"healthy {optimizer}", name, seed) for name in names for optimizer in HEALTHY]
        jobs += [Job(case.name, case.on[seed // 2 % len(case.on)], seed) for case in cases_now]
        yield from (job for job in jobs if not cases or job.case in cases)


class _OnceAnEpoch(MeasuringTimes):
    """Measures once in each of the first epochs, and then 25 times in the run.

    By the clock, runs as short as these would be measured three or four times in all.
    """

    every, steps = 1, 1

    def is_due(self, step: int) -> bool:
        return step >= self.due_at

    def measured(self, step: int, cost_s: float) -> None:
        first = step <= _FIRST * self.every
        self.due_at = step + (self.every if first else max(self.every, self.steps // _PARTS))


@contextmanager
def _measured_evenly(every: int, steps: int) -> Iterator[None]:
    with patch.object(loop, "MeasuringTimes", _OnceAnEpoch):
        _OnceAnEpoch.every, _OnceAnEpoch.steps = every, steps
        yield


def trained(asked: Experiment, plan: Sequence[Planned] = ()) -> list[Event]:
    """The events of a whole run; what was measured of the layers comes before the end of its epoch."""
    prepared = prepare(asked)
    per_epoch = len(prepared.sizes)
    with _measured_evenly(max(1, per_epoch - 1), per_epoch * asked.hyperparameters.epochs):
        run = loop.run(prepared, SimpleQueue(), interval_s=0.5, plan=plan, measured_share=0.01)
        return in_order(list(run))


def in_order(events: list[Event]) -> list[Event]:
    """A slower run would report the layers at once; a fast one collects them for a moment."""
    layers = [event for event in reversed(events) if isinstance(event, LayersMeasured)]
    ordered: list[Event] = []
    for event in events:
        if event.kind in ("epoch_ended", "run_ended"):
            while layers and (event.kind == "run_ended" or layers[-1].step <= event.step):
                ordered.append(layers.pop())
        if not isinstance(event, LayersMeasured):
            ordered.append(event)
    return [_bare(event) if isinstance(event, LayersMeasured) else event for event in ordered]


def _bare(measured: LayersMeasured) -> LayersMeasured:
    """Without the histograms: no rule looks at them."""
    bare = (replace(one, weights=None, activations=None, gradients=None) for one in measured.layers)
    return replace(measured, layers=tuple(bare))


def looked_at(events: Iterable[Event]) -> tuple[RunView, dict[str, int], Advice | None, int]:
    """The run at its end, when each rule first fired, the first advice, and the step it was given at."""
    view, fired, said, step = RunView(), dict[str, int](), None, 0
    for seq, event in enumerate(events, 1):
        view.apply(Record(seq, seq * 0.01, event))
        if event.kind not in ("epoch_ended", "run_ended") or not (view.history or view.status == "diverged"):
            continue
        signs = Signs(view)
        for rule in RULES:
            if rule.name in fired and said is not None:
                continue
            finding = rule.look(signs)
            if finding is not None:
                fired.setdefault(rule.name, view.epochs_done)
                if said is None and not rule.note:
                    said, step = Advice(rule, finding), view.step
    return view, fired, said, step


def result_of(job: Job, folder: Path, *, apply: bool = True) -> Result:
    """Train a run, look at it, and train it again with what the coach said first."""
    asked = job.experiment(folder)
    view, fired, said, step = looked_at(_remembered(folder, job, asked))
    best = view.best.epoch if view.best else 0
    result = Result(job, len(view.history), best, fired, said.rule.name if said else "")
    if said is None:
        return result
    result = replace(result, at=fired[said.rule.name])
    if job.healthy or not apply or not said.finding.edits or said.rule.name in SAVES_TIME:
        return result
    return replace(result, before=_best(view), after=_best(_advised(asked, said, step)))


def _remembered(folder: Path, job: Job, asked: Experiment) -> list[Event]:
    """The events of a run, from the last time if its data's folder has them: for changing a threshold."""
    name = f"{job.case} {job.data} {job.seed}".replace("/", "over")
    file = folder / f"{name}.pkl"
    if file.exists():
        events: list[Event] = pickle.loads(file.read_bytes())
    else:
        events = trained(asked)
        file.write_bytes(pickle.dumps(events))
    return events


def _advised(asked: Experiment, said: Advice, step: int) -> RunView:
    """The run as it goes on with the edits, or from the start if they cannot be made during a run."""
    edits = said.finding.edits
    if said.live and said.rule.name != "not_finite":
        return looked_at(
            trained(asked, [Planned(step, Edit(name, value, said.why)) for name, value in edits])
        )[0]
    hyper = asked.hyperparameters.model_copy(update=dict(edits))
    return looked_at(trained(asked.model_copy(update={"hyperparameters": hyper})))[0]


def _best(view: RunView) -> float:
    found = min(view.history.column("val_loss"), default=float("inf"))
    return found if found == found else float("inf")


def line_of(result: Result) -> str:
    return json.dumps(asdict(result))


def read(line: str) -> Result:
    values = json.loads(line)
    return Result(**values | {"job": Job(**values["job"])})
