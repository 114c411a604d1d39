"""The latch that stops updates on a GPU without reading a loss, held against reading each one."""

import pytest
import torch
from torch import nn, optim

from tui_lab.engine.state.step_losses import CheckedLosses, LatchedLosses, watch_losses


def trained(kind: type, factors: list[float]) -> tuple[list[float], list[float]]:
    """Weights and losses after one step a factor; a factor of infinity makes the loss infinite."""
    torch.manual_seed(0)
    layer = nn.Linear(2, 1)
    optimizer = optim.Adam(layer.parameters(), 0.1, fused=True)
    losses = CheckedLosses() if kind is CheckedLosses else LatchedLosses(optimizer, torch.device("cpu"), 8)
    losses.begin_epoch(8)
    for factor in factors:
        optimizer.zero_grad()
        loss = (layer(torch.ones(3, 2)) ** 2).mean() * factor
        if not losses.accept(loss):
            break
        loss.backward()
        optimizer.step()
    return [w for p in layer.parameters() for w in p.flatten().tolist()], losses.since(0)


def test_the_latch_changes_nothing_while_losses_are_finite() -> None:
    assert trained(LatchedLosses, [1, 2, 3]) == trained(CheckedLosses, [1, 2, 3])


@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_after_a_bad_loss_no_update_is_made_even_if_later_ones_are_finite(bad: float) -> None:
    checked, _ = trained(CheckedLosses, [1, 2, bad, 3, 4])
    latched, losses = trained(LatchedLosses, [1, 2, bad, 3, 4])
    assert latched == checked
    assert [abs(v) < float("inf") for v in losses] == [True, True, False, True, True]


def test_the_latch_stays_over_epochs() -> None:
    layer = nn.Linear(1, 1)
    optimizer = optim.SGD(layer.parameters(), 0.1, fused=True)
    losses = LatchedLosses(optimizer, torch.device("cpu"), 4)
    losses.begin_epoch(8)
    losses.accept(torch.tensor(float("nan")))
    losses.begin_epoch(8)
    before = layer.weight.clone()
    optimizer.zero_grad()
    loss = layer(torch.ones(1, 1)).sum()
    losses.accept(loss)
    loss.backward()
    optimizer.step()
    assert torch.equal(layer.weight, before)
    assert len(losses.since(0)) == 1


def test_every_loss_is_read_where_reading_is_free() -> None:
    optimizer = optim.SGD(nn.Linear(1, 1).parameters(), 0.1, fused=True)
    assert isinstance(watch_losses(optimizer, torch.device("cpu"), 4), CheckedLosses)
