"""Which weights learn: the layers that are frozen, and what the code of a network has frozen itself."""

import pytest
from torch import nn

from tui_lab.errors import InputError
from tui_lab.model.live import check_frozen, freeze, hold_frozen


def network() -> nn.Sequential:
    return nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4), nn.Linear(4, 2))


def learning(net: nn.Module) -> set[str]:
    return {name.split(".")[0] for name, weight in net.named_parameters() if weight.requires_grad}


def test_layers_are_frozen_from_the_first_on_and_thawed_again() -> None:
    net = network()
    for count, left in ((0, {"0", "1", "3", "4"}), (1, {"3", "4"}), (2, {"4"}), (0, {"0", "1", "3", "4"})):
        freeze(net, count)
        assert learning(net) == left


def test_frozen_layers_add_to_what_the_code_has_frozen() -> None:
    net = network()
    net[3].requires_grad_(False)
    hold_frozen(net)
    for count, left in ((0, {"0", "1", "4"}), (1, {"4"}), (0, {"0", "1", "4"})):
        freeze(net, count)
        assert learning(net) == left
    hold_frozen(net)
    freeze(net, 2)
    hold_frozen(net)
    freeze(net, 0)
    assert learning(net) == {"0", "1", "4"}, "what tui-lab froze is not taken for the code's own"


def test_something_must_be_left_to_learn() -> None:
    net = network()
    net[4].requires_grad_(False)
    hold_frozen(net)
    check_frozen(net, 1)
    with pytest.raises(InputError, match=r"nothing would be trained \(given: 2\)"):
        check_frozen(net, 2)
    with pytest.raises(InputError, match="at most 2"):
        check_frozen(net, 3)
