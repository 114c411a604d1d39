"""An edit at step k gives the losses of a plain loop that makes the change at k, bit for bit."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
import torch
from torch import nn, optim
from torch.optim import lr_scheduler

from tests.engine import plain
from tests.engine.helpers import ending, epochs, experiment, run_all, step_losses
from tests.engine.masks import CountingDropout
from tui_lab.engine.loop import run
from tui_lab.engine.native.stack import why_not
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.state.live_changes import CHANGES, check_complete
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.choose import choose_stepper
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.engine.steppers.native import NativeStepper
from tui_lab.experiment.catalogue import Value, catalogue, names_where
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Command, Edit, Undo
from tui_lab.protocol.events import Event
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import (
    CommandRefused,
    Edited,
    EditQueued,
    Superseded,
    Undone,
    Withdrawn,
)

K = 5  # the second step of the second epoch: 63 rows in batches of 16 are four steps


SLOW_STEPPERS = [pytest.param(name, marks=pytest.mark.slow) for name in ("compiled", "eager")]


@pytest.fixture(params=["by hand", *SLOW_STEPPERS], autouse=True)
def _stepper(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it with each stepper; the compiled one may round differently."""
    if request.param == "eager":
        monkeypatch.setattr("tui_lab.engine.loop.choose_stepper", EagerStepper)
    if request.param == "compiled":
        train = plain.train

        def roughly(*asked: Any) -> plain.Curves:
            curves = train(*asked)
            close = {name: pytest.approx(getattr(curves, name), rel=1e-4) for name in ("step", "val")}
            return replace(curves, **close)

        monkeypatch.setattr(plain, "train", roughly)
        monkeypatch.setattr(plain, "dropout", CountingDropout)
        monkeypatch.setattr("tui_lab.engine.loop.choose_stepper", compiled)


def compiled(training: Training, probed: Sequence[str] | None) -> EagerStepper:
    """The compiled stepper wherever it can be used."""
    fits = probed is None and not why_not(training.prepared, training.hyper)
    return NativeStepper(training) if fits else choose_stepper(training, probed)


def edited(asked: Experiment, *edits: tuple[int, str, Value]) -> list[Event]:
    """Run with edits made after the steps given."""
    plan = [Planned(step, Edit(name, value)) for step, name, value in edits]
    return list(run(prepare(asked), SimpleQueue(), interval_s=0, plan=plan))


def answers(events: list[Event], kind: type) -> list[object]:
    return [event for event in events if isinstance(event, kind)]


def assert_as_plain(asked: Experiment, name: str, value: Value, change: plain.Change, step: int = K) -> None:
    events = edited(asked, (step, name, value))
    length = value if name == "epochs" else asked.hyperparameters.epochs
    assert isinstance(length, int)
    curves = plain.train(asked, prepare(asked).dataset, length, {step: change})
    assert step_losses(events) == curves.step
    ended = epochs(events)
    assert [e.val_loss for e in ended] == curves.val
    assert [e.lr for e in ended] == curves.lr
    assert step_losses(events) != step_losses(run_all(asked)), "the edit did nothing"
    (told,) = answers(events, Edited)
    assert (told.step, told.name, told.new) == (step, name, value)  # type: ignore[attr-defined]


def grouped(**values: object) -> plain.Change:
    """Set something in the optimizer's groups."""

    def change(loop: plain.Loop) -> None:
        for group in loop.optimizer.param_groups:
            group.update(values)

    return change


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad"])
def test_the_learning_rate(tmp_path: Path, optimizer: str) -> None:
    asked = experiment(tmp_path, epochs=4, optimizer=optimizer)
    assert_as_plain(asked, "lr", 0.003, grouped(lr=0.003))


@pytest.mark.parametrize("schedule", ["step", "cosine", "plateau", "one_cycle"])
def test_the_learning_rate_scales_the_rest_of_a_schedule(tmp_path: Path, schedule: str) -> None:
    def change(loop: plain.Loop) -> None:
        for group in loop.optimizer.param_groups:
            for key in ("lr", "initial_lr", "max_lr", "min_lr"):
                if key in group:
                    group[key] *= 0.03 / 0.01

    asked = experiment(tmp_path, epochs=4, schedule=schedule, step_size=1)
    assert_as_plain(asked, "lr", 0.03, change)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_momentum(tmp_path: Path, optimizer: str) -> None:
    put = grouped(momentum=0.5) if optimizer == "sgd" else grouped(betas=(0.5, 0.999))
    assert_as_plain(experiment(tmp_path, epochs=4, optimizer=optimizer), "momentum", 0.5, put)


def test_momentum_that_rmsprop_had_not_begins_at_zero(tmp_path: Path) -> None:
    def change(loop: plain.Loop) -> None:
        grouped(momentum=0.5)(loop)
        for weight, state in loop.optimizer.state.items():
            state["momentum_buffer"] = torch.zeros_like(weight)

    asked = experiment(tmp_path, epochs=4, optimizer="rmsprop", momentum=0)
    assert_as_plain(asked, "momentum", 0.5, change)


def test_beta2(tmp_path: Path) -> None:
    assert_as_plain(experiment(tmp_path, epochs=4), "beta2", 0.9, grouped(betas=(0.9, 0.9)))


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad"])
def test_weight_decay(tmp_path: Path, optimizer: str) -> None:
    asked = experiment(tmp_path, epochs=4, optimizer=optimizer)
    assert_as_plain(asked, "weight_decay", 0.1, grouped(weight_decay=0.1))


def test_dropout(tmp_path: Path) -> None:
    def change(loop: plain.Loop) -> None:
        for module in loop.model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.6

    assert_as_plain(experiment(tmp_path, epochs=4, dropout=0.2), "dropout", 0.6, change)
    assert_as_plain(experiment(tmp_path, epochs=4, dropout=0), "dropout", 0.6, change)


def test_gradient_clipping(tmp_path: Path) -> None:
    def change(loop: plain.Loop) -> None:
        loop.clip = 0.05

    assert_as_plain(experiment(tmp_path, epochs=4, optimizer="sgd"), "grad_clip", 0.05, change)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_label_smoothing(tmp_path: Path, task: str) -> None:
    def change(loop: plain.Loop) -> None:
        loop.smoothing = 0.2

    assert_as_plain(experiment(tmp_path, task, epochs=4), "label_smoothing", 0.2, change)


def test_the_optimizer_begins_anew(tmp_path: Path) -> None:
    def change(loop: plain.Loop) -> None:
        loop.optimizer = optim.SGD(loop.model.parameters(), 0.01, momentum=0.9, fused=True)

    asked = experiment(tmp_path, epochs=4)
    assert_as_plain(asked, "optimizer", "sgd", change)
    (told,) = answers(edited(asked, (K, "optimizer", "sgd")), Edited)
    assert "reset" in told.note  # type: ignore[attr-defined]


def test_the_optimizer_changes_and_the_schedule_goes_on(tmp_path: Path) -> None:
    def change(loop: plain.Loop) -> None:
        old = loop.optimizer.param_groups[0]
        loop.optimizer = optim.SGD(loop.model.parameters(), old["lr"], momentum=0.9, fused=True)
        loop.optimizer.param_groups[0]["initial_lr"] = old["initial_lr"]
        assert loop.scheduler is not None
        loop.scheduler.optimizer = loop.optimizer

    asked = experiment(tmp_path, epochs=4, schedule="cosine")
    assert_as_plain(asked, "optimizer", "sgd", change)


SCHEDULES: dict[str, Callable[[optim.Optimizer], object]] = {
    "step": lambda o: lr_scheduler.StepLR(o, 1, 0.5),
    "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=3),
    "one_cycle": lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.01, total_steps=11, cycle_momentum=False),
    "plateau": lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=1),
}


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_begins_at_the_edit(tmp_path: Path, schedule: str) -> None:
    def change(loop: plain.Loop) -> None:
        loop.scheduler = SCHEDULES[schedule](loop.optimizer)  # type: ignore[assignment]

    asked = experiment(tmp_path, epochs=4, step_size=1, optimizer="sgd")
    if schedule == "plateau":  # it has to stop getting better
        asked = experiment(tmp_path, epochs=16, step_size=1, optimizer="adam", lr=0.3)
    assert_as_plain(asked, "schedule", schedule, change)


def test_a_schedule_ends_at_the_edit(tmp_path: Path) -> None:
    def change(loop: plain.Loop) -> None:
        loop.scheduler = None
        grouped(lr=0.01)(loop)

    asked = experiment(tmp_path, epochs=4, schedule="one_cycle")
    assert_as_plain(asked, "schedule", "constant", change)


def test_gamma_and_step_size_count_for_the_drops_to_come(tmp_path: Path) -> None:
    def gamma(loop: plain.Loop) -> None:
        loop.scheduler.gamma = 0.1  # type: ignore[union-attr]

    def size(loop: plain.Loop) -> None:
        loop.scheduler.step_size = 1  # type: ignore[union-attr]

    asked = experiment(tmp_path, epochs=4, schedule="step", step_size=2)
    assert_as_plain(asked, "gamma", 0.1, gamma)
    assert_as_plain(asked, "step_size", 1, size)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_more_epochs(tmp_path: Path, schedule: str) -> None:
    def change(loop: plain.Loop) -> None:
        if loop.scheduler is not None:
            loop.scheduler.T_max = 4  # type: ignore[union-attr]

    assert_as_plain(experiment(tmp_path, epochs=3, schedule=schedule), "epochs", 4, change)


def test_more_epochs_of_one_cycle(tmp_path: Path) -> None:
    def change(loop: plain.Loop) -> None:
        whole = lr_scheduler.OneCycleLR(
            optim.SGD([nn.Parameter(torch.zeros(1))], 0.01), 0.01, total_steps=16, cycle_momentum=False
        )
        rates = []
        for _ in range(16):
            rates.append(whole.get_last_lr()[0])
            whole.optimizer.step()
            whole.step()
        loop.rates = rates
        loop.optimizer.param_groups[0]["lr"] = rates[K]
        loop.scheduler = None

    assert_as_plain(experiment(tmp_path, epochs=3, schedule="one_cycle"), "epochs", 4, change)


def test_frozen_layers(tmp_path: Path) -> None:
    def change(loop: plain.Loop) -> None:
        for weight in next(m for m in loop.model if isinstance(m, nn.Linear)).parameters():
            weight.requires_grad_(False)
            weight.grad = None

    assert_as_plain(experiment(tmp_path, epochs=4, weight_decay=0.1), "frozen_layers", 1, change)


def test_thawed_layers_learn_again(tmp_path: Path) -> None:
    def change(loop: plain.Loop) -> None:
        for weight in loop.model.parameters():
            weight.requires_grad_(True)

    assert_as_plain(experiment(tmp_path, epochs=4, frozen_layers=1), "frozen_layers", 0, change)


def test_the_batch_size_changes_with_the_next_epoch(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=4)
    events = edited(asked, (K, "batch_size", 8))

    def change(loop: plain.Loop) -> None:
        loop.batch_size = 8

    curves = plain.train(asked, prepare(asked).dataset, 4, {8: change})
    assert step_losses(events) == curves.step
    (queued,), (told,) = answers(events, EditQueued), answers(events, Edited)
    assert (queued.step, queued.value) == (K, 8)  # type: ignore[attr-defined]
    assert (told.step, told.epoch, told.old, told.new, told.steps_per_epoch) == (8, 2, 16, 8, 8)  # type: ignore[attr-defined]


def test_patience(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=50, lr=1.0, optimizer="sgd", momentum=0.0)
    bests = [e.epoch for e in epochs(run_all(asked)) if e.best]
    patient = run_all(experiment(tmp_path, epochs=50, lr=1.0, optimizer="sgd", momentum=0.0, patience=2))
    events = edited(asked, (1, "patience", 2))
    assert bests
    assert len(epochs(events)) == len(epochs(patient)) < 50
    assert ending(events) == ending(patient)


def test_a_live_hyperparameter_without_a_change_is_an_error_at_import() -> None:
    live = names_where(lambda knob: knob.live)
    check_complete(live, CHANGES)
    for wrong in ((*live, "new_one"), live[1:]):
        with pytest.raises(TypeError, match=r"new_one|lr"):
            check_complete(wrong, CHANGES)


def test_every_live_hyperparameter_has_a_test_here() -> None:
    live = {name for name, item in catalogue().items() if item.knob.live}
    assert live == {
        "lr", "momentum", "beta2", "weight_decay", "dropout", "grad_clip", "label_smoothing", "optimizer",
        "schedule", "gamma", "step_size", "epochs", "batch_size", "patience", "frozen_layers",
        "max_minutes",  # in test_time_limit.py
        "transfer_lr_factor",  # in test_transfer.py
        "ema_decay",  # in test_weight_average.py
        "precision",  # in test_precision.py
        "accumulate",  # in test_accumulate.py
        "speed",  # in test_speed.py
        "flip", "rotation", "crop", "color_jitter",  # in test_images.py
    }  # fmt: skip


REFUSED: list[tuple[str, Value, str]] = [
    ("lr", 0.0, "greater than 0"),
    ("lr", -1.0, "greater than 0"),
    ("lr", float("nan"), "finite"),
    ("lr", float("inf"), "finite|less than"),
    ("lr", 1e30, "less than"),
    ("lr", "abc", "number"),
    ("lr", 0.01, "already"),
    ("momentum", 1.0, "less than 1"),
    ("beta2", 1.0, "less than 1"),
    ("weight_decay", -0.1, "greater than or equal to 0"),
    ("dropout", 1.0, "less than 1"),
    ("batch_size", 0, "greater than or equal to 1"),
    ("epochs", 1, "1 are already done"),
    ("epochs", True, "integer"),
    ("epochs", 1.5, "integer"),
    ("optimizer", "lion", "sgd"),
    ("frozen_layers", 2, "at most 1"),
    ("label_smoothing", 0.1, "classification"),
    ("seed", 1, "fork"),
    ("activation", "tanh", "fork"),
    ("learning_rate", 0.1, "not a hyperparameter"),
    ("\x1b[31m", 0.1, "not a hyperparameter"),
]


@pytest.mark.parametrize(("name", "value", "why"), REFUSED)
def test_an_edit_that_cannot_be_changes_nothing_and_says_why(
    tmp_path: Path, name: str, value: Value, why: str
) -> None:
    asked = experiment(tmp_path, epochs=3)
    events = edited(asked, (K, name, value))
    (refused,) = answers(events, CommandRefused)
    assert isinstance(refused, CommandRefused)
    assert not answers(events, Edited)
    assert refused.step == K
    assert re.search(why, refused.why), refused.why
    assert "\x1b" not in refused.why + refused.name + refused.value
    assert step_losses(events) == step_losses(run_all(asked))


def test_what_a_network_has_not_cannot_be_edited(tmp_path: Path) -> None:
    asked = experiment(tmp_path, layers=("linear 8", "activation"))
    (refused,) = answers(edited(asked, (K, "dropout", 0.5)), CommandRefused)
    assert "no dropout layer" in refused.why  # type: ignore[attr-defined]
    normed = experiment(tmp_path, batch_norm=True)
    (refused,) = answers(edited(normed, (K, "batch_size", 1)), CommandRefused)
    assert "batch norm" in refused.why  # type: ignore[attr-defined]


def test_a_queued_edit_can_be_withdrawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_lab.engine.steppers.native._CALL", 1)  # the edits come between two steps
    asked = experiment(tmp_path, epochs=4)
    for last in (Edit("batch_size", 16), Undo()):
        commands: SimpleQueue[Command] = SimpleQueue()
        events: list[Event] = []
        for event in run(prepare(asked), commands, interval_s=0):
            events.append(event)
            if getattr(event, "step", 0) == K and event.kind == "measured":
                commands.put(Edit("batch_size", 8))
                commands.put(last)
        assert answers(events, EditQueued)
        assert not answers(events, Edited) + answers(events, Undone)
        assert answers(events, Withdrawn) == [Withdrawn(K, "batch_size", 8)]
        assert not answers(events, CommandRefused)
        assert step_losses(events) == step_losses(run_all(asked))


def test_a_run_that_was_given_more_epochs_after_its_end_is_repeated_in_one_go(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=3)
    events = edited(asked, (12, "epochs", 5))
    assert step_losses(events) == step_losses(run_all(experiment(tmp_path, epochs=5)))


def by_hand(asked: Experiment, value: float, *planned: tuple[int, str, Value]) -> list[Event]:
    """A run with edits to make again, as after a resume, and one made by hand before the first step."""
    commands: SimpleQueue[Command] = SimpleQueue()
    commands.put(Edit("lr", value))
    plan = [Planned(step, Edit(name, value)) for step, name, value in planned]
    return list(run(prepare(asked), commands, interval_s=0, plan=plan))


def test_an_edit_by_hand_replaces_those_that_were_to_be_made_again(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=4)
    events = by_hand(asked, 0.05, (K, "lr", 0.02), (K, "weight_decay", 0.01), (7, "lr", 0.03))
    made = [(e.step, e.name, e.new) for e in events if isinstance(e, Edited)]
    assert made == [(0, "lr", 0.05), (K, "weight_decay", 0.01)]
    replaced = [Superseded(0, "lr", 0.02, K), Superseded(0, "lr", 0.03, 7)]
    assert answers(events, Superseded) == replaced


def test_the_value_of_now_set_by_hand_stays_though_another_was_to_be_made_again(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=4)
    lr = asked.hyperparameters.lr
    events = by_hand(asked, lr, (K, "lr", 0.02))
    assert answers(events, Superseded) == [Superseded(0, "lr", 0.02, K)]
    assert not answers(events, Edited) and not answers(events, CommandRefused)


def test_an_edit_that_is_refused_replaces_nothing(tmp_path: Path) -> None:
    events = by_hand(experiment(tmp_path, epochs=4), -1.0, (K, "lr", 0.02))
    assert not answers(events, Superseded)
    assert [(e.step, e.new) for e in events if isinstance(e, Edited)] == [(K, 0.02)]


def test_a_reason_that_is_too_long_is_refused_with_its_edit(tmp_path: Path) -> None:
    plan = [Planned(K, Edit("lr", 0.02, "x" * 501)), Planned(K, Edit("lr", 0.03, "x" * 500))]
    events = list(run(prepare(experiment(tmp_path)), SimpleQueue(), interval_s=0, plan=plan))
    (refused,) = answers(events, CommandRefused)
    assert "longer than 500" in refused.why  # type: ignore[attr-defined]
    assert [(e.new, e.why) for e in events if isinstance(e, Edited)] == [(0.03, "x" * 500)]
