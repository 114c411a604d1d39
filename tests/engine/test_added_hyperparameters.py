"""Hyperparameters with state or plans of their own: edited, undone, resumed, forked and replayed.

What they do to a step is in
`test_weight_average.py`, `test_accumulate.py` and `test_precision.py`.
"""

from pathlib import Path

import pytest

from tests.engine.helpers import epochs, experiment, run_all
from tests.engine.test_steering import Driver, at, counted, driven, of, view_of
from tui_lab.engine.checkpoints.last_good import ResumePoint, last_good
from tui_lab.engine.checkpoints.saver import Saver
from tui_lab.engine.setup.prepare import prepare
from tui_lab.experiment.catalogue import Value, catalogue
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Checkpoint, Command, Edit, Stop, Undo
from tui_lab.protocol.events import CheckpointSaved, Event, Measured
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import Edited, Undone

pytestmark = pytest.mark.slow

BASE: dict[str, object] = {"epochs": 4, "dropout": 0.3, "batch_norm": True}
VALUES: list[tuple[str, Value]] = [
    ("ema_decay", 0.5),
    ("accumulate", 2),
    ("precision", "bf16"),
    ("speed", "fast"),
]
added = pytest.mark.parametrize(("name", "value"), VALUES)


@pytest.fixture(autouse=True)
def _compiled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The compiled code knows no batch norm. Here it makes one update in a call, edits come between."""
    if "callspec" in dir(request.node) and request.node.callspec.params["name"] == "speed":
        monkeypatch.setitem(BASE, "batch_norm", False)
        monkeypatch.setattr("tui_lab.engine.steppers.native._CALL", 1)


def asked(folder: Path, **hyper: object) -> Experiment:
    return experiment(folder, "binary", **BASE | hyper)  # type: ignore[arg-type]


def told(events: list[Event]) -> tuple[object, ...]:
    """The losses that count in the end, by step and by epoch."""
    view = view_of(events)
    return counted(events), [(e.train_loss, e.val_loss, e.metrics, e.best) for e in view.history], view.tested


def undone_a_step_later(step: int, edit: Edit) -> Driver:
    """Edit after `step`, and undo it once a step was made with it."""
    due: list[tuple[int, Command]] = [(step, edit)]

    def driver(event: Event) -> list[Command]:
        if isinstance(event, Edited):
            due.append((event.step + 1, Undo()))
        if isinstance(event, Measured) and due and event.step >= due[0][0]:
            return [due.pop(0)[1]]
        return []

    return driver


def test_each_is_here() -> None:
    assert {name for name, _ in VALUES} == {name for name, item in catalogue().items() if item.knob.later}


@added
def test_an_undone_edit_leaves_no_trace(tmp_path: Path, name: str, value: Value) -> None:
    for begun, other in ((catalogue()[name].default, value), (value, catalogue()[name].default)):
        run = asked(tmp_path, **{name: begun})
        events = driven(run, undone_a_step_later(3, Edit(name, other)))
        assert len(of(events, Edited)) == len(of(events, Undone)) == 1
        assert told(events) == told(run_all(run))
        assert told(driven(run, at({3: [Edit(name, other)]}))) != told(run_all(run))


@added
def test_a_run_resumed_after_an_edit_goes_on_as_if_never_stopped(
    tmp_path: Path, name: str, value: Value
) -> None:
    default = catalogue()[name].default
    edits: dict[int, list[Command]] = {2: [Edit(name, value)], 11: [Edit(name, default)]}
    whole = driven(asked(tmp_path), at(edits))
    for stop in (3, 5, 12):
        saver = Saver(tmp_path / str(stop), every_s=1e9)
        before = driven(asked(tmp_path), at({**edits, stop: [Stop(test=False)]}), saver=saver)
        prepared = prepare(asked(tmp_path))
        saved = [e for e in before if isinstance(e, CheckpointSaved)]
        point = last_good(tmp_path / str(stop), saved, prepared.device)
        later = {step: given for step, given in edits.items() if step > stop}
        after = driven(prepared, at(later), resume=point)
        assert told(before + after) == told(whole), stop


@added
def test_a_fork_with_it_goes_on_as_after_an_edit(tmp_path: Path, name: str, value: Value) -> None:
    for begun, other in ((catalogue()[name].default, value), (value, catalogue()[name].default)):
        run, folder = asked(tmp_path, **{name: begun}), tmp_path / str(begun)
        parent = driven(run, at({6: [Checkpoint()]}), saver=Saver(folder, every_s=1e9))
        kept = next(e for e in parent if isinstance(e, CheckpointSaved) and e.reason == "asked")
        prepared = prepare(asked(tmp_path, **{name: other}))
        point = last_good(folder, [kept], prepared.device)
        child = driven(prepared, at({}), resume=ResumePoint(point.file, point.state, fork=True))
        as_edited = driven(run, at({6: [Edit(name, other)]}))
        assert counted(child) == counted(as_edited)[6:]
        assert [e.val_loss for e in epochs(child)] == [e.val_loss for e in epochs(as_edited)][
            -len(epochs(child)) :
        ]


@added
def test_its_edits_are_replayed(tmp_path: Path, name: str, value: Value) -> None:
    default = catalogue()[name].default
    by_hand = driven(asked(tmp_path), at({3: [Edit(name, value)], 10: [Edit(name, default)]}))
    plan = [Planned(event.step, Edit(event.name, event.new)) for event in of(by_hand, Edited)]  # type: ignore[attr-defined]
    assert told(driven(asked(tmp_path), at({}), plan=plan)) == told(by_hand)
