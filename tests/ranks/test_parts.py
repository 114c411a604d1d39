"""A rank's part of a batch is what it is in the whole batch."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.engine.helpers import experiment
from tui_lab.data.dataset import Part
from tui_lab.data.images.augment import Augmenting, Chosen
from tui_lab.engine.ranks.global_batch import GlobalBatch
from tui_lab.engine.ranks.group import Ranks
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.setup.threads import choose_threads
from tui_lab.engine.state.step_losses import CheckedLosses
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.choose import choose_stepper
from tui_lab.engine.steppers.in_ranks import NOTE, RanksStepper, rows_to_read
from tui_lab.experiment.network.shapes import plan

ROWS = 7


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize("rows", [1, 2, 5, 64])
def test_each_row_is_one_rank_s(count: int, rows: int) -> None:
    slices = [Ranks(rank, count).rows(rows) for rank in range(count)]
    assert [row for each in slices for row in range(rows)[each]] == list(range(rows))
    sizes = [each.stop - each.start for each in slices]
    assert max(sizes) - min(sizes) <= 1
    assert all(Ranks(rank, count).taken(rows) != slice(0, 0) for rank in range(count))


def halves(layer: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The output for all rows, made by two ranks one after the other from the same random state."""
    found = []
    for rank in range(2):
        torch.manual_seed(3)
        own = Ranks(rank, 2).rows(len(x))
        with GlobalBatch(Ranks(rank, 2), len(x), own.start, counts=True):
            found.append(layer(x[own]))
    return torch.cat(found)


@pytest.mark.parametrize(
    "layer",
    [
        lambda x: F.dropout(x, 0.3),
        lambda x: F.dropout(x.clone(), 0.3, inplace=True),
        lambda x: F.dropout(x, 1.0),
        lambda x: F.dropout(x, 0.3, training=False),
        lambda x: F.dropout1d(x.flatten(2), 0.4),
        lambda x: F.dropout2d(x, 0.4),
        lambda x: F.dropout3d(x.unsqueeze(-1), 0.4),
        nn.Sequential(nn.Dropout(0.2), nn.ReLU(), nn.Dropout2d(0.5)),
    ],
)
def test_dropout_draws_the_mask_of_the_whole_batch(layer: Callable[[Tensor], Tensor]) -> None:
    x = torch.rand(ROWS, 3, 4, 4)
    apart = halves(layer, x)
    torch.manual_seed(3)
    assert torch.equal(apart, layer(x))


@pytest.mark.parametrize("shape", [(ROWS, 3), (ROWS, 3, 4, 4)])
@pytest.mark.parametrize("affine", [True, False])
def test_batch_norm_is_that_of_torch(shape: tuple[int, ...], affine: bool) -> None:
    kind = nn.BatchNorm1d if len(shape) == 2 else nn.BatchNorm2d
    mine, its = kind(3, affine=affine, momentum=0.3), kind(3, affine=affine, momentum=0.3)
    x = torch.randn(shape) * 3 + 2
    here, there = x.clone().requires_grad_(), x.clone().requires_grad_()
    weights = torch.randn(shape)
    with GlobalBatch(Ranks(), ROWS, 0, counts=True):
        given = mine(here)
    (given * weights).sum().backward()
    wanted = its(there)
    (wanted * weights).sum().backward()
    torch.testing.assert_close(given, wanted)
    torch.testing.assert_close(here.grad, there.grad)
    torch.testing.assert_close(mine.state_dict(), its.state_dict())
    mine.eval()
    with GlobalBatch(Ranks(), ROWS, 0, counts=True):
        torch.testing.assert_close(mine(x), its.eval()(x))


def test_augmentation_is_drawn_for_the_whole_batch() -> None:
    x = torch.rand(ROWS, 1, 8, 8)
    see = Augmenting(Part(x, torch.zeros(ROWS)), Chosen(0.5, 20.0, 0.1, 0.0))
    torch.manual_seed(1)
    whole = see(x)
    found = []
    for rank in range(3):
        torch.manual_seed(1)
        own = Ranks(rank, 3).rows(ROWS)
        found.append(see.some(x[own], own.start, ROWS))
    assert torch.equal(torch.cat(found), whole)
    assert not torch.equal(whole, x)


class AsOne(Ranks):
    """Two ranks of which the other adds nothing."""

    def __init__(self) -> None:
        super().__init__(0, 2)

    def add_up(self, values: Tensor) -> None:
        """Nothing to add."""


def in_ranks(folder: Path, **hyper: object) -> Training:
    prepared = prepare(experiment(folder, **hyper))  # type: ignore[arg-type]
    object.__setattr__(prepared, "ranks", AsOne())
    return Training(prepared)


def test_a_weight_without_a_gradient_stays_as_it_is(tmp_path: Path) -> None:
    """As in one process: not even weight decay changes it."""
    training = in_ranks(tmp_path, weight_decay=0.1, frozen_layers=1)
    frozen, *others = [weight.detach().clone() for weight in training.network.parameters()]
    stepper = choose_stepper(training)
    assert isinstance(stepper, RanksStepper)
    training.begin_epoch()
    data = training.prepared.dataset.train
    assert isinstance(data.x, Tensor)
    assert stepper.step(data.x[:16], data.y[:16])
    first, *rest = training.network.parameters()
    assert torch.equal(first, frozen)
    assert not torch.equal(rest[-1], others[-1])
    assert training.prepared.ranks.announced is False


def test_a_command_that_waits_is_announced_by_the_next_update(tmp_path: Path) -> None:
    training = in_ranks(tmp_path)
    training.prepared.ranks.wanted = lambda: True
    training.begin_epoch()
    data = training.prepared.dataset.train
    assert isinstance(data.x, Tensor)
    assert choose_stepper(training).step(data.x[:16], data.y[:16])
    assert training.prepared.ranks.announced


def test_speed_fast_is_said_to_be_none(tmp_path: Path) -> None:
    assert choose_stepper(in_ranks(tmp_path, speed="fast")).note == NOTE


def test_each_loss_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on a GPU: no rank may go on alone after one that is not finite."""
    monkeypatch.setattr("tui_lab.engine.state.training_state.watch_losses", None)
    assert isinstance(in_ranks(tmp_path).losses, CheckedLosses)


def test_only_own_rows_are_read(tmp_path: Path) -> None:
    read = rows_to_read(in_ranks(tmp_path, batch_size=6, accumulate=2))
    assert read is not None
    assert read(11).tolist() == [0, 1, 2, 6, 7]
    assert rows_to_read(Training(prepare(experiment(tmp_path)))) is None


def test_random_states_of_more_gpus_than_there_are_can_be_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkpoint of a larger machine."""
    training = Training(prepare(experiment(tmp_path)))
    state = training.capture()
    state["random"]["cuda"] = [torch.get_rng_state() for _ in range(4)]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    given: list[int] = []
    monkeypatch.setattr(torch.cuda, "set_rng_state_all", lambda states: given.append(len(states)))
    training.restore(state)
    assert given == [2]


def test_ranks_on_a_machine_share_its_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("tui_lab.engine.setup.threads._most", lambda: 8)
    monkeypatch.setattr("tui_lab.engine.setup.threads.current", lambda: Ranks(0, 4, 0, 4))
    before = torch.get_num_threads()
    try:
        large = plan(("linear 1000", "linear 1000"), experiment(tmp_path).hyperparameters, (4,), 1)
        assert choose_threads(large, 10_000) == 2
    finally:
        torch.set_num_threads(before)
