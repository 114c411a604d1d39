"""The Triton kernel in Triton's interpreter, on the CPU: run by `test_kernel.py` in a process of its own."""

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.engine.helpers import ending, epochs, experiment, run_all, step_losses
from tests.engine.stacked.helpers import Counted, assert_as_alone, together, trials_of
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.stacked.kernel_epoch import KernelEpoch, _compiled, why_no_kernel
from tui_lab.engine.stacked.kernel_source import KernelLayer, kernel_source
from tui_lab.engine.stacked.stack import Stack
from tui_lab.experiment.tasks import Task

assert os.environ.get("TRITON_INTERPRET") == "1", "set before Triton is imported"
DEEP = ("linear 8", "activation", "dropout", "linear 5", "activation")
CASES: list[tuple[Task, dict[str, Any]]] = [
    ("regression", {"optimizer": "sgd"}),
    ("binary", {"optimizer": "adam", "activation": "tanh", "label_smoothing": 0.1}),
    ("multiclass", {"optimizer": "adamw", "activation": "silu", "label_smoothing": 0.1}),
    ("multiclass", {"optimizer": "sgd", "activation": "leaky_relu"}),
    ("regression", {"optimizer": "adam", "activation": "sigmoid"}),
]


@pytest.mark.parametrize(("task", "hyper"), CASES, ids=[f"{h['optimizer']}-{task}" for task, h in CASES])
def test_the_losses_of_an_epoch_are_those_of_autograd(
    tmp_path: Path, task: Task, hyper: dict[str, Any]
) -> None:
    asked = [
        experiment(
            tmp_path, task, DEEP, epochs=3, dropout=0.0, seed=seed, lr=0.01 * (seed + 1), momentum=0.3 * seed,
            weight_decay=0.01 * seed, schedule="one_cycle" if seed else "constant", **hyper,
        )
        for seed in range(3)
    ]  # fmt: skip
    assert not why_no_kernel(prepare(asked[0]), asked[0].hyperparameters)
    stack = Counted(room_for=KernelEpoch)
    assert_as_alone(asked, stack, within=1e-5)
    assert stack.sizes == [3] * 3


def test_one_that_diverges_leaves_the_bits_of_the_others(tmp_path: Path) -> None:
    each: dict[str, Any] = {"epochs": 8, "optimizer": "sgd", "activation": "leaky_relu", "dropout": 0.3}
    sane = [experiment(tmp_path, seed=seed, **each) for seed in range(3)]
    wild = experiment(tmp_path, seed=1, **each, lr=100)
    found = together(trials_of(sane), Stack(room_for=KernelEpoch))
    mixed = together(trials_of([sane[0], wild, sane[2]]), Stack(room_for=KernelEpoch))
    for number in (0, 2):
        assert step_losses(mixed[number]) == step_losses(found[number])
        assert [e.val_loss for e in epochs(mixed[number])] == [e.val_loss for e in epochs(found[number])]
    assert ending(mixed[1]).status == ending(run_all(wild)).status == "diverged"


def masks(rates: list[float], seeds: list[int], update: int) -> Tensor:
    """By what the kernel multiplies in two updates of 64 rows with 16 values: `(T, 2, 64, 16)`."""
    layers = [KernelLayer("linear", 16, 16, 0, 256), KernelLayer("dropout")]
    kernel = _compiled(kernel_source(layers, "cross_entropy", "sgd", 64))
    trials = len(rates)
    weights = torch.cat([torch.eye(16).flatten(), torch.ones(16)]).repeat(trials, 1)
    outputs = torch.zeros(trials, 128, 16)
    kernel[(trials,)](
        weights, torch.zeros_like(weights), torch.zeros_like(weights), torch.zeros(trials, 128, 16),
        torch.zeros(trials, 128, dtype=torch.int64), torch.zeros(2, 4, trials, 1), torch.zeros(trials),
        torch.tensor([rates]), torch.tensor(seeds), torch.full((trials,), update), torch.zeros(2, trials),
        outputs, 128, 2, trials, weights.stride(0), 128 * 16, 128,
    )  # fmt: skip
    return outputs.view(trials, 2, 64, 16)


def test_dropout_drops_at_its_rate_with_numbers_of_the_trial_alone() -> None:
    rates = [0.2, 0.7, 0.0]
    found = masks(rates, [1, 2, 3], 5)
    for rate, factors in zip(rates, found, strict=True):
        assert float((factors == 0).float().mean()) == pytest.approx(rate, abs=0.03)
        kept = factors[factors != 0]
        assert kept.allclose(torch.tensor(1 / (1 - rate)))
    assert not found[0, 0].equal(found[0, 1]), "another update, other numbers"
    assert masks([0.2], [1], 5)[0].equal(found[0]), "whoever else is trained"
    assert masks([0.2], [1], 6)[0, 0].equal(found[0, 1])
    assert not masks([0.2], [4], 5)[0].equal(found[0])


@pytest.mark.parametrize(
    ("hyper", "reason"),
    [
        ({"activation": "elu"}, "it has layers that the kernel does not know"),
        ({"optimizer": "rmsprop"}, "the kernel does not know rmsprop"),
        ({"grad_clip": 1.0}, "the kernel neither clips nor averages nor freezes"),
    ],
)
def test_what_the_kernel_cannot_do_it_says(tmp_path: Path, hyper: dict[str, Any], reason: str) -> None:
    prepared = prepare(experiment(tmp_path, **hyper))
    assert why_no_kernel(prepared, prepared.experiment.hyperparameters) == reason
    large = prepare(experiment(tmp_path, layers=("linear 512", "activation", "linear 64")))
    assert why_no_kernel(large, large.experiment.hyperparameters) == "its weights do not stay on the chip"
