"""Every type of layer, one added later too: what its record says, held against its module."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import entry
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.network.layer_kinds import ACTIVATIONS, KINDS, LayerKind, PlannedLayer, Shape
from tui_lab.experiment.network.layers import parse_layer, usage
from tui_lab.experiment.network.shapes import describe, plan
from tui_lab.model.build import build

HYPER = Hyperparameters(dropout=0.3, activation="leaky_relu")
IMAGE: Shape = (8, 9, 8)
SHAPES: tuple[Shape, ...] = (IMAGE, (16,), (2, 1, 1))
BATCH = 5


def line_of(kind: LayerKind) -> str:
    return " ".join([kind.name, *(f"{option.name}=2" for option in kind.options if option.required)])


def made(line: str, shape: Shape) -> tuple[nn.Module, PlannedLayer]:
    planned = plan((line,), HYPER, shape, 3)
    place = next(n for n, item in enumerate(planned) if item.layer.kind != "flatten" or line == "flatten")
    return build(planned, HYPER)[place], planned[place]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_torch_agrees_with_the_record(kind: LayerKind, shape: Shape) -> None:
    try:
        module, item = made(line_of(kind), shape)
    except InputError as error:
        assert shape != IMAGE
        assert str(error).startswith(f"layer 1: {kind.name} ")
        return
    kept: dict[int, int] = {}
    own = {tensor.data_ptr() for tensor in (*module.parameters(), *module.buffers())}
    torch.manual_seed(0)
    x = torch.randn(BATCH, *shape).flatten(1) if kind.flat else torch.randn(BATCH, *shape)
    x.requires_grad_()

    def keep(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in own | {x.data_ptr()}:
            kept[tensor.data_ptr()] = tensor.nbytes
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        y = module(x)
    assert tuple(y.shape) == (BATCH, *item.output_shape)
    assert sum(weight.numel() for weight in module.parameters()) == item.parameters
    assert sum(buffer.nbytes for buffer in module.buffers()) == item.statistics
    kept.pop(y.data_ptr(), None)
    assert sum(kept.values()) <= BATCH * item.kept + item.statistics
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_each_can_be_written_and_is_explained(kind: LayerKind) -> None:
    layer = parse_layer(line_of(kind))
    assert parse_layer(describe(layer)) == layer
    assert kind.help.endswith(".")
    assert kind.name in [line.split()[0] for line in usage()]


@pytest.mark.parametrize("kind", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_an_activation_can_be_chosen_and_has_a_gain(kind: LayerKind) -> None:
    assert kind.name in entry("activation").choices
    assert (kind.name, kind.help) in entry("activation").knob.choice_help
    chosen = Hyperparameters(activation=kind.name, init="kaiming_uniform")
    named = Hyperparameters(init="kaiming_uniform")
    networks = []
    for line, hyper in (("activation", chosen), (kind.name, named)):
        torch.manual_seed(0)
        networks.append(build(plan(("linear 8", line), hyper, (4,), 1), hyper))
    first, second = networks
    assert type(first[1]) is type(second[1])
    assert torch.equal(first[0].weight, second[0].weight)
    assert (
        float(first[0].weight.detach().abs().max()) > 0.9 * nn.init.calculate_gain(kind.gain) * (3 / 4) ** 0.5
    )


@pytest.mark.parametrize(("groups", "shape"), [(1, (6,)), (3, (6,)), (2, (4, 3, 5)), (4, (4, 1, 2))])
def test_group_norm_normalises_each_group_of_a_row(groups: int, shape: Shape) -> None:
    module, _ = made(f"group_norm {groups}", shape)
    torch.manual_seed(1)
    x = torch.randn(BATCH, *shape) * 3 + 7
    rows = x.reshape(BATCH, groups, -1)
    spread = (rows.var(2, correction=0, keepdim=True) + 1e-5).sqrt()
    by_hand = ((rows - rows.mean(2, keepdim=True)) / spread).reshape(x.shape)
    assert torch.allclose(module(x), by_hand, atol=1e-5)
    assert torch.allclose(module(x[:1]), by_hand[:1], atol=1e-5), "a batch of one is enough"


@pytest.mark.parametrize(
    ("line", "shape", "says"),
    [
        ("group_norm", (12,), "group_norm 8 does not fit 12 channels: .*; use group_norm 4"),
        ("group_norm 5", (6, 2, 2), "group_norm 5 does not fit 6 channels: .*; use group_norm 1"),
        ("group_norm 6", (6,), "use group_norm 1"),
        ("group_norm 9", (3, 2, 2), "use group_norm 3"),
        ("group_norm", (1,), "needs more than one value"),
        ("group_norm 0", (6,), "groups must be a whole number from 1"),
        ("group_norm 2 init=uniform", (6,), "group_norm has: groups"),
    ],
)
def test_groups_that_do_not_fit_are_refused_with_some_that_do(line: str, shape: Shape, says: str) -> None:
    with pytest.raises(InputError, match=says):
        plan((line,), HYPER, shape, 3)


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [
        ("gelu", lambda x: x * (1 + torch.erf(x / 2**0.5)) / 2),
        ("silu", lambda x: x / (1 + torch.exp(-x))),
    ],
)
def test_gelu_and_silu_are_those_of_the_papers(name: str, by_hand: Callable[[Tensor], Tensor]) -> None:
    module, item = made(name, (6,))
    torch.manual_seed(1)
    x = torch.randn(BATCH, 6) * 3
    assert torch.allclose(module(x), by_hand(x), atol=1e-6)
    assert describe(item.layer) == name
