"""The engine against the textbook loop of `plain.py`, bit for bit."""

from pathlib import Path

import pytest
import torch

from tests.engine import plain
from tests.engine.helpers import epochs, experiment, run_all, step_losses
from tui_lab.engine.setup.prepare import prepare
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.presets import bundled_folder, load_preset


def assert_same(asked: Experiment, length: int) -> None:
    prepared = prepare(asked)
    curves = plain.train(asked, prepared.dataset, length)
    events = run_all(prepared)
    assert step_losses(events) == curves.step
    ended = epochs(events)
    assert [e.train_loss for e in ended] == curves.train
    assert [e.lr for e in ended] == curves.lr
    assert [e.val_loss for e in ended] == curves.val


@pytest.mark.parametrize("name", ["regression", "binary", "multiclass", "cnn"])
def test_a_preset_trains_as_the_textbook_loop_does(name: str) -> None:
    preset = load_preset(bundled_folder() / f"{name}.toml")
    hyper = preset.hyperparameters.model_copy(update={"epochs": 3})
    assert_same(preset.experiment(hyper, "cpu"), 3)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad"])
def test_an_optimizer_is_torchs_own(tmp_path: Path, optimizer: str) -> None:
    assert_same(experiment(tmp_path, optimizer=optimizer, momentum=0.8, weight_decay=0.01), 3)


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "one_cycle", "plateau"])
def test_a_schedule_is_torchs_own(tmp_path: Path, schedule: str) -> None:
    asked = experiment(tmp_path, schedule=schedule, gamma=0.3, step_size=2, epochs=8, lr=0.3, optimizer="sgd")
    assert_same(asked, 8)


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_every_other_knob_reaches_torch(tmp_path: Path, task: str) -> None:
    asked = experiment(
        tmp_path, task, dropout=0.4, grad_clip=0.05, label_smoothing=0.1, batch_norm=True,
        activation="leaky_relu", negative_slope=0.2, beta2=0.9, seed=7,
    )  # fmt: skip
    assert_same(asked, 3)


def test_the_same_seed_gives_the_same_losses_and_another_seed_does_not(tmp_path: Path) -> None:
    asked = experiment(tmp_path, dropout=0.3)
    torch.rand(5)  # whatever was drawn before must not matter
    first, second = run_all(asked), run_all(asked)
    other = run_all(experiment(tmp_path, dropout=0.3, seed=1))
    assert step_losses(first) == step_losses(second) != step_losses(other)
    assert [e.val_loss for e in epochs(first)] == [e.val_loss for e in epochs(second)]
