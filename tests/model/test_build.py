"""From the layer list to a network, and how its weights start."""

import pytest
import torch
from torch import nn

from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.network.shapes import plan
from tui_lab.model.build import build, describe_layers

CNN = (
    "conv 4 kernel=3 padding=1 stride=2", "activation", "max_pool 2", "batch_norm", "flatten",
    "linear 5", "leaky_relu 0.2", "dropout 0.25", "tanh", "sigmoid", "relu", "elu",
)  # fmt: skip


def network(lines: tuple[str, ...], shape: tuple[int, ...], **hyper: object) -> nn.Sequential:
    values = Hyperparameters.model_validate(hyper)
    return build(plan(lines, values, shape, 3), values)


def test_every_kind_of_layer_is_built_as_planned() -> None:
    values = Hyperparameters()
    planned = plan(CNN, values, (2, 12, 12), 3)
    x = torch.zeros(4, 2, 12, 12)
    for module, item in zip(build(planned, values), planned, strict=True):
        x = module(x)
        assert tuple(x.shape[1:]) == item.output_shape, item
        assert sum(p.numel() for p in module.parameters()) == item.parameters, item
    assert [layer.layer for layer in describe_layers(planned)][-1] == "linear 3"


def test_options_reach_torch() -> None:
    modules = list(network(CNN, (2, 12, 12), activation="leaky_relu", negative_slope=0.3))
    assert isinstance(modules[1], nn.LeakyReLU)
    assert modules[1].negative_slope == 0.3
    assert [m.negative_slope for m in modules if isinstance(m, nn.LeakyReLU)] == [0.3, 0.2]
    assert [m.p for m in modules if isinstance(m, nn.Dropout)] == [0.25]


def test_the_dropout_of_the_hyperparameters_fills_a_bare_dropout() -> None:
    assert [
        m.p for m in network(("linear 4", "dropout"), (2,), dropout=0.4) if isinstance(m, nn.Dropout)
    ] == [0.4]


def test_batch_norm_follows_every_layer_but_the_last() -> None:
    kinds = [type(m).__name__ for m in network(("linear 4", "activation", "linear 4"), (2,), batch_norm=True)]
    assert kinds == ["Linear", "BatchNorm1d", "ReLU", "Linear", "BatchNorm1d", "Linear"]


def spread(lines: tuple[str, ...], **hyper: object) -> float:
    torch.manual_seed(0)
    first = network(lines, (400,), **hyper)[0]
    assert isinstance(first, nn.Linear)
    return float(first.weight.std())


@pytest.mark.parametrize(
    ("hyper", "std"),
    [
        ({"init": "default"}, (1 / (3 * 400)) ** 0.5),
        ({"init": "kaiming_uniform"}, (2 / 400) ** 0.5),
        ({"init": "kaiming_uniform", "activation": "elu"}, (2 / 400) ** 0.5),
        ({"init": "kaiming_uniform", "activation": "leaky_relu", "negative_slope": 1.0}, (1 / 400) ** 0.5),
        ({"init": "kaiming_uniform", "activation": "tanh"}, 5 / 3 / 400**0.5),
        ({"init": "xavier_uniform", "activation": "sigmoid"}, (2 / 700) ** 0.5),
        ({"init": "xavier_uniform", "activation": "relu"}, 2**0.5 * (2 / 700) ** 0.5),
        ({"init": "uniform"}, 1 / 12**0.5),
    ],
)
def test_weights_start_with_the_spread_their_recipe_has(hyper: dict[str, object], std: float) -> None:
    assert spread(("linear 300", "activation"), **hyper) == pytest.approx(std, rel=0.02)


def test_the_last_layer_has_no_activations_gain() -> None:
    torch.manual_seed(0)
    last = network(("linear 500", "activation"), (4,), init="kaiming_uniform", activation="tanh")[-1]
    assert isinstance(last, nn.Linear)
    assert float(last.weight.std()) == pytest.approx(1 / 500**0.5, rel=0.05)
    assert not last.bias.any()


@pytest.mark.parametrize(
    ("lines", "hyper", "std"),
    [
        (("linear 300 init=uniform", "activation"), {"init": "kaiming_uniform"}, 1 / 12**0.5),
        (("linear 300 init=default", "activation"), {"init": "uniform"}, (1 / (3 * 400)) ** 0.5),
        (("linear 300 init=kaiming_uniform", "tanh"), {"activation": "relu"}, 5 / 3 / 400**0.5),
        (("linear 300 init=kaiming_uniform", "batch_norm", "dropout", "elu"), {}, (2 / 400) ** 0.5),
        (("linear 300 init=kaiming_uniform", "leaky_relu 1"), {}, (1 / 400) ** 0.5),
        (("linear 300 init=xavier_uniform", "linear 20", "tanh"), {}, (2 / 700) ** 0.5),
    ],
)
def test_a_line_overrules_and_the_activation_after_it_decides_the_gain(
    lines: tuple[str, ...], hyper: dict[str, object], std: float
) -> None:
    assert spread(lines, **hyper) == pytest.approx(std, rel=0.02)
