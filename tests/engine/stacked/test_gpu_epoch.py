"""How epochs are made on a GPU, on the CPU: launched, and recorded by what stands in for a graph."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.engine.helpers import epochs, experiment, run_all, step_losses
from tests.engine.masks import kept
from tests.engine.stacked.helpers import Counted, assert_as_alone, together, trials_of
from tests.engine.test_captured import Log
from tui_lab.engine.stacked.gpu_epoch import EpochOnGpu
from tui_lab.engine.stacked.member import Member
from tui_lab.engine.stacked.noise import CountedNoise
from tui_lab.engine.stacked.stack import Stack
from tui_lab.engine.steppers.captured import Results
from tui_lab.experiment.tasks import Task

pytestmark = pytest.mark.slow
DEEP = ("linear 8", "activation", "dropout", "linear 5", "activation")
HYPER: list[tuple[Task, dict[str, Any]]] = [
    ("regression", {"optimizer": "sgd"}),
    ("binary", {"optimizer": "adam", "label_smoothing": 0.1}),
    ("multiclass", {"optimizer": "adamw", "label_smoothing": 0.2}),
    ("regression", {"optimizer": "rmsprop"}),
    ("binary", {"optimizer": "adagrad", "frozen_layers": 1}),
]
EACH: list[dict[str, Any]] = [
    {"seed": 1},
    {"seed": 2, "lr": 0.003, "grad_clip": 0.5, "momentum": 0.0},
    {"seed": 3, "schedule": "one_cycle", "momentum": 0.5},
    {"seed": 4, "weight_decay": 0.1, "ema_decay": 0.9},
]


def eager(members: Sequence[Member]) -> EpochOnGpu:
    return EpochOnGpu(members, None)


class Traced:
    """Operations noted, and run again."""

    replays = 0

    def __init__(self) -> None:
        self.epoch: EpochOnGpu | None = None

    def eager(self) -> AbstractContextManager[None]:
        return nullcontext()

    def record(self, work: Callable[[], Results]) -> tuple[Callable[[], None], Results]:
        assert self.epoch is not None
        before = self.epoch._everything()
        with Log() as log:
            results = work()
        self.epoch._restore(before)  # the log is of work that was done; a GPU only records it

        def replay() -> None:
            Traced.replays += 1
            log.again()

        return replay, results

    def random_state(self) -> Tensor:
        return torch.get_rng_state()

    def set_random_state(self, state: Tensor) -> None:
        torch.set_rng_state(state)


def traced(members: Sequence[Member]) -> EpochOnGpu:
    recorder = Traced()
    recorder.epoch = EpochOnGpu(members, recorder)
    return recorder.epoch


@pytest.mark.parametrize(("task", "hyper"), HYPER, ids=[h["optimizer"] for _, h in HYPER])
def test_without_dropout_the_losses_are_those_of_the_trial_alone(
    tmp_path: Path, task: Task, hyper: dict[str, Any]
) -> None:
    asked = [experiment(tmp_path, task, DEEP, epochs=50, dropout=0.0, **(hyper | each)) for each in EACH]
    stack = Counted(room_for=eager)
    assert_as_alone(asked, stack, within=1e-3 if hyper["optimizer"] == "rmsprop" else 1e-5)
    assert stack.sizes == [4] * 50


@pytest.mark.parametrize(("task", "hyper"), HYPER, ids=[h["optimizer"] for _, h in HYPER])
def test_a_recorded_epoch_has_the_bits_of_a_launched_one(
    tmp_path: Path, task: Task, hyper: dict[str, Any]
) -> None:
    asked = [experiment(tmp_path, task, DEEP, epochs=6, dropout=0.3, **(hyper | each)) for each in EACH]
    Traced.replays = 0
    found, launched = (together(trials_of(asked), Stack(room_for=how)) for how in (traced, eager))
    for one, other in zip(found, launched, strict=True):
        assert step_losses(one) == step_losses(other)
        assert [e.val_loss for e in epochs(one)] == [e.val_loss for e in epochs(other)]
    assert Traced.replays > 12, "most of the 24 updates, those of the last batch of an epoch among them"


def test_one_that_diverges_leaves_the_bits_of_the_others(tmp_path: Path) -> None:
    each: list[dict[str, Any]] = [
        {"seed": seed, "dropout": 0.3, "activation": "leaky_relu", "optimizer": "sgd"} for seed in range(3)
    ]
    sane = [experiment(tmp_path, epochs=20, **one) for one in each]
    wild = experiment(tmp_path, epochs=20, **each[1], lr=100)
    found = together(trials_of(sane), Stack(room_for=eager))
    mixed = together(trials_of([sane[0], wild, sane[2]]), Stack(room_for=eager))
    assert [step_losses(mixed[k]) for k in (0, 2)] == [step_losses(found[k]) for k in (0, 2)]
    assert mixed[1][-1].status == "diverged"  # type: ignore[union-attr]
    assert mixed[1][-1].message == run_all(wild)[-1].message  # type: ignore[union-attr]


def test_dropout_is_that_of_the_compiled_code() -> None:
    """Also for large seeds, and whoever else is in the stack."""
    seeds, rates, updates = [7, 2**40 + 3, 0], [0.2, 0.7, 0.0], [5, 2**31 + 9, 1]
    noise = CountedNoise(seeds, {2: rates}, torch.device("cpu"))
    noise.begin(updates)
    for more in range(2):
        found = noise.factors(2, torch.empty(3, 16, 10))
        assert found is not None
        for seed, rate, update, factors in zip(seeds, rates, updates, found, strict=True):
            mask = kept(seed, update + more, 2, (16, 10), rate)
            assert factors.equal(mask / torch.tensor(1 - rate, dtype=torch.float64).float())
        noise.updated()
    assert noise.factors(5, torch.empty(3, 16, 10)) is None
