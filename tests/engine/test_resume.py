"""A run that goes on from a checkpoint equals one that never stopped, bit for bit."""

import random
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.engine.helpers import ending, epochs, experiment, run_all, step_losses
from tui_lab.engine.checkpoints.last_good import last_good
from tui_lab.engine.checkpoints.saver import Saver
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import prepare
from tui_lab.errors import RunError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Checkpoint, Command, Edit
from tui_lab.protocol.events import CheckpointFailed, CheckpointSaved, Event, Measured, RunResumed, Tested
from tui_lab.protocol.planned import Planned

pytestmark = pytest.mark.slow

VARIANTS = [
    {"optimizer": "sgd", "dropout": 0.5},
    {"optimizer": "adam", "dropout": 0.3, "batch_norm": True, "schedule": "one_cycle"},
    {"optimizer": "rmsprop", "schedule": "cosine", "grad_clip": 0.1},
    {"optimizer": "adagrad", "schedule": "plateau", "step_size": 1, "lr": 0.3},
    {"optimizer": "adamw", "schedule": "step", "step_size": 2, "patience": 5, "lr": 0.3},
]


def saved_at(asked: Experiment, folder: Path, step: int) -> Iterator[Event]:
    """Train, ask for a checkpoint once `step` updates are made, and be killed right after."""
    commands: SimpleQueue[Command] = SimpleQueue()
    if step == 0:
        commands.put(Checkpoint())
    for event in run(prepare(asked), commands, interval_s=0, saver=Saver(folder, every_s=1e9)):
        yield event
        if isinstance(event, Measured) and event.step == step:
            commands.put(Checkpoint())
        if isinstance(event, CheckpointSaved):
            return


def resumed(asked: Experiment, folder: Path, saved: list[CheckpointSaved], epochs: int = 0) -> list[Event]:
    """Go on from the last checkpoint; with `epochs`, to that many."""
    prepared = prepare(asked)
    point = last_good(folder, saved, prepared.device)
    plan = [Planned(point.state["step"], Edit("epochs", epochs))] if epochs else []
    return list(run(prepared, SimpleQueue(), interval_s=0, resume=point, plan=plan))


def untimed(events: list[Event]) -> list[tuple[object, ...]]:
    return [(e.epoch, e.step, e.train_loss, e.val_loss, e.lr, e.metrics, e.best) for e in epochs(events)]


@pytest.mark.parametrize("hyper", VARIANTS, ids=lambda h: h["optimizer"])
def test_going_on_equals_never_having_stopped(tmp_path: Path, hyper: dict[str, object]) -> None:
    asked = experiment(tmp_path, "binary", epochs=8, **hyper)
    whole = run_all(asked)
    rng = random.Random(1)
    last = len(step_losses(whole)) - 1
    for step in [0, 4, *rng.sample(range(1, last), 6)]:
        folder = tmp_path / f"at{step}"
        before = list(saved_at(asked, folder, step))
        saved = [event for event in before if isinstance(event, CheckpointSaved)]
        after = resumed(asked, folder, saved)
        assert isinstance(after[0], RunResumed)
        assert step_losses(before)[: after[0].step] + step_losses(after) == step_losses(whole), step
        kept = [row for row in untimed(before) if row[1] <= after[0].step]  # type: ignore[operator]
        assert kept + untimed(after) == untimed(whole), step
        assert [e for e in after if isinstance(e, Tested)] == [e for e in whole if isinstance(e, Tested)]
        assert ending(after) == ending(whole)


def test_a_finished_run_can_be_given_more_epochs(tmp_path: Path) -> None:
    short, long = experiment(tmp_path, epochs=3), experiment(tmp_path, epochs=5)
    saver = Saver(tmp_path / "c", every_s=1e9)
    first = list(run(prepare(short), SimpleQueue(), interval_s=0, saver=saver))
    saved = [event for event in first if isinstance(event, CheckpointSaved)]
    assert [event.reason for event in saved] == ["due", "end"], "the first is due at once, and rarely another"
    assert untimed(first) + untimed(resumed(short, tmp_path / "c", saved, epochs=5)) == untimed(run_all(long))


@pytest.mark.parametrize("schedule", ["one_cycle", "cosine"])
def test_a_schedule_that_has_run_out_begins_anew_with_more_epochs(tmp_path: Path, schedule: str) -> None:
    short = experiment(tmp_path, epochs=3, schedule=schedule)
    saver = Saver(tmp_path / "c", every_s=1e9)
    first = list(run(prepare(short), SimpleQueue(), saver=saver))
    saved = [event for event in first if isinstance(event, CheckpointSaved)]
    after = resumed(short, tmp_path / "c", saved, epochs=7)
    assert ending(after).status == "finished"
    assert max(epoch.lr for epoch in epochs(after)) > short.hyperparameters.lr / 2


def test_the_last_two_checkpoints_and_those_asked_for_stay(tmp_path: Path) -> None:
    commands: SimpleQueue[Command] = SimpleQueue()
    commands.put(Checkpoint())
    saver = Saver(tmp_path / "c", every_s=0)
    events = list(run(prepare(experiment(tmp_path)), commands, interval_s=0, saver=saver))
    saved = [event for event in events if isinstance(event, CheckpointSaved)]
    assert len(saved) > 6
    files = sorted(path.name for path in (tmp_path / "c").iterdir())
    assert files == ["kept-000000000.pt", "step-000000011.pt", "step-000000012.pt"]


def test_a_damaged_last_checkpoint_falls_back_to_the_one_before(tmp_path: Path) -> None:
    asked = experiment(tmp_path)
    events = list(run(prepare(asked), SimpleQueue(), interval_s=0, saver=Saver(tmp_path / "c", every_s=0)))
    saved = [event for event in events if isinstance(event, CheckpointSaved)]
    last = tmp_path / "c" / saved[-1].file
    last.write_bytes(last.read_bytes()[:-1])
    point = last_good(tmp_path / "c", saved, prepare(asked).device)
    assert point.state["step"] == 11
    assert "sha256 differs" in point.skipped[0]
    for path in (tmp_path / "c").iterdir():
        path.unlink()
    with pytest.raises(RunError, match="no checkpoint to resume from"):
        last_good(tmp_path / "c", saved, prepare(asked).device)


def test_a_folder_that_vanishes_stops_nothing_and_is_said_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("a file where the folder should be")
    saver = Saver(tmp_path / "c", every_s=0)
    seen: list[Event] = []
    for event in run(prepare(experiment(tmp_path)), SimpleQueue(), interval_s=0, saver=saver):
        seen.append(event)
        if isinstance(event, Measured) and event.step == 6:
            (tmp_path / "c").unlink()
    failed = [event for event in seen if isinstance(event, CheckpointFailed)]
    assert failed
    assert "not saved" in failed[0].message
    assert isinstance(next(e for e in reversed(seen) if "checkpoint" in e.kind), CheckpointSaved)
    assert not saver.failed
    assert ending(seen).status == "finished"
