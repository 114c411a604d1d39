"""Each trial of a stack has the losses of the same trial alone: on the CPU, within 1e-6 over 200 steps."""

from typing import Any

import pytest

from tests.engine.stacked.helpers import Counted, assert_as_alone
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.presets import all_presets

pytestmark = pytest.mark.slow
EACH: list[dict[str, Any]] = [
    {"seed": 1},
    {"seed": 2, "lr": 0.003, "dropout": 0.5, "grad_clip": 0.5},
    {"seed": 3, "dropout": 0.0, "schedule": "one_cycle", "momentum": 0.5},
    {"seed": 4, "weight_decay": 0.01, "schedule": "cosine", "ema_decay": 0.9},
    {"seed": 5, "schedule": "step", "step_size": 3, "gamma": 0.5, "beta2": 0.9},
]
CASES: list[tuple[str, dict[str, Any]]] = [
    ("regression", {}),
    ("binary", {}),
    ("multiclass", {}),
    ("binary", {"optimizer": "rmsprop", "activation": "tanh"}),
    ("regression", {"optimizer": "adagrad", "frozen_layers": 1}),
    ("multiclass", {"optimizer": "adamw", "activation": "gelu"}),
    ("multiclass", {"optimizer": "sgd", "batch_size": 7}),
]


def preset(name: str, **hyper: Any) -> Experiment:
    asked = all_presets()[name].experiment()
    update = asked.hyperparameters.model_copy(update={"epochs": 13, "patience": 0} | hyper)
    return asked.model_copy(update={"hyperparameters": update, "device": "cpu"})


@pytest.mark.parametrize(("name", "hyper"), CASES, ids=[f"{name}-{h.get('optimizer')}" for name, h in CASES])
def test_the_losses_are_those_of_the_trial_alone(name: str, hyper: dict[str, Any]) -> None:
    smoothed = {} if name == "regression" else {"label_smoothing": 0.1}
    asked = [preset(name, **hyper, **each) for each in [*EACH, {"seed": 6, **smoothed}]]
    stack = Counted()
    assert_as_alone(asked, stack)
    assert stack.sizes == [6] * 13


def test_the_number_of_trials_changes_nothing() -> None:
    asked = [preset("regression", seed=seed, epochs=4) for seed in range(5)]
    stack = Counted(most=2)
    assert_as_alone(asked, stack)
    assert set(stack.sizes) == {2}, "the last of five trains alone"
