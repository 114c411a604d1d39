"""Sweeps made up for tests: no torch, nothing trained."""

from math import log
from typing import Any

from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep

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
