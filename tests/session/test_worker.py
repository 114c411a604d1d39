"""The worker thread: what it is given it does, what it does is heard, and it can be ended."""

from collections.abc import Callable
from pathlib import Path
from threading import Event as Signal
from threading import enumerate as threads

import pytest

from tests.engine.helpers import experiment
from tests.journals import fold, read
from tests.waiting import LONG_S
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.events import EpochEnded, Measured, Record
from tui_lab.protocol.steering_events import Undone
from tui_lab.runs.folder.finding import find
from tui_lab.session.clients.in_process import LocalSession
from tui_lab.session.clients.record_queue import MAX_WAITING_POINTS, RecordQueue
from tui_lab.session.jobs.jobs import Fresh


def local(asked: Experiment, folder: Path) -> LocalSession:
    return LocalSession(Fresh(experiment=asked, root=str(folder / "runs")))


def wait_for(session: LocalSession, enough: Callable[[list[Record]], bool]) -> list[Record]:
    """Drain until `enough` holds or the thread has ended."""
    records: list[Record] = []
    pause = Signal()
    while not enough(records) and session.alive:
        pause.wait(0.01)
        records += session.drain()
    return records + session.drain()


def test_a_run_is_trained_recorded_and_heard(tmp_path: Path) -> None:
    session = local(experiment(tmp_path), tmp_path)
    records = wait_for(session, lambda _: False)
    assert session.run_id is not None
    assert fold(records).status == "finished"
    kept = fold(read(find(tmp_path / "runs", session.run_id).journal).records)
    assert kept.history == fold(records).history
    assert not session.refused


def test_closing_ends_the_run_as_stopped_at_once(tmp_path: Path) -> None:
    session = local(experiment(tmp_path, epochs=1_000_000), tmp_path)
    wait_for(session, lambda records: len(records) > 5)
    assert session.close(timeout_s=LONG_S)
    assert fold(wait_for(session, lambda _: False)).message.startswith("stopped")
    assert session.run_id is not None
    assert fold(read(find(tmp_path / "runs", session.run_id).journal).records).status == "stopped"


@pytest.mark.parametrize(("device", "words"), [("cuda:99", "Available: "), ("gpu", "not a device name")])
def test_what_is_refused_leaves_no_run(tmp_path: Path, device: str, words: str) -> None:
    asked = experiment(tmp_path).model_copy(update={"device": device})
    session = local(asked, tmp_path)
    assert wait_for(session, lambda _: False) == []
    assert words in " ".join(session.refused)
    assert session.run_id is None
    assert not (tmp_path / "runs").exists()


def test_no_thread_is_left_behind(tmp_path: Path) -> None:
    session = local(experiment(tmp_path), tmp_path)
    wait_for(session, lambda _: False)
    assert session.close(1.0)
    assert "trainer" not in {thread.name for thread in threads()}


def steps(seq: int, *points: tuple[int, float]) -> Record:
    return Record(seq, 0.0, Measured(1, points[-1][0], {"loss": points}))


def test_a_lane_keeps_everything_but_thins_step_losses_nobody_reads() -> None:
    lane = RecordQueue()
    epoch = EpochEnded(1, 1, 0.5, 0.5, 0.1, 0.1, {})
    for k in range(1, 3001):
        lane.put(steps(2 * k, (2 * k, 0.5), (2 * k + 1, 99.0 if k == 1234 else 0.4)))
        lane.put(Record(2 * k + 1, 0.0, epoch))
    records = lane.drain()
    assert sum(isinstance(r.event, EpochEnded) for r in records) == 3000
    (joined,) = [r.event for r in records if isinstance(r.event, Measured)]
    assert len(joined.series["loss"]) <= MAX_WAITING_POINTS
    assert (2 * 1234 + 1, 99.0) in joined.series["loss"]
    assert joined.step == 6001
    assert [r.seq for r in records] == sorted(r.seq for r in records)
    assert lane.drain() == []


def test_a_lane_joins_each_series() -> None:
    lane = RecordQueue()
    lane.put(Record(1, 0.0, Measured(1, 2, {"loss": ((2, 0.5),), "lr": ((2, 0.1),)})))
    lane.put(Record(2, 0.0, Measured(1, 4, {"loss": ((4, 0.4),)})))
    lane.put(Record(3, 0.0, Measured(1, 6, {"loss": ((6, 0.3),), "lr": ((6, 0.2),)})))
    joined = {"loss": ((2, 0.5), (4, 0.4), (6, 0.3)), "lr": ((2, 0.1), (6, 0.2))}
    assert lane.drain() == [Record(3, 0.0, Measured(1, 6, joined))]


@pytest.mark.parametrize(("first", "step"), [("step", 1), ("epoch", 4)])
def test_a_run_can_begin_with_one_step_or_epoch(tmp_path: Path, first: str, step: int) -> None:
    job = Fresh(experiment=experiment(tmp_path), root=str(tmp_path / "runs"), first=first)
    session = LocalSession(job)
    kinds = {"step": "step_probed", "epoch": "epoch_ended"}
    records = wait_for(session, lambda seen: any(r.event.kind == kinds[first] for r in seen))
    Signal().wait(0.1)
    view = fold(records + session.drain())
    assert (view.step, view.paused) == (step, True)
    assert session.close(timeout_s=LONG_S)


def test_a_lane_keeps_apart_what_was_before_an_undo_and_what_came_after() -> None:
    records = [
        steps(1, *((k, 1.0) for k in range(1, 101))),
        Record(2, 0.0, Undone(50, 0, "lr", 0.1, 0.2, 100, 0, 10)),
        steps(3, *((k, 2.0) for k in range(51, 71))),
    ]
    lane = RecordQueue()
    for record in records:
        lane.put(record)
    kept, live = fold(records), fold(lane.drain())
    assert live.step_losses == kept.step_losses
    assert live.undone == kept.undone
