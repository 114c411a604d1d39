"""Epochs that come fast share a line of the journal: it grows slowly, and nothing of it is lost."""

import errno
import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.journals import fold, read
from tests.protocol.test_packed import noisy
from tests.runs.samples import closing, epoch, experiment, opening
from tui_lab.errors import RunError
from tui_lab.protocol.events import CheckpointSaved, EpochEnded, Event, Measured, Record
from tui_lab.protocol.packed import MAX_EPOCHS, are_epochs
from tui_lab.protocol.steering_events import Advancing, Paused
from tui_lab.runs.export.export import export_text
from tui_lab.runs.export.step_losses import step_losses
from tui_lab.runs.folder.folder import create
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.journal import byte_rate, snapshot
from tui_lab.runs.journal import journal as journal_module
from tui_lab.runs.journal.journal import FAST_EPOCHS, FLUSH_INTERVAL_S, Journal
from tui_lab.runs.journal.journal_reader import Follower
from tui_lab.runs.journal.snapshot import NAME, folded, restored

pytestmark = pytest.mark.slow

METRICS = {"mae": 50.1, "rmse": 60.2, "r2": 0.4}


class Clock:
    """A clock that stands until it is told to go on."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Fast:
    """A journal of a run that ends an epoch every few milliseconds, and reports steps ten times a second."""

    def __init__(self, path: Path, every_s: float = 0.005, reports: bool = True) -> None:
        self.clock = Clock()
        self.journal = Journal.open(path, self.clock)
        self.records: list[Record] = []
        self._every_s, self._reports = every_s, reports
        self._told_at = self.clock.now
        self._random = Random(1)

    def go_on(self, epochs: int) -> None:
        first = sum(isinstance(record.event, EpochEnded) for record in self.records)
        for record in noisy(first + epochs, METRICS, 0)[first:]:
            self.clock.now += self._every_s
            ended = record.event
            assert isinstance(ended, EpochEnded)
            if self._reports and self.clock.now - self._told_at > 0.1:
                self._told_at = self.clock.now
                steps = range(ended.step - 63, ended.step + 1)
                points = tuple((step, self._random.randrange(2**24) / 2**24) for step in steps)
                lr = ((steps[0], 0.002), (steps[-1], 0.002))
                self.append(Measured(ended.epoch, ended.step, {"loss": points, "lr": lr}))
            self.append(ended)

    def append(self, event: Event) -> None:
        self.records.append(self.journal.append(event))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def epoch_lines(path: Path) -> list[bytes]:
    return [line for line in path.read_bytes().splitlines(keepends=True) if are_epochs(line)]


def test_they_wait_a_moment_once_they_have_come_fast_for_a_while(path: Path) -> None:
    run = Fast(path, reports=False)
    run.go_on(FAST_EPOCHS)
    assert read(path).records == run.records, "a short run is written at once, an epoch a line"
    assert not epoch_lines(path)
    follower, seen = Follower(path), 0
    for count in range(150):
        run.go_on(1)
        seen += len(follower.poll())
        missing = len(run.records) - seen
        assert missing * 0.005 <= FLUSH_INTERVAL_S, count
    assert read(path).records == run.records[: len(run.records) - missing]
    assert 150 / 25 < len(epoch_lines(path)) < 150 / 15
    run.append(Paused(9, 1))
    assert read(path).records == run.records, "any other event is written at once, with what is waiting"
    run.journal.close()


def test_a_slow_epoch_is_written_at_once_as_it_always_was(path: Path) -> None:
    run = Fast(path)
    run.go_on(2 * FAST_EPOCHS)
    run.clock.now += 0.2
    run.append(epoch(1000))
    assert read(path).records == run.records, "after a moment everything is written"
    run.clock.now += 10
    run.append(epoch(1001))
    run.append(epoch(1002))
    assert read(path).records == run.records
    run.journal.close()
    slow = Fast(path.parent / "slow.jsonl", every_s=0.051)
    slow.go_on(2 * FAST_EPOCHS)
    assert not epoch_lines(path.parent / "slow.jsonl"), "twenty a second are not fast"
    slow.journal.close()


@pytest.mark.parametrize("per_second", [10, 100, 400, 1000])
def test_the_journal_grows_by_few_bytes_a_second_however_fast_epochs_come(
    path: Path, per_second: int
) -> None:
    """The worst case, numbers that share no bits: 50 MB in 20 minutes with 400 epochs a second."""
    run = Fast(path, every_s=1 / per_second)
    run.go_on(max(2 * FAST_EPOCHS, per_second))
    before, start = path.stat().st_size, run.clock.now
    run.go_on(2 * per_second)
    run.journal.flush()
    grown = (path.stat().st_size - before) / (run.clock.now - start)
    assert grown < 12_000 + 72 * per_second
    assert read(path).records == run.records
    run.journal.close()


def test_beyond_a_number_of_bytes_steps_make_room_for_epochs_until_there_is_some(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(byte_rate, "IN_ADVANCE", 100_000)
    run = Fast(path, every_s=0.001)
    run.go_on(4000)
    reports = [record.event for record in run.records if isinstance(record.event, Measured)]
    sizes = [len(event.series["loss"]) for event in reports]
    few = next(place for place, size in enumerate(sizes) if size < 64)
    assert few > 5 and set(sizes[:few]) == {64} and min(sizes) >= 4 and max(sizes[few:]) <= byte_rate.FEW
    assert all(event.series["loss"][-1][0] == event.step for event in reports)
    run.journal.flush()
    before, start = path.stat().st_size, run.clock.now
    run.go_on(2000)
    run.journal.flush()
    grown = path.read_bytes()[before:].splitlines()
    reported = sum(len(line) for line in grown if not are_epochs(line))
    assert 1_000 < reported / (run.clock.now - start) < 5_000
    run.clock.now += 60
    run.go_on(200)
    assert isinstance(run.records[-1].event, EpochEnded)
    last = [record.event for record in run.records if isinstance(record.event, Measured)][-1]
    assert len(last.series["loss"]) == 64, "there is room again"
    run.journal.flush()
    assert read(path).records == run.records
    run.journal.close()


def test_an_epoch_after_a_command_is_written_at_once_since_nothing_may_come_after_it(path: Path) -> None:
    """A run that is paused and trains a single epoch on request has nothing else to write."""
    run = Fast(path)
    run.go_on(2 * FAST_EPOCHS)
    run.append(Paused(9, 1))
    run.append(Advancing(9, 1, "epoch"))
    run.go_on(1)
    assert read(path).records == run.records
    run.go_on(FAST_EPOCHS)
    run.append(CheckpointSaved("step-000000009.pt", "0" * 64, 9, 1, "due"))
    run.go_on(1)
    assert len(read(path).records) == len(run.records) - 1, "a checkpoint says nothing of what comes"
    run.journal.close()


def test_a_clock_that_stands_does_not_keep_them_waiting_for_ever(path: Path) -> None:
    run = Fast(path, every_s=0.0, reports=False)
    run.go_on(FAST_EPOCHS + 2 * MAX_EPOCHS)
    assert len(run.records) - len(read(path).records) < MAX_EPOCHS
    run.journal.close()
    assert read(path).records == run.records


def test_epochs_that_record_something_else_are_written_one_a_line(path: Path) -> None:
    run = Fast(path)
    run.go_on(FAST_EPOCHS)
    for number in range(1000, 1200):
        run.append(replace(epoch(number), metrics={"r2": 0.5} if number % 7 else {}))
    run.append(Paused(9, 1))
    run.journal.close()
    assert read(path).records == run.records


def test_a_file_that_ends_anywhere_is_read_up_to_its_last_whole_line_and_goes_on(path: Path) -> None:
    run = Fast(path)
    run.go_on(2 * FAST_EPOCHS)
    run.journal.close()
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    last = len(lines[-2]) + len(lines[-1])
    for end in (*range(len(content) - last, len(content), 80), len(content) - 1):
        path.write_bytes(content[:end])
        kept = read(path)
        assert kept.records == run.records[: len(kept.records)] and kept.damaged == 0
        with Journal.open(path) as journal:
            added = journal.append(epoch(9999))
        assert read(path).records == [*kept.records, added]
        assert added.seq == len(kept.records) + 1


@cache
def long_run() -> tuple[bytes, tuple[Record, ...], int]:
    """The content of a journal, its records, and where its fast epochs begin."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        run = Fast(path)
        run.go_on(FAST_EPOCHS + 60)
        run.journal.close()
        content = path.read_bytes()
        return content, tuple(run.records), content.index(epoch_lines(path)[0])


@given(place=st.integers(0, 10**6), value=st.integers(0, 255))
@settings(max_examples=50)
def test_no_changed_byte_is_read_as_another_value(
    tmp_path_factory: pytest.TempPathFactory, place: int, value: int
) -> None:
    whole, records, first = long_run()
    content = bytearray(whole)
    content[first + place % (len(content) - first)] = value
    path = tmp_path_factory.mktemp("byte") / "events.jsonl"
    path.write_bytes(content)
    text = read(path)
    told = set(map(repr, records))
    assert set(map(repr, text.records)) <= told, "what is read was written"
    assert len(text.records) == len(records) or text.damaged or text.torn, "what is left out is said"
    assert len(text.records) >= len(records) - 2 * 25, "a changed line break costs two lines"


def test_a_watcher_sees_each_of_them_once_as_the_file_grows(path: Path) -> None:
    run = Fast(path)
    follower, seen = Follower(path), []
    for _ in range(60):
        run.go_on(7)
        seen += follower.poll()
        assert seen == run.records[: len(seen)]
        assert len(run.records) - len(seen) < 30
    run.journal.close()
    assert seen + follower.poll() == run.records
    assert (follower.damaged, follower.torn) == (0, 0)


def test_the_snapshot_covers_what_is_in_the_file_and_no_more(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "LEAST_BYTES", 2000)
    run = Fast(path)
    for _ in range(30):
        run.go_on(13)
        kept = restored(path)
        if kept is not None:
            view, place = kept
            assert place.offset <= path.stat().st_size
            assert repr(view) == repr(fold(run.records[: place.seq]))
    assert (path.parent / NAME).exists()
    run.journal.close()
    assert repr(folded(path)[0]) == repr(fold(run.records))


def test_a_full_disk_loses_nothing_once_there_is_room_and_counts_what_is_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    room = [5000]

    def full(fd: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = write(fd, bytes(data[: room[0]]))
        room[0] -= taken
        return taken

    run = Fast(path)
    run.go_on(FAST_EPOCHS)
    monkeypatch.setattr(journal_module.os, "write", full)
    run.go_on(200)
    assert "No space left" in run.journal.failed
    room[0] = 10**9
    run.append(Paused(9, 1))
    assert read(path).records == run.records
    room[0] = 3000
    run.go_on(100)
    kept = len(read(path).records)
    with pytest.raises(RunError, match=f"lost: {len(run.records) - kept}$"):
        run.journal.close()


def test_the_exports_are_those_of_a_journal_with_one_epoch_a_line(tmp_path: Path) -> None:
    """The history is complete and exact: the texts are the same, byte for byte."""
    fast, slow = create(tmp_path / "fast", experiment()), create(tmp_path / "slow", experiment())
    run = Fast(fast.journal)
    for event in opening():
        run.append(event)
    run.go_on(500)
    for event in closing():
        run.append(event)
    run.journal.close()
    with Journal.open(slow.journal, lambda: 1e9) as journal:
        for record in run.records:
            journal._ended_at.clear()
            journal.append(record)
    assert len(epoch_lines(fast.journal)) > 20 and not epoch_lines(slow.journal)
    texts = ["".join(export_text("run", load_run(folder).view)) for folder in (fast, slow)]
    assert texts[0] == texts[1]
    assert texts[0].count('"train_mae"') == 500
    assert list(step_losses(fast)) == list(step_losses(slow))
