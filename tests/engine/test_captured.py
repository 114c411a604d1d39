"""Recorded updates: the bits of the eager step, through edits, undo and resume, and what cannot be recorded.

There need not be a GPU. What stands in for a CUDA graph notes the operations of an update and runs them
again: as in a graph, every number that Python computed stays what it was.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from tests.engine.helpers import epochs, experiment, run_all, step_losses
from tests.engine.test_edits import edited
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.state.step_losses import LatchedLosses
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.captured import CapturedStepper, Results
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.events import Event, Warned

pytestmark = pytest.mark.slow
DEEP = ("linear 8", "activation", "dropout", "linear 5", "activation")


class Log(TorchDispatchMode):
    """Notes every operation with what it was given and gave."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[tuple[Any, Any, Any, Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        found = func(*args, **given)
        self.entries.append((func, args, given, found))
        return found

    def again(self) -> dict[int, Tensor]:
        """Run them; returns by what each tensor of then is replaced."""
        new: dict[int, Tensor] = {}

        def now(value: Any) -> Any:
            return new.get(id(value), value)

        for func, args, kwargs, found in self.entries:
            result = func(*tree_map(now, args), **tree_map(now, kwargs))
            for old, made in zip(tree_leaves(found), tree_leaves(result), strict=True):
                new[id(old)] = made
        return new


class Traced:
    """Operations run again from a log; `replays` counts how often."""

    replays = 0

    def __init__(
        self, everything: Callable[[], list[Tensor]], restore: Callable[[list[Tensor]], None]
    ) -> None:
        self._everything, self._restore = everything, restore

    def eager(self) -> AbstractContextManager[None]:
        return nullcontext()

    def record(self, work: Callable[[], Results]) -> tuple[Callable[[], None], Results]:
        before = self._everything()
        with Log() as log:
            outputs, loss = work()
        self._restore(before)  # the log is of work that was done; a GPU only records it
        results = torch.empty_like(outputs), torch.empty_like(loss)

        @torch.no_grad()
        def replay() -> None:
            Traced.replays += 1
            new = log.again()
            for kept, found in zip(results, (outputs, loss), strict=True):
                kept.copy_(new[id(found)])

        return replay, results

    def random_state(self) -> Tensor:
        return torch.get_rng_state()

    def set_random_state(self, state: Tensor) -> None:
        torch.set_rng_state(state)


def traced(training: Training, probed: Sequence[str] | None = None) -> EagerStepper:
    losses = training.losses
    if probed is not None or not isinstance(losses, LatchedLosses):
        return EagerStepper(training, probed)
    stepper = CapturedStepper(training, losses, Traced(list, lambda _: None))
    stepper._recorder = Traced(stepper._everything, stepper._restore)
    return stepper


@pytest.fixture(autouse=True)
def latched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses as on a GPU."""
    Traced.replays = 0

    def watch(optimizer: torch.optim.Optimizer, device: torch.device, steps: int) -> Any:
        return LatchedLosses(optimizer, device, steps)

    monkeypatch.setattr("tui_lab.engine.state.training_state.watch_losses", watch)


def by(stepper: Callable[..., EagerStepper], train: Callable[[], list[Event]]) -> tuple[object, ...]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tui_lab.engine.loop.choose_stepper", stepper)
        events = train()
    assert not [e.message for e in events if isinstance(e, Warned) and "CUDA graph" in e.message]
    return step_losses(events), [(e.train_loss, e.val_loss, e.metrics, e.lr) for e in epochs(events)]


TASKS = ("regression", "binary", "multiclass", "regression")
HYPER: list[dict[str, Any]] = [
    {"optimizer": "sgd", "momentum": 0.0},
    {"optimizer": "sgd", "dropout": 0.3, "schedule": "one_cycle", "ema_decay": 0.5},
    {"optimizer": "adam", "dropout": 0.3, "batch_norm": True, "grad_clip": 0.1},
    {"optimizer": "adamw", "weight_decay": 0.1, "schedule": "cosine", "frozen_layers": 1},
]


@pytest.mark.parametrize(("hyper", "task"), list(zip(HYPER, TASKS, strict=True)))
def test_a_recorded_run_has_the_bits_of_the_eager_step(
    tmp_path: Path, task: Task, hyper: dict[str, Any]
) -> None:
    asked = experiment(tmp_path, task, DEEP, epochs=6, **hyper)
    assert by(traced, lambda: run_all(asked)) == by(EagerStepper, lambda: run_all(asked))
    assert Traced.replays > 12, "most of the 24 updates, those of the last batch of an epoch among them"


EDITS: list[tuple[str, Value]] = [
    ("lr", 0.003), ("momentum", 0.5), ("beta2", 0.9), ("weight_decay", 0.1), ("dropout", 0.6),
    ("grad_clip", 0.05), ("label_smoothing", 0.2), ("optimizer", "sgd"), ("schedule", "one_cycle"),
    ("frozen_layers", 1), ("ema_decay", 0.9), ("precision", "bf16"), ("epochs", 7), ("batch_size", 8),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), EDITS, ids=lambda value: str(value))
def test_no_number_stays_as_it_was_recorded_after_an_edit(tmp_path: Path, name: str, value: Value) -> None:
    asked = experiment(tmp_path, "multiclass", DEEP, epochs=6, dropout=0.2)
    found = by(traced, lambda: edited(asked, (9, name, value)))
    assert found == by(EagerStepper, lambda: edited(asked, (9, name, value)))
    assert found != by(EagerStepper, lambda: run_all(asked))


def test_a_rate_that_changes_at_every_step_is_read_by_the_recording(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=6, schedule="one_cycle")
    constant = experiment(tmp_path, epochs=6)
    assert by(traced, lambda: run_all(asked)) != by(traced, lambda: run_all(constant))
    assert Traced.replays


def test_from_a_loss_that_is_not_finite_on_no_replay_changes_a_weight(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=50, lr=0.5, optimizer="sgd", momentum=0.99)

    def ended(stepper: Callable[..., EagerStepper]) -> tuple[object, ...]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tui_lab.engine.loop.choose_stepper", stepper)
            prepared = prepare(asked)
            events = run_all(prepared)
        return events[-1], [weight.tolist() for weight in prepared.network.parameters()]

    assert ended(traced) == ended(EagerStepper)
    assert Traced.replays


@pytest.mark.parametrize("fault", ["other numbers", "cannot be recorded"])
def test_what_cannot_be_recorded_is_trained_eagerly_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    record = Traced.record

    def wrong(traced: Traced, work: Callable[[], Results]) -> Any:
        if fault == "cannot be recorded":
            raise RuntimeError("operation not permitted when stream is capturing\nand more")
        replay, results = record(traced, work)
        return lambda: (replay(), results[1].add_(1e-7)), results

    asked: Experiment = experiment(tmp_path, epochs=6, dropout=0.3)
    monkeypatch.setattr("tui_lab.engine.loop.choose_stepper", EagerStepper)
    wanted = step_losses(run_all(asked))
    monkeypatch.setattr(Traced, "record", wrong)
    monkeypatch.setattr("tui_lab.engine.loop.choose_stepper", traced)
    events = run_all(asked)
    (note,) = (event.message for event in events if isinstance(event, Warned))
    assert note.startswith("updates are launched kernel by kernel, not as a CUDA graph: ")
    assert ("stream is capturing" in note) == (fault == "cannot be recorded")
    assert "and more" not in note
    assert step_losses(events) == wanted
