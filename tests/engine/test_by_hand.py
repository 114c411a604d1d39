"""The backward pass by hand: which networks have one, and that its bits are those of torch's autograd."""

from pathlib import Path

import pytest
import torch

from tests.engine.helpers import experiment
from tests.engine.test_parity import assert_same
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.by_hand import ByHandStepper, fits
from tui_lab.engine.steppers.choose import choose_stepper
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.experiment.network.layer_kinds import ACTIVATIONS
from tui_lab.experiment.presets import bundled_folder, load_preset
from tui_lab.experiment.tasks import Task

pytestmark = pytest.mark.slow

DEEP = ("linear 8", "activation", "dropout", "linear 5", "activation")


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hyper", [{}, {"frozen_layers": 1, "dropout": 0.3, "optimizer": "sgd"}])
def test_every_activation_has_a_derivative_with_the_bits_of_autograd(
    tmp_path: Path, activation: str, hyper: dict[str, object]
) -> None:
    asked = experiment(tmp_path, "multiclass", DEEP, activation=activation, **hyper)
    assert fits(Training(prepare(asked)))
    assert_same(asked, 3)


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_gradients_are_those_of_autograd_for_any_number_of_rows(
    tmp_path: Path, task: Task, smoothing: float
) -> None:
    asked = experiment(tmp_path, task, DEEP, dropout=0.4, label_smoothing=smoothing)
    training = Training(prepare(asked))
    x, y = training.prepared.dataset.train.x, training.prepared.dataset.train.y
    assert isinstance(x, torch.Tensor)
    for rows, size in ((1, 1.0), (2, 1.0), (16, 1e3), (63, 1.0)):
        found: list[list[torch.Tensor]] = []
        for kind in (EagerStepper, ByHandStepper):
            stepper = kind(training)
            torch.manual_seed(rows)
            for weight in training.network.parameters():
                if weight.grad is not None:
                    weight.grad.fill_(torch.nan)
            with torch.set_grad_enabled(kind is EagerStepper):
                outputs, loss = stepper._forward(x[:rows] * size, y[:rows])
                stepper._backward(loss)
            gradients = [weight.grad for weight in training.network.parameters()]
            found.append([outputs, loss, *(grad.clone() for grad in gradients if grad is not None)])
        assert len(found[0]) == 8
        assert all(torch.equal(one, other) for one, other in zip(*found, strict=True)), rows


def test_presets_of_tables_are_trained_by_hand_and_others_by_autograd(tmp_path: Path) -> None:
    chosen = {}
    for name in ("regression", "binary", "multiclass", "cnn"):
        preset = load_preset(bundled_folder() / f"{name}.toml")
        chosen[name] = type(choose_stepper(Training(prepare(preset.experiment(device="cpu")))))
    assert chosen == dict.fromkeys(("regression", "binary", "multiclass"), ByHandStepper) | {
        "cnn": EagerStepper
    }
    training = Training(prepare(experiment(tmp_path)))
    assert type(choose_stepper(training)) is ByHandStepper
    hook = training.network.register_forward_hook(lambda *_: None)
    assert type(choose_stepper(training)) is EagerStepper
    hook.remove()
    assert type(choose_stepper(training, training.prepared.layer_names)) is EagerStepper
    assert type(choose_stepper(Training(prepare(experiment(tmp_path, batch_norm=True))))) is EagerStepper
