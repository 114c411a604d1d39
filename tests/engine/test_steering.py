"""Pause, single steps, undo, forks, replays: what is done to a run can be done again, and undone."""

import os
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.helpers import ending, epochs, experiment, run_all, step_losses
from tui_lab.engine.checkpoints.last_good import ResumePoint, last_good
from tui_lab.engine.checkpoints.saver import Saver
from tui_lab.engine.checkpoints.undo_stack import UndoStack
from tui_lab.engine.diagnostics.activations import look_inside
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import Prepared, prepare
from tui_lab.engine.state.training_state import Training
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Advance, Checkpoint, Command, Edit, Look, Pause, Resume, Stop, Undo
from tui_lab.protocol.events import CheckpointSaved, EpochEnded, Event, Measured, Record, Tested
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import (
    Advancing,
    CommandRefused,
    Continued,
    Edited,
    EditQueued,
    ForwardProbed,
    Paused,
    StepProbed,
    Undone,
    Withdrawn,
)
from tui_lab.protocol.view import RunView

Driver = Callable[[Event], list[Command]]


def driven(asked: Experiment | Prepared, driver: Driver, **how: object) -> list[Event]:
    """Run with a driver who answers each event with commands; a paused run waits for them."""
    prepared = prepare(asked) if isinstance(asked, Experiment) else asked
    commands: SimpleQueue[Command] = SimpleQueue()
    events: list[Event] = []
    for event in run(prepared, commands, interval_s=0, **how):  # type: ignore[arg-type]
        events.append(event)
        for command in driver(event):
            commands.put(command)
    return events


def at(wanted: dict[int, list[Command]]) -> Driver:
    """Give commands once the step has been told for the first time."""
    due = dict(wanted)
    return lambda event: due.pop(event.step, []) if isinstance(event, Measured) else []


def view_of(events: list[Event]) -> RunView:
    view = RunView()
    for seq, event in enumerate(events, 1):
        view.apply(Record(seq, float(seq), event))
    return view


def of(events: list[Event], *kinds: type) -> list[Event]:
    return [event for event in events if isinstance(event, kinds)]


def counted(events: list[Event]) -> list[float]:
    """The step losses that count in the end."""
    return [loss for _, loss in view_of(events).step_losses]


def test_a_paused_run_makes_no_step_until_it_is_told_and_nothing_is_changed_by_it(tmp_path: Path) -> None:
    asked = experiment(tmp_path, dropout=0.3)
    said: list[str] = []

    def driver(event: Event) -> list[Command]:
        if isinstance(event, Measured) and event.step == 5 and not said:
            said.append("pause")
            return [Pause()]
        if isinstance(event, Paused):
            assert event.step == 5
            return [Advance("step")]
        if isinstance(event, StepProbed):
            said.append(f"probed {event.step}")
            return [Advance("step")] if event.step < 7 else [Advance("epoch")]
        if event.kind == "epoch_ended" and event.epoch == 2:
            return [Pause(), Resume()]
        return []

    events = driven(asked, driver)
    assert said == ["pause", "probed 6", "probed 7"]
    assert step_losses(events) == step_losses(run_all(asked))
    assert [e.val_loss for e in epochs(events)] == [e.val_loss for e in epochs(run_all(asked))]
    assert isinstance(of(events, CommandRefused)[0], CommandRefused), "it was paused already"
    assert len(of(events, Continued)) == 1


def test_a_step_asked_for_while_training_pauses_after_it(tmp_path: Path) -> None:
    def driver(event: Event) -> list[Command]:
        if isinstance(event, StepProbed):
            return [Stop(test=False)]
        return [Advance("step")] if isinstance(event, Measured) and event.step == 3 else []

    events = driven(experiment(tmp_path), driver)
    assert [e.step for e in of(events, StepProbed)] == [4]  # type: ignore[attr-defined]
    assert view_of(events).step == 4


def test_the_losses_of_an_epoch_made_by_hand_are_told_before_the_run_pauses(tmp_path: Path) -> None:
    commands: SimpleQueue[Command] = SimpleQueue()
    commands.put(Advance("epoch"))
    told: list[int] = []
    for event in run(prepare(experiment(tmp_path)), commands, interval_s=1000):
        if isinstance(event, Measured):
            told += [step for step, _ in event.series["loss"]]
        if isinstance(event, EpochEnded):
            assert told == list(range(1, event.step + 1))
            commands.put(Stop(test=False))
    assert told


def test_a_pause_and_an_undo_break_off_an_epoch_made_by_hand(tmp_path: Path) -> None:
    """An undo in the middle of it brings the run back and leaves it there, paused."""
    place: list[int] = []

    def driver(event: Event) -> list[Command]:
        match event:
            case Measured(step=1):
                return [Edit("lr", 0.02), Advance("epoch")]
            case Paused() if len(place) < 2:
                return [Advance("epoch")] if place else []
            case Advancing():
                place.append(event.step)
                return []
            case Measured(step=2):
                return [Pause()]
            case Measured(step=3):
                return [Undo()]
            case Undone():
                return [Pause()]
            case CommandRefused():
                return [Stop(test=False)]
        return []

    events = driven(experiment(tmp_path), driver)
    assert [e.why for e in of(events, CommandRefused)] == ["the run is already paused"]  # type: ignore[attr-defined]
    assert [(e.kind, e.step) for e in of(events, Advancing, Paused, Undone)] == [  # type: ignore[attr-defined]
        ("paused", 1), ("advancing", 1), ("paused", 2), ("advancing", 2), ("undone", 1),
    ]  # fmt: skip
    assert view_of(events).step == 1


def test_a_look_inside_tells_every_layer_and_changes_nothing(tmp_path: Path) -> None:
    layers = ("linear 8", "batch_norm", "relu", "dropout 0.5", "linear 4")
    asked = experiment(tmp_path, "multiclass", layers)

    def driver(event: Event) -> list[Command]:
        return [Look()] if isinstance(event, Measured) and event.step in (1, 5, 6) else []

    events = driven(asked, driver)
    looks = [event for event in events if isinstance(event, ForwardProbed)]
    assert len(looks) == 3
    assert counted(events) == step_losses(run_all(asked))
    assert [e.val_loss for e in epochs(events)] == [e.val_loss for e in epochs(run_all(asked))]
    first = looks[0]
    assert [layer.layer for layer in first.layers] == [
        "input", "1 linear 8", "2 batch_norm", "3 relu", "4 dropout 0.5", "5 linear 4", "6 linear 3",
    ]  # fmt: skip
    assert [layer.shape for layer in first.layers] == [(16, 4), *[(16, 8)] * 4, (16, 4), (16, 3)]
    assert {(layer.dtype, layer.device) for layer in first.layers} == {("float32", "cpu")}
    relu, dropped = first.layers[3], first.layers[4]
    assert relu.low == 0 < relu.mean < relu.high
    assert 0 < relu.zeros < 1
    assert (dropped.low, dropped.mean, dropped.zeros) == (relu.low, relu.mean, relu.zeros), (
        "nothing is dropped"
    )


def test_a_look_tells_what_torch_computes(tmp_path: Path) -> None:
    prepared = prepare(experiment(tmp_path))
    x = prepared.dataset.train.x[:16]
    found = look_inside(prepared.network, ["a", "b", "c", "d"], x, 7, 1)
    with torch.no_grad():
        hidden = prepared.network[0](x)
    assert found.layers[1].low == hidden.min().item()
    assert found.layers[1].mean == pytest.approx(hidden.mean().item())
    assert found.layers[1].high == hidden.max().item()
    assert prepared.network.training
    assert (found.step, found.epoch) == (7, 1)


def test_a_probe_measures_what_the_step_did(tmp_path: Path) -> None:
    asked = experiment(tmp_path, optimizer="sgd", momentum=0.0, lr=0.1, epochs=1)
    plain = prepare(asked)
    training = Training(plain)
    weights = [w.detach().clone() for w in plain.network.parameters()]
    order = torch.Generator().manual_seed(0)
    chosen = torch.randperm(len(plain.dataset.train), generator=order)[:16]
    plain.network.train()
    loss = training.criterion(plain.network(plain.dataset.train.x[chosen]), plain.dataset.train.y[chosen])
    loss.backward()
    gradients = [w.grad for w in plain.network.parameters()]

    commands: SimpleQueue[Command] = SimpleQueue()
    commands.put(Advance("step"))
    told = next(e for e in run(prepare(asked), commands, interval_s=0) if isinstance(e, StepProbed))
    assert told.loss == loss.item()
    first = told.layers[0]
    norm = torch.cat([g.flatten() for g in gradients[:2]]).norm().item()
    assert first.layer == "1 linear 8"
    assert first.gradient == pytest.approx(norm, rel=1e-5)
    assert first.weight == pytest.approx(
        torch.cat([w.flatten() for w in weights[:2]]).norm().item(), rel=1e-5
    )
    assert first.update == pytest.approx(0.1 * norm, rel=1e-3)
    assert told.gradient == pytest.approx(torch.cat([g.flatten() for g in gradients]).norm().item(), rel=1e-5)


def state_bytes(training: Training) -> list[bytes]:
    return [w.detach().numpy().tobytes() for w in training.network.state_dict().values()]


def test_undo_goes_back_to_just_before_the_edit_and_the_run_goes_on_from_there(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=4, dropout=0.3, schedule="cosine")
    for name, value in (("lr", 1.0), ("optimizer", "sgd"), ("dropout", 0.7), ("schedule", "step")):
        events = driven(asked, at({6: [Edit(name, value)], 11: [Undo()]}))
        (undone,) = of(events, Undone)
        assert isinstance(undone, Undone)
        assert (undone.step, undone.from_step, undone.name, undone.edits) == (6, 11, name, 0)
        assert counted(events) == step_losses(run_all(asked)), name
        view = view_of(events)
        assert view.edits == []
        assert view.hyper == asked.hyperparameters
        assert [step for step, _ in view.undone[0].step_losses] == [7, 8, 9, 10, 11]
        assert [e.val_loss for e in view.history] == [e.val_loss for e in epochs(run_all(asked))]


def test_several_levels_are_undone_one_by_one(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=4)
    steps = {3: [Edit("lr", 0.02)], 5: [Edit("momentum", 0.5)], 6: [Edit("batch_size", 8)], 12: [Undo()]}
    events = driven(asked, at({**steps, 14: [Undo()]}))
    first, second = (e for e in events if isinstance(e, Undone))
    assert (first.name, first.step, second.name, second.step) == ("batch_size", 8, "momentum", 5)
    only = driven(asked, at({3: [Edit("lr", 0.02)]}))
    assert counted(events) == counted(only)


def test_undo_takes_back_the_latest_wish_whether_it_waits_or_is_in_force(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=4)
    queue: list[Command] = [Edit("batch_size", 8), Edit("lr", 0.5), Undo(), Undo(), Undo()]
    answered = of(driven(asked, at({5: queue})), EditQueued, Edited, Undone, Withdrawn, CommandRefused)
    assert [event.kind for event in answered] == [
        "edit_queued", "edited", "undone", "withdrawn", "command_refused"
    ]  # fmt: skip


def test_what_is_asked_after_the_last_step_is_answered(tmp_path: Path) -> None:
    asked = experiment(tmp_path)
    late: list[Command] = [Edit("lr", 0.5), Checkpoint(), Look(), Stop()]
    events = driven(asked, lambda event: late if event.kind == "tested" else [])
    assert [e.command for e in of(events, CommandRefused)] == ["edit", "checkpoint", "look"]  # type: ignore[attr-defined]
    assert ending(events).status == "finished"


def test_an_undone_edit_that_had_waited_for_its_epoch_does_not_come_back_with_an_earlier_undo(
    tmp_path: Path,
) -> None:
    asked = experiment(tmp_path, epochs=5)
    wanted: dict[int, list[Command]] = {
        5: [Edit("batch_size", 8)], 6: [Edit("lr", 0.003)], 10: [Undo(), Undo()]
    }  # fmt: skip
    events = driven(asked, at(wanted))
    assert [event.name for event in of(events, Edited)] == ["lr", "batch_size"]  # type: ignore[attr-defined]
    assert [event.step for event in of(events, Undone)] == [8, 6]  # type: ignore[attr-defined]
    assert epochs(events)[-1].step == 20, "five epochs of four steps: the batch size is the old one"


def test_there_is_nothing_to_undo_before_the_first_edit(tmp_path: Path) -> None:
    events = driven(experiment(tmp_path), at({2: [Undo()]}))
    (refused,) = of(events, CommandRefused)
    assert "no edit" in refused.why  # type: ignore[attr-defined]


def test_states_beyond_the_budget_go_to_the_disk_and_come_back(tmp_path: Path) -> None:
    training = Training(prepare(experiment(tmp_path)))
    stack = UndoStack(tmp_path, torch.device("cpu"), budget_bytes=1)
    for step in range(4):
        training.step = step
        state = {**training.capture(), "network": {"w": torch.full((3,), float(step))}}
        stack.push(Edited(step, 0, "lr", 0.1, 0.2, 4), state)
    assert len(list(tmp_path.glob("undo-*.pt"))) == 3
    for step in (3, 2):
        edited, state = stack.pop()
        assert (edited.step, state["step"], state["network"]["w"].tolist()) == (step, step, [step] * 3)
    next(tmp_path.glob("undo-000002.pt")).write_bytes(b"changed")
    with pytest.raises(InputError, match="lost"):
        stack.pop()
    stack.close()
    assert not list(tmp_path.glob("undo-*.pt"))


def test_an_edited_run_that_is_resumed_goes_on_as_if_never_stopped(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=5, dropout=0.3, schedule="one_cycle")
    edits = {
        3: [Edit("lr", 0.05)],
        6: [Edit("batch_size", 8)],
        9: [Edit("optimizer", "sgd")],
        14: [Edit("epochs", 6)],
    }
    whole = driven(asked, at(edits))
    for stop in (4, 7, 8, 10, 17, 20):
        folder = tmp_path / str(stop)
        saver = Saver(folder, every_s=1e9)
        before = driven(asked, at({**edits, stop: [*edits.get(stop, []), Stop(test=False)]}), saver=saver)
        saved = [e for e in before if isinstance(e, CheckpointSaved)]
        prepared = prepare(asked)
        point = last_good(folder, saved, prepared.device)
        later = {step: given for step, given in edits.items() if step > stop}
        after = driven(prepared, at(later), resume=point)
        assert counted(before + after) == counted(whole), stop
        assert view_of(before + after).hyper == view_of(whole).hyper


def test_a_fork_keeps_weights_and_optimizer_and_goes_its_own_way(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=4, dropout=0.3)
    saver = Saver(tmp_path / "parent", every_s=1e9)
    parent = driven(asked, at({6: [Checkpoint()]}), saver=saver)
    kept = next(e for e in parent if isinstance(e, CheckpointSaved) and e.reason == "asked")

    def fork(**changes: object) -> list[Event]:
        child = experiment(tmp_path, **{"epochs": 4, "dropout": 0.3, **changes})  # type: ignore[arg-type]
        prepared = prepare(child)
        point = last_good(tmp_path / "parent", [kept], prepared.device)
        return driven(prepared, at({}), resume=ResumePoint(point.file, point.state, fork=True))

    assert step_losses(fork()) == step_losses(parent)[6:], "the same choices give the same losses"
    assert step_losses(fork(lr=0.1)) == counted(driven(asked, at({6: [Edit("lr", 0.1)]})))[6:]
    other = step_losses(fork(seed=5))
    assert len(other) == len(step_losses(parent)) - 6
    assert other != step_losses(parent)[6:]


def test_the_best_epoch_of_a_fork_is_its_own_and_its_patience_too(tmp_path: Path) -> None:
    """Also of one that never gets as good as its parent was: what is tested is what it came to."""
    asked = experiment(tmp_path, epochs=4)
    parent = prepare(asked)
    saver = Saver(tmp_path / "parent", every_s=1e9)
    kept = of(driven(parent, at({10: [Checkpoint(), Stop(test=False)]}), saver=saver), CheckpointSaved)[-1]
    assert isinstance(kept, CheckpointSaved) and kept.epoch == 2

    def fork(**changes: object) -> list[Event]:
        prepared = prepare(experiment(tmp_path, **changes))  # type: ignore[arg-type]
        point = last_good(tmp_path / "parent", [kept], prepared.device)
        point.state["best"]["val_loss"] = 0.0  # as good as can be
        return driven(prepared, at({}), resume=ResumePoint(point.file, point.state, fork=True))

    child = fork(epochs=4)
    assert epochs(child)[0].epoch == 3 and epochs(child)[0].best
    tested = next(event for event in child if isinstance(event, Tested))
    assert tested.epoch == min(epochs(child), key=lambda e: e.val_loss).epoch
    patient = fork(epochs=40, lr=1e-30, patience=3)
    assert [e.epoch for e in epochs(patient)] == [3, 4, 5, 6], "three after the best"


# ---- whatever is done

SCRIPTS = int(os.environ.get("TUI_LAB_FUZZ", "40"))
"""How many random scripts are tried."""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """One small table for all scripts."""
    return experiment(tmp_path_factory.mktemp("any"), "binary", rows=60, epochs=4, dropout=0.2)


VALUES: dict[str, st.SearchStrategy[object]] = {
    "lr": st.sampled_from([1e-3, 0.01, 0.1, 0.0, float("nan")]),
    "momentum": st.sampled_from([0.0, 0.5, 0.9, 1.0]),
    "weight_decay": st.sampled_from([0.0, 0.01, -1.0]),
    "dropout": st.sampled_from([0.0, 0.3, 0.9, "x"]),
    "grad_clip": st.sampled_from([0.0, 0.1]),
    "optimizer": st.sampled_from(["sgd", "adam", "adamw", "rmsprop", "adagrad", "lion"]),
    "schedule": st.sampled_from(["constant", "step", "cosine", "one_cycle", "plateau"]),
    "gamma": st.sampled_from([0.1, 0.9]),
    "step_size": st.sampled_from([1, 3]),
    "epochs": st.sampled_from([1, 3, 5, 8]),
    "batch_size": st.sampled_from([5, 16, 63, 1000, 0]),
    "patience": st.sampled_from([0, 3]),
    "frozen_layers": st.sampled_from([0, 1, 2]),
    "seed": st.just(3),
}
edits = st.sampled_from(sorted(VALUES)).flatmap(lambda name: st.builds(Edit, st.just(name), VALUES[name]))  # type: ignore[arg-type]
commands_made = st.one_of(
    edits, edits, edits, st.builds(Undo), st.builds(Pause), st.builds(Resume),
    st.builds(Advance, st.sampled_from(["step", "epoch"])),
)  # fmt: skip
scripts = st.lists(st.tuples(st.integers(0, 6), commands_made), max_size=40)


def random_run(asked: Experiment, script: list[tuple[int, Command]]) -> list[Event]:
    """Give each command some events after the one before; a run that waits gets the next one at once."""
    commands: SimpleQueue[Command] = SimpleQueue()
    events: list[Event] = []
    view = RunView()
    waiting = list(reversed(script))
    countdown = waiting[-1][0] if waiting else 0
    for event in run(prepare(asked), commands, interval_s=0):
        events.append(event)
        view.apply(Record(len(events), float(len(events)), event))
        countdown -= 1
        paused = view.paused
        while (countdown <= 0 or paused) and commands.empty():
            if not waiting:
                if paused:
                    commands.put(Resume())
                break
            commands.put(waiting.pop()[1])
            countdown = waiting[-1][0] if waiting else 0
            paused = False
    return events


@pytest.mark.slow
@settings(max_examples=SCRIPTS, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=scripts)
def test_any_commands_leave_a_ledger_that_gives_the_same_losses(
    asked: Experiment, script: list[tuple[int, Command]]
) -> None:
    events = random_run(asked, script)
    view = view_of(events)
    assert view.status in ("finished", "diverged")
    plan = [Planned(edit.step, Edit(edit.name, edit.new)) for edit in view.edits]
    again = view_of(list(run(prepare(asked), SimpleQueue(), interval_s=0, plan=plan)))
    assert again.step_losses == view.step_losses
    assert [e.val_loss for e in again.history] == [e.val_loss for e in view.history]
    assert [(e.step, e.name, e.old, e.new) for e in again.edits] == [
        (e.step, e.name, e.old, e.new) for e in view.edits
    ]
    assert again.hyper == view.hyper
    assert again.status == view.status


@pytest.mark.slow
def test_the_engine_closes_within_two_seconds_whatever_it_is_doing(tmp_path: Path) -> None:
    for opening in ([], [Pause()], [Advance("step")], [Advance("epoch")], [Edit("lr", 0.1), Undo(), Pause()]):
        commands: SimpleQueue[Command] = SimpleQueue()
        for command in opening:
            commands.put(command)
        prepared = prepare(experiment(tmp_path, epochs=1_000_000))
        events: list[Event] = []
        thread = Thread(target=lambda: events.extend(run(prepared, commands)), daemon=True)  # noqa: B023
        thread.start()
        thread.join(0.3)
        commands.put(Stop())
        thread.join(2)
        assert not thread.is_alive()
        assert ending(events).status == "stopped"
