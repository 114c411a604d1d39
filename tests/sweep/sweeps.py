"""Sweeps made up for tests: no torch, nothing trained."""

from collections.abc import Sequence
from math import log
from typing import Any

from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.events import (
    SweepEvent,
    SweepRecord,
    SweepStarted,
    TrialAdded,
    TrialEnd,
    TrialEnded,
    TrialStarted,
)
from tui_lab.protocol.sweeps.view import SweepView

LR = Axis(name="lr", low=1e-4, high=1e-1, log=True)
MOMENTUM = Axis(name="momentum", low=0.5, high=0.99)
MOMENTA = Axis(name="momentum", values=(0.9, 0.8, 0.95))
OPTIMIZER = Axis(name="optimizer", values=("sgd", "adam", "rmsprop"))
WIDTH = Axis(name="width1", low=4, high=64, log=True, whole=True)
STEP_SIZE = Axis(name="step_size", low=1, high=4, whole=True)


def sweep(*axes: Axis, epochs: int = 81, **settings: Any) -> Sweep:
    settings.setdefault("trials", 20)
    experiment = Experiment(
        preset="regression",
        task="regression",
        data=DataSpec(file="bundled:diabetes.csv", target="progression"),
        model=ModelSpec(layers=("linear 16", "activation")),
        hyperparameters=Hyperparameters(epochs=epochs),
    )
    return Sweep(experiment=experiment, axes=axes, **settings)


def valley(values: dict[str, Value]) -> float:
    """A loss with its minimum, 0, at lr 0.01 and momentum 0.9; the optimizer adds up to 0.2."""
    lr, momentum = float(values["lr"]), float(values.get("momentum", 0.9))
    extra = {"sgd": 0.2, "adam": 0.0}.get(str(values.get("optimizer", "adam")), 0.1)
    return (log(lr / 0.01) / 3) ** 2 + (5 * (momentum - 0.9)) ** 2 + extra


def fold(*events: SweepEvent) -> SweepView:
    """The view of these events, one a second."""
    view = SweepView()
    view.apply_all(SweepRecord(seq, 1_795_000_000.0 + seq, event) for seq, event in enumerate(events, 1))
    return view


def opening(what: Sweep) -> SweepStarted:
    return SweepStarted(what, {"python": "3.11"}, workers=1)


def trial(
    number: int,
    values: dict[str, Value],
    best: float,
    *,
    combination: int | None = None,
    seed: int = 0,
    status: TrialEnd = "finished",
    test: dict[str, float] | None = None,
) -> list[SweepEvent]:
    """The events of a trial that is over."""
    combination = number if combination is None else combination
    epoch = {"finished": 81}.get(status, 9)
    return [
        TrialAdded(number, combination, values, seed),
        TrialStarted(number, f"20261129-1000{number:02}-trial-{number:04x}"),
        TrialEnded(number, status, epoch, best, epoch // 2, {"loss": best}, test or {}, seconds=1.5),
    ]


def finished(what: Sweep, trials: Sequence[tuple[dict[str, Value], float]], seeds: int = 1) -> SweepView:
    """A sweep whose trials have these values and results; of `seeds` in turn one combination."""
    events: list[SweepEvent] = [opening(what)]
    for number, (values, best) in enumerate(trials):
        events += trial(number, values, best, combination=number // seeds, seed=number % seeds)
    return fold(*events)
