"""The snapshot of a journal is a cache: with it, without it, or with a wrong one, the view is the same."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.journals import fold, read
from tests.protocol.strategies import records as any_records
from tests.runs.samples import epoch, opening, stamped, whole_run, wild_run
from tui_lab.protocol.codec import encode
from tui_lab.protocol.events import Event, Measured, Record
from tui_lab.protocol.freeze import freeze, thaw
from tui_lab.protocol.sealing import seal
from tui_lab.protocol.steering_events import Edited, Undone
from tui_lab.protocol.view import RunView
from tui_lab.runs.journal import snapshot
from tui_lab.runs.journal.journal import Journal
from tui_lab.runs.journal.snapshot import NAME, folded, keep, restored

pytestmark = pytest.mark.slow

HEADER = seal(b'{"format": "tui-lab.events", "version": 1}') + b"\n"


def with_undo(count: int = 40) -> list[Event]:
    """A run with an edit, undone: its epochs are kept as a branch."""
    edit = Edited(40, 10, "lr", 0.001, 0.002, 4)
    undone = Undone(40, 10, "lr", 0.001, 0.002, 80, 0, 4)
    steps = [Measured(n, 4 * n, {"loss": ((4 * n - 1, 0.5), (4 * n, 1 / n))}) for n in range(1, count + 1)]
    ends = [replace(epoch(n, 1 / n), best=n % 3 == 0) for n in range(1, count + 1)]
    told = [event for pair in zip(steps, ends, strict=True) for event in pair]
    return [*opening(), *told[:20], edit, *told[20:40], undone, *told[20:]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "LEAST_BYTES", 500)


def write(path: Path, records: list[Record]) -> None:
    path.write_bytes(HEADER + b"".join(seal(encode(record)) + b"\n" for record in records))


def plain(path: Path) -> RunView:
    return fold(read(path).records)


@given(any_records)
@example(stamped(whole_run()))
@example(stamped(wild_run()))
@example(stamped(with_undo()))
def test_a_view_comes_back_from_its_bytes_or_is_refused(told: list[Record]) -> None:
    view = fold(told)
    try:
        back = thaw(memoryview(b"".join(freeze(view))))
    except ValueError:  # hyperparameters that cannot be, as no run has them
        assert view.experiment is not None or view.hyper is not None
        return
    assert repr(back) == repr(view)


@given(cut=st.integers(0, len(with_undo())), more=st.integers(0, len(with_undo())))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_snapshot_and_tail_give_what_the_whole_journal_gives(
    tmp_path_factory: pytest.TempPathFactory, cut: int, more: int
) -> None:
    path = tmp_path_factory.mktemp("tail") / "events.jsonl"
    records = stamped(with_undo())
    write(path, records[:cut])
    _, follower = folded(path)
    keep(path, fold(records[:cut]), follower.place)
    write(path, records[: cut + more])
    kept = restored(path)
    assert kept is not None and kept[1].offset == follower.place.offset
    view, follower = folded(path)
    assert repr(view) == repr(fold(records[: cut + more]))
    assert follower.place.offset == path.stat().st_size
    assert follower.place.seq == view.seq


def test_a_view_whose_epochs_were_all_undone_comes_back() -> None:
    view = fold(stamped([*opening(), epoch(1)]))
    view.history.cut(0)
    assert repr(thaw(memoryview(b"".join(freeze(view))))) == repr(view)


def test_the_writer_keeps_one_now_and_then_and_at_the_end(path: Path) -> None:
    events = with_undo()
    with Journal.open(path) as journal:
        for event in events[: len(events) // 2]:
            journal.append(event)
        assert restored(path) is not None
        view, _ = folded(path)
        assert repr(view) == repr(plain(path))
        for event in events[len(events) // 2 :]:
            journal.append(event)
    kept = restored(path)
    assert kept is not None
    assert kept[1].offset == path.stat().st_size, "the end is covered"
    assert repr(kept[0]) == repr(plain(path))
    with Journal.open(path) as journal:
        assert journal.append(epoch(41)).seq == len(events) + 1
    assert repr(folded(path)[0]) == repr(plain(path))
    assert (path.parent / NAME).stat().st_mode & 0o777 == 0o600


def test_a_short_journal_has_none(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "LEAST_BYTES", 2**20)
    with Journal.open(path) as journal:
        for event in with_undo():
            journal.append(event)
    folded(path)
    assert not (path.parent / NAME).exists()


@pytest.mark.parametrize("what", ["damaged", "cut", "empty", "gone", "other", "version", "link", "pipe"])
def test_a_wrong_one_is_ignored_and_made_again(path: Path, what: str) -> None:
    records = stamped(with_undo())
    write(path, records)
    folded(path)
    kept = path.parent / NAME
    content = kept.read_bytes()
    match what:
        case "damaged":
            kept.write_bytes(content[:-30] + b"\x00" + content[-29:])
        case "cut":
            kept.write_bytes(content[:-100])
        case "empty":
            kept.write_bytes(b"")
        case "gone":
            kept.unlink()
        case "other":
            write(path, [replace(record, time=1.0) for record in records])
        case "version":
            kept.write_bytes(content.replace(b'"version": 1', b'"version": 9', 1))
        case "link":
            kept.unlink()
            kept.symlink_to("/dev/zero")
        case "pipe":
            kept.unlink()
            import os

            os.mkfifo(kept)
    assert restored(path) is None
    assert repr(folded(path)[0]) == repr(plain(path))
    assert restored(path) is not None


@given(st.integers(0, 10**6), st.integers(1, 255))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changed_byte_of_it_makes_it_ignored(
    tmp_path_factory: pytest.TempPathFactory, place: int, change: int
) -> None:
    path = tmp_path_factory.mktemp("byte") / "events.jsonl"
    write(path, stamped(with_undo()))
    folded(path)
    content = bytearray((path.parent / NAME).read_bytes())
    content[place % len(content)] ^= change
    (path.parent / NAME).write_bytes(content)
    assert restored(path) is None
    assert repr(folded(path)[0]) == repr(plain(path))


def test_a_line_that_is_damaged_later_is_reported_though_a_snapshot_knew_it(path: Path) -> None:
    write(path, stamped(with_undo()))
    assert folded(path)[1].damaged == 0
    path.write_bytes(path.read_bytes().replace(b'"val_loss":0.5', b'"val_loss":0.6', 1))
    for _ in range(2):  # from the first line, then from the snapshot of that
        view, follower = folded(path)
        assert follower.damaged == 1
        assert repr(view) == repr(plain(path))


def test_what_was_dropped_while_the_disk_was_full_is_in_no_snapshot(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_lab.runs.journal.journal.MAX_WAITING_BYTES", 0)
    journal = Journal.open(path)
    monkeypatch.setattr(journal, "_write", lambda: (_ for _ in ()).throw(OSError(28, "full")))
    for event in with_undo():
        journal.append(event)
    assert journal.dropped
    monkeypatch.undo()
    assert journal.flush()
    assert restored(path) is None
