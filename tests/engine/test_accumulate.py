"""Gradient accumulation against a plain loop, bit for bit, and against one large batch, up to rounding."""

from itertools import chain
from pathlib import Path
from queue import SimpleQueue

import pytest
import torch

from tests.engine import plain
from tests.engine.helpers import ending, epochs, experiment, run_all, step_losses
from tui_lab.data.batches import batch_sizes, grouped
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import prepare
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Advance, Command, Edit, Look
from tui_lab.protocol.events import Event, ModelBuilt, Warned
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import Edited, EditQueued, ForwardProbed, StepProbed

pytestmark = pytest.mark.slow

NEARLY = 1e-4
TASKS: dict[str, dict[str, object]] = {
    "regression": {"optimizer": "sgd", "grad_clip": 0.05, "schedule": "one_cycle"},
    "binary": {"dropout": 0.3, "label_smoothing": 0.1, "ema_decay": 0.5},
    "multiclass": {"batch_norm": True, "schedule": "cosine", "optimizer": "rmsprop"},
}


def small(folder: Path, task: str, **hyper: object) -> Experiment:
    return experiment(folder, task, **{"epochs": 4, "batch_size": 8} | hyper)  # type: ignore[arg-type]


def assert_as_plain(asked: Experiment, events: list[Event], changes: dict[int, plain.Change]) -> None:
    curves = plain.train(asked, prepare(asked).dataset, asked.hyperparameters.epochs, changes)
    assert step_losses(events) == curves.step
    assert [e.val_loss for e in epochs(events)] == curves.val
    assert [e.lr for e in epochs(events)] == curves.lr
    # The mean over the rows of the epoch, which the engine adds up update by update.
    assert [e.train_loss for e in epochs(events)] == curves.train


@pytest.mark.parametrize("accumulate", [3, 4, 100])
@pytest.mark.parametrize("task", TASKS)
def test_an_update_is_made_from_several_batches_as_in_a_plain_loop(
    tmp_path: Path, task: str, accumulate: int
) -> None:
    asked = small(tmp_path, task, accumulate=accumulate, **TASKS[task])
    events = run_all(asked)
    assert_as_plain(asked, events, {})
    steps = {3: 3, 4: 2, 100: 1}[accumulate]  # 63 rows in batches of 8 are eight
    assert len(step_losses(events)) == 4 * steps
    (built,) = (event for event in events if isinstance(event, ModelBuilt))
    assert built.steps_per_epoch == steps
    too_many = [
        event.message for event in events if isinstance(event, Warned) and "accumulate" in event.message
    ]
    assert too_many == (
        ["accumulate 100 is more than the 8 batches of an epoch: one update per epoch"]
        if accumulate == 100
        else []
    )
    assert [len(e.train_metrics) > 0 for e in epochs(events)] == [True] * 4


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_four_batches_of_8_train_as_one_of_32(tmp_path: Path, task: str) -> None:
    hyper: dict[str, object] = {"optimizer": "sgd", "grad_clip": 1.0, "schedule": "one_cycle", "epochs": 6}
    accumulated = run_all(small(tmp_path, task, accumulate=4, **hyper))
    whole = run_all(small(tmp_path, task, batch_size=32, **hyper))
    assert len(step_losses(accumulated)) == 12
    assert step_losses(accumulated) == pytest.approx(step_losses(whole), rel=NEARLY)
    for one, other in zip(epochs(accumulated), epochs(whole), strict=True):
        assert (one.train_loss, one.val_loss) == pytest.approx((other.train_loss, other.val_loss), rel=NEARLY)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(("begun", "value"), [(1, 4), (4, 1), (2, 3)])
def test_it_changes_with_the_next_epoch(tmp_path: Path, task: str, begun: int, value: int) -> None:
    hyper = TASKS[task] | {"schedule": "constant"}
    asked = small(tmp_path, task, accumulate=begun, **hyper)
    at, per_epoch = 1, -(-8 // begun)
    plan = [Planned(at, Edit("accumulate", value))]
    events = list(run(prepare(asked), SimpleQueue(), interval_s=0, plan=plan))

    def change(loop: plain.Loop) -> None:
        loop.accumulate = value

    assert_as_plain(asked, events, {per_epoch: change})
    (queued,) = (event for event in events if isinstance(event, EditQueued))
    (edited,) = (event for event in events if isinstance(event, Edited))
    assert (queued.step, queued.value) == (at, value)
    assert (edited.step, edited.epoch, edited.steps_per_epoch) == (per_epoch, 1, -(-8 // value))


def test_the_batches_of_all_groups_are_those_of_the_epoch() -> None:
    for rows in range(1, 40):
        for size in range(2, 9):
            for no_single in (False, True):
                sizes = batch_sizes(rows, min(size, rows), no_single=no_single)
                for count in (1, 2, 3, 5, 50):
                    groups = grouped(sizes, count)
                    again = [batch_sizes(group, size, no_single=no_single) for group in groups]
                    assert list(chain(*again)) == sizes, (rows, size, count)
                    assert all(len(group) == count for group in again[:-1])


def test_a_loss_that_is_not_finite_ends_the_run_before_its_update(tmp_path: Path) -> None:
    asked = small(tmp_path, "regression", accumulate=3, optimizer="sgd", lr=100.0, momentum=0.0)
    events = run_all(asked)
    assert ending(events).status == "diverged"
    assert not any(torch.isnan(torch.tensor(loss)) for loss in step_losses(events)[:-1])


def test_a_single_step_is_measured_and_a_look_shows_one_batch(tmp_path: Path) -> None:
    asked = small(tmp_path, "regression", accumulate=4)
    commands: SimpleQueue[Command] = SimpleQueue()
    for command in (Look(), Advance("step")):
        commands.put(command)
    found: list[Event] = []
    for event in run(prepare(asked), commands, interval_s=0):
        if isinstance(event, ForwardProbed | StepProbed):
            found.append(event)
        if isinstance(event, StepProbed):
            break
    look, probe = found
    assert isinstance(look, ForwardProbed)
    assert look.layers[0].shape == (8, 4)
    assert isinstance(probe, StepProbed)
    assert probe.loss == step_losses(run_all(asked))[0]
    assert probe.gradient > 0
