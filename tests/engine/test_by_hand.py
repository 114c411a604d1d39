"""The backward pass by hand: which networks have one, and that its bits are those of torch's autograd."""

import random
from functools import partial
from math import prod
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
from tui_lab.engine.steppers.images_by_hand import PooledElu, pools_elu
from tui_lab.experiment.experiment import DataSpec
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


IMAGES: list[tuple[tuple[int, int, int], tuple[str, ...], int]] = [
    ((1, 8, 8), ("conv 16 kernel=3 padding=1", "activation", "max_pool 2", "conv 5 kernel=3 padding=1",
                 "activation", "dropout", "max_pool 3", "flatten", "dropout", "linear 6", "activation"), 8),
    ((3, 7, 9), ("conv 5 kernel=2 stride=2 padding=1", "max_pool 2", "activation", "flatten"), 4),
    ((2, 6, 6), ("activation", "max_pool 2", "conv 4 kernel=1", "flatten"), 4),
]  # fmt: skip


@pytest.mark.parametrize("activation", ["elu", "relu", "leaky_relu", "tanh", "silu"])
@pytest.mark.parametrize("frozen", [0, 1])
@pytest.mark.parametrize(("shape", "layers", "weights"), IMAGES)
def test_convolutions_and_pools_have_the_bits_of_autograd(
    tmp_path: Path,
    shape: tuple[int, int, int],
    layers: tuple[str, ...],
    weights: int,
    activation: str,
    frozen: int,
) -> None:
    pixels = [f"p{k}" for k in range(prod(shape))]
    rng = random.Random(0)
    rows = [[rng.gauss(0, 1) for _ in pixels] for _ in range(60)]
    file = tmp_path / "images.csv"
    file.write_text(
        "\n".join(",".join(map(str, row)) for row in [[*pixels, "y"], *([*r, sum(r) > 0] for r in rows)])
    )
    asked = experiment(
        tmp_path, "multiclass", layers, activation=activation, dropout=0.3, frozen_layers=frozen
    )
    data = DataSpec.model_validate({"file": str(file), "target": "y", "shape": shape})
    asked = asked.model_copy(update={"data": data})
    training = Training(prepare(asked))
    assert fits(training)
    x, y = training.prepared.dataset.train.x, training.prepared.dataset.train.y
    assert isinstance(x, torch.Tensor)
    for count in (1, 2, 16, 32):
        assert_same_gradients(training, x[:count], y[:count], weights - 2 * frozen)


@pytest.mark.parametrize("shift", [0.0, -2.0, -20.0, -100.0])
@pytest.mark.parametrize("shape", [(8, 16, 8, 8), (4, 8, 9, 12), (3, 5, 6, 6), (16, 2, 8, 8)])
@pytest.mark.parametrize("side", [2, 3])
def test_an_elu_is_pooled_as_torch_does_where_values_are_equal(
    shape: tuple[int, ...], side: int, shift: float
) -> None:
    torch.set_num_threads(1)
    elu, pool = torch.nn.ELU(), torch.nn.MaxPool2d(side)
    assert pools_elu(elu, pool)
    ours = PooledElu(elu, pool)
    torch.manual_seed(0)
    for scale, decimals in ((1.0, 1), (1.0, 9), (1e-6, 7), (30.0, 1)):
        x = (torch.randn(shape) * scale + shift).round(decimals=decimals).requires_grad_()
        outputs = pool(elu(x))
        gradient = torch.randn_like(outputs)
        outputs.backward(gradient)
        with torch.inference_mode():
            assert torch.equal(ours.forward(x.detach()), outputs)
            found = ours.backward(gradient)
        assert x.grad is not None
        assert torch.equal(found, x.grad)
        assert found.is_contiguous()


def test_no_two_layers_become_one_where_torch_uses_several_threads(request: pytest.FixtureRequest) -> None:
    request.addfinalizer(partial(torch.set_num_threads, torch.get_num_threads()))
    torch.set_num_threads(2)
    assert not pools_elu(torch.nn.ELU(), torch.nn.MaxPool2d(2))


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
        assert_same_gradients(training, x[:rows] * size, y[:rows], 6)


def assert_same_gradients(training: Training, x: torch.Tensor, y: torch.Tensor, weights: int) -> None:
    """Outputs, loss and the gradients of so many weights, with the same random numbers."""
    found: list[list[torch.Tensor]] = []
    for kind in (EagerStepper, ByHandStepper):
        stepper = kind(training)
        torch.manual_seed(len(x))
        for weight in training.network.parameters():
            if weight.grad is not None:
                weight.grad.fill_(torch.nan)
        with torch.set_grad_enabled(kind is EagerStepper):
            outputs, loss = stepper._forward(x, y)
            stepper._backward(loss)
        gradients = [weight.grad for weight in training.network.parameters()]
        found.append([outputs, loss, *(grad.clone() for grad in gradients if grad is not None)])
    assert len(found[0]) == 2 + weights
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True)), len(x)


def test_presets_are_trained_by_hand_and_what_is_not_known_by_autograd(tmp_path: Path) -> None:
    chosen = {}
    for name in ("regression", "binary", "multiclass", "cnn"):
        preset = load_preset(bundled_folder() / f"{name}.toml")
        chosen[name] = type(choose_stepper(Training(prepare(preset.experiment(device="cpu")))))
    assert chosen == dict.fromkeys(chosen, ByHandStepper)
    training = Training(prepare(experiment(tmp_path)))
    assert type(choose_stepper(training)) is ByHandStepper
    hook = training.network.register_forward_hook(lambda *_: None)
    assert type(choose_stepper(training)) is EagerStepper
    hook.remove()
    assert type(choose_stepper(training, training.prepared.layer_names)) is EagerStepper
    assert type(choose_stepper(Training(prepare(experiment(tmp_path, batch_norm=True))))) is EagerStepper
