"""The journal as it is written, and as it is found after a crash."""

import errno
import os
from math import isnan
from pathlib import Path

import pytest

from tests.journals import read
from tests.runs.samples import closing, epoch, opening, stamped, whole_run, wild_run
from tui_lab.errors import RunError
from tui_lab.protocol.codec import decode, encode
from tui_lab.protocol.events import Measured, Tested
from tui_lab.protocol.sealing import seal_of
from tui_lab.runs.journal import journal as journal_module
from tui_lab.runs.journal.journal import FLUSH_INTERVAL_S, Journal

STEPS = Measured(epoch=1, step=2, series={"loss": ((1, 0.5), (2, 0.4))})


class Clock:
    """A clock that stands until it is told to go on."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def written(path: Path) -> int:
    """How many records are in the file at this moment."""
    return len(read(path).records)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_the_first_line_names_the_format(path: Path) -> None:
    Journal.open(path).close()
    (line,) = path.read_bytes().splitlines()
    assert line[: line.index(b',"crc"')] + b"}" == b'{"format": "tui-lab.events", "version": 1}'
    assert seal_of(line) == "whole"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("events", [whole_run(), wild_run()], ids=["whole", "wild"])
def test_what_is_appended_is_read_back(path: Path, events: list) -> None:
    with Journal.open(path) as journal:
        records = [journal.append(event) for event in events]
    assert [record.seq for record in records] == list(range(1, len(events) + 1))
    text = read(path)
    assert repr(text.records) == repr(records)  # by repr: NaN is not equal to itself
    assert (text.damaged, text.torn, text.problem) == (0, 0, "")


@pytest.mark.parametrize("record", stamped([*whole_run(), *wild_run()]), ids=lambda r: type(r.event).__name__)
def test_the_codec_gives_back_every_event_in_one_line(record) -> None:
    line = encode(record)
    assert b"\n" not in line
    assert b"NaN" not in line.replace(b'"NaN"', b"") and b"Infinity" not in line.replace(b'Infinity"', b"")
    assert repr(decode(line)) == repr(record)


def test_nan_comes_back_as_a_number() -> None:
    tested = next(event for event in wild_run() if isinstance(event, Tested))
    back = decode(encode(stamped([tested])[0])).event
    assert isinstance(back, Tested) and isnan(back.metrics["loss"]) and isnan(back.class_recall[0])


def test_step_losses_wait_a_moment_and_everything_else_is_written_at_once(path: Path) -> None:
    clock = Clock()
    journal = Journal.open(path, clock)
    journal.append(opening()[0])
    assert written(path) == 1
    journal.append(STEPS)
    assert written(path) == 1
    journal.append(epoch(1))
    assert written(path) == 3
    journal.append(STEPS)
    clock.now += FLUSH_INTERVAL_S
    journal.append(STEPS)
    assert written(path) == 5
    journal.append(STEPS)
    assert journal.flush() and written(path) == 6
    journal.close()


def test_a_record_keeps_its_number_and_a_number_is_given_once(path: Path) -> None:
    records = stamped(whole_run())
    with Journal.open(path) as journal:
        for record in records:
            assert journal.append(record) is record
        assert journal.append(STEPS).seq == len(records) + 1
        with pytest.raises(ValueError, match="comes after"):
            journal.append(records[-1])


def test_cut_at_every_byte_of_the_last_two_lines_it_goes_on_with_whole_lines(path: Path) -> None:
    with Journal.open(path) as journal:
        for event in whole_run():
            journal.append(event)
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    for length in range(len(content) - len(lines[-1]) - len(lines[-2]), len(content) + 1):
        path.write_bytes(content[:length])
        whole = content[:length].count(b"\n") - 1
        with Journal.open(path) as journal:
            assert journal.append(epoch(9)).seq == whole + 1
        text = read(path)
        assert [record.seq for record in text.records] == list(range(1, whole + 2)), length
        assert (text.damaged, text.torn) == (0, 0)


@pytest.mark.parametrize("rest", [b"", b'{"form', b"\0" * 5000, b"x" * 200_000])
def test_a_file_without_one_whole_line_is_begun_anew(path: Path, rest: bytes) -> None:
    path.write_bytes(rest)
    with Journal.open(path) as journal:
        assert journal.append(epoch(1)).seq == 1
    text = read(path)
    assert (len(text.records), text.problem, text.damaged) == (1, "", 0)


def test_a_long_torn_line_is_cut_and_no_more(path: Path) -> None:
    with Journal.open(path) as journal:
        journal.append(epoch(1))
    whole = path.read_bytes()
    path.write_bytes(whole + b"\0" * 200_000)
    Journal.open(path).close()
    assert path.read_bytes() == whole


def test_the_journal_of_a_newer_version_is_not_touched(path: Path) -> None:
    content = b'{"format": "tui-lab.events", "version": 2}\n{"torn'
    path.write_bytes(content[:-6])
    with pytest.raises(RunError, match="newer tui-lab"):
        Journal.open(path)
    assert path.read_bytes() == content[:-6]


@pytest.mark.parametrize("make", ["missing", "folder"])
def test_a_place_that_cannot_hold_one_is_refused_in_words(path: Path, make: str) -> None:
    if make == "folder":
        path.mkdir()
    with pytest.raises(RunError, match="cannot be opened: "):
        Journal.open(path / "gone" / "x" if make == "missing" else path)


class Disk:
    """Stands for `os.write`: takes so many bytes, then says that it is full."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.write = os.write

    def __call__(self, fd: int, data: bytes | bytearray) -> int:
        if self.room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = self.write(fd, bytes(data[: self.room]))
        self.room -= taken
        return taken


@pytest.mark.parametrize("room", [0, 1, 137, 400])
def test_a_full_disk_is_told_and_nothing_is_lost_once_there_is_room(
    path: Path, room: int, monkeypatch
) -> None:
    events = whole_run()
    with Journal.open(path) as journal:
        disk = Disk(room)
        monkeypatch.setattr(journal_module.os, "write", disk)
        records = [journal.append(event) for event in events]
        assert "No space left" in journal.failed
        disk.room = 10**9
        assert journal.flush()
        assert journal.failed == ""
        records.append(journal.append(epoch(4)))
    text = read(path)
    assert repr(text.records) == repr(records)
    assert (text.damaged, text.torn) == (0, 0)


def test_closing_over_a_full_disk_says_how_much_is_lost(path: Path, monkeypatch) -> None:
    journal = Journal.open(path)
    journal.append(opening()[0])
    monkeypatch.setattr(journal_module.os, "write", Disk(20))
    for event in closing():
        journal.append(event)
    with pytest.raises(RunError, match=r"No space left.*lost: 2"):
        journal.close()
    journal.close()
    assert written(path) == 1


def test_memory_is_bounded_while_the_disk_is_full_and_epochs_outlast_steps(path: Path, monkeypatch) -> None:
    monkeypatch.setattr(journal_module, "MAX_WAITING_BYTES", 1000)
    journal = Journal.open(path)
    disk = Disk(0)
    monkeypatch.setattr(journal_module.os, "write", disk)
    for _ in range(100):
        journal.append(STEPS)
    dropped = journal.dropped
    assert 80 < dropped < 100
    kept = journal.append(epoch(1))
    assert journal.dropped == dropped
    for number in range(2, 50):
        journal.append(epoch(number))
    assert journal.dropped > dropped
    disk.room = 10**9
    with pytest.raises(RunError, match="lost: "):
        journal.close()
    assert kept in read(path).records


def test_a_journal_that_was_removed_is_noticed(path: Path) -> None:
    journal = Journal.open(path)
    path.unlink()
    journal.append(epoch(1))
    assert "removed" in journal.failed
    with pytest.raises(RunError, match="lost: 1"):
        journal.close()
