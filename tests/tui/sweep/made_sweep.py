"""Sweeps made up for the tests of their screen, for pictures and for benchmarks: no training, no clock."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import exp, nan

from tests.runs.samples import experiment
from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.commands import SweepCommand
from tui_lab.protocol.sweeps.events import (
    SweepEnded,
    SweepEvent,
    SweepRecord,
    SweepStarted,
    TrialAdded,
    TrialEnded,
    TrialsMeasured,
    TrialStarted,
)
from tui_lab.protocol.sweeps.view import SweepView

LR = Axis(name="lr", low=1e-4, high=1e-1, log=True)
MOMENTUM = Axis(name="momentum", values=(0.8, 0.9, 0.95))
WIDTH = Axis(name="width1", low=4.0, high=64.0, log=True, whole=True)
OPTIMIZER = Axis(name="optimizer", values=("sgd", "adam", "adamw"))
DROPOUT = Axis(name="dropout", low=0.0, high=0.5)
THREE = (LR, MOMENTUM, WIDTH)
TWELVE = (
    LR, MOMENTUM, WIDTH, OPTIMIZER, DROPOUT,
    Axis(name="weight_decay", low=1e-6, high=1e-2, log=True),
    Axis(name="label_smoothing", low=0.0, high=0.2),
    Axis(name="batch_size", values=(16, 32, 64, 128)),
    Axis(name="beta2", values=(0.99, 0.999)),
    Axis(name="grad_clip", low=0.1, high=10.0, log=True),
    Axis(name="accumulate", low=1.0, high=8.0, whole=True),
    Axis(name="activation", values=("relu", "tanh", "gelu", "silu")),
)  # fmt: skip
EPOCHS, LOOK = 100, 20
"""The epochs of a trial, and after how many of them a bad one is given up."""
HOW = "64 trials at a time trained as one; measured 9.6 times as fast as one after another"


def a_sweep(axes: Sequence[Axis] = THREE, trials: int = 40, seeds: int = 1, name: str = "rates") -> Sweep:
    made = experiment("wine")
    hyper = made.hyperparameters.model_copy(update={"epochs": EPOCHS})
    return Sweep(
        experiment=made.model_copy(update={"hyperparameters": hyper}), axes=tuple(axes), trials=trials,
        seeds=seeds, stop="asha", warm_up=5, name=name,
    )  # fmt: skip


def events(
    sweep: Sweep, *, at_once: int = 64, epochs: int = EPOCHS, every: int = 1, ended: bool = True
) -> Iterator[SweepEvent]:
    """All that happens in a sweep: `at_once` trials are measured together, after `every` so many epochs.

    The best lie at the upper end of the first axis that is a range. Every 25th trial diverges, after 20
    epochs the worse half of some trained together is given up.
    """
    rng = random.Random(5)
    yield SweepStarted(sweep, {"python": "3.11", "torch": "2.15", "device": "cpu"}, 1, HOW)
    made = [_trial(sweep, number, rng) for number in range(sweep.trials)]
    for first in range(0, sweep.trials, at_once):
        batch = made[first : first + at_once]
        for trial in batch:
            yield trial.added
            yield TrialStarted(trial.added.trial, f"20261123-101500-wine-{trial.added.trial:04}", "local")
        yield from _train(batch, epochs, every)
    if ended:
        yield SweepEnded("finished", f"all {sweep.trials} trials are done", 1.0 * sweep.trials)


@dataclass
class _Made:
    added: TrialAdded
    floor: float
    start: float
    speed: float
    diverges: bool
    noise: random.Random = field(default_factory=random.Random)

    def value(self, epoch: int) -> float:
        if self.diverges and epoch > 6:
            return nan
        if self.diverges:
            return self.start * 1.9**epoch
        return self.floor + self.start * exp(-self.speed * epoch) + 0.01 * self.noise.random()


def _trial(sweep: Sweep, number: int, rng: random.Random) -> _Made:
    combination, seed = divmod(number, sweep.repeats)
    chosen = random.Random(1000 + combination)
    shares = [chosen.random() for _ in sweep.axes]
    values: dict[str, Value] = {
        axis.name: axis.at(share) for axis, share in zip(sweep.axes, shares, strict=True)
    }
    ranges = [share for axis, share in zip(sweep.axes, shares, strict=True) if axis.is_range]
    badness = 0.6 * (1 - ranges[0]) ** 2 if ranges else 0.1
    badness += 0.02 * sum((share - 0.4) ** 2 for share in ranges[1:]) + 0.02 * rng.random()
    added = TrialAdded(number, combination, values, seed)
    speed = 0.02 + 0.15 * (ranges[0] if ranges else 0.5)
    return _Made(added, 0.05 + badness, 1.2 + 0.4 * rng.random(), speed, number % 25 == 24,
                 random.Random(number))  # fmt: skip


def _train(batch: list[_Made], epochs: int, every: int) -> Iterator[SweepEvent]:
    best: dict[int, tuple[float, int]] = {}
    going = list(batch)
    for epoch in range(every, epochs + 1, every):
        found = [(trial, trial.value(epoch)) for trial in going]
        yield TrialsMeasured(
            tuple(trial.added.trial for trial in going), (epoch,) * len(going),
            tuple(value for _, value in found),
        )  # fmt: skip
        for trial, value in found:
            if value == value and value < best.get(trial.added.trial, (9e99, 0))[0]:
                best[trial.added.trial] = value, epoch
            if value != value:
                yield _end(trial, "diverged", epoch, best)
        going = [trial for trial, value in found if value == value]
        if epoch == LOOK and len(going) > 3:
            ranked = sorted(going, key=lambda trial: best[trial.added.trial][0])
            for trial in ranked[len(ranked) // 2 :]:
                yield _end(trial, "given_up", epoch, best)
            going = sorted(ranked[: len(ranked) // 2], key=lambda trial: trial.added.trial)
    if epochs == EPOCHS:
        for trial in going:
            yield _end(trial, "finished", epochs, best)


def _end(trial: _Made, status: str, epoch: int, best: dict[int, tuple[float, int]]) -> TrialEnded:
    number = trial.added.trial
    value, at = best.get(number, (nan, 0))
    done = status == "finished"
    return TrialEnded(
        number, status, epoch, value, at,  # type: ignore[arg-type]
        {"loss": value, "accuracy": 1 - value / 2} if done else {},
        {"loss": value * 1.05, "accuracy": 1 - value / 1.9} if done else {},
        0.1 * epoch,
    )  # fmt: skip


def records(made: Iterator[SweepEvent] | Sequence[SweepEvent]) -> list[SweepRecord]:
    """With a tenth of a second between them."""
    return [SweepRecord(k, 1_795_430_000.0 + 0.1 * k, event) for k, event in enumerate(made, 1)]


def view_of(made: Iterator[SweepEvent] | Sequence[SweepEvent]) -> SweepView:
    view = SweepView()
    view.apply_all(records(made))
    return view


class MadeFeed:
    """A feed that takes in `step` records each time it is asked, from those that are left."""

    def __init__(self, made: list[SweepRecord], known: int, step: int = 1) -> None:
        self.view = SweepView()
        self.view.apply_all(made[:known])
        self.left, self.step = made[known:], step
        self.alive = True
        self.name, self.problem = "20261123-101400-wine-7c1e", ""
        self.sent: list[SweepCommand] = []
        self.takes = True

    def poll(self) -> bool:
        some, self.left = self.left[: self.step], self.left[self.step :]
        self.view.apply_all(some)
        return bool(some)

    def send(self, command: SweepCommand) -> bool:
        if self.takes:
            self.sent.append(command)
        return self.takes


def a_feed(axes: Sequence[Axis] = THREE, trials: int = 40, seeds: int = 1, part: float = 1.0) -> MadeFeed:
    """A sweep of which a part of the records is known."""
    made = records(events(a_sweep(axes, trials, seeds)))
    return MadeFeed(made, max(1, round(part * len(made))))
