"""Showing a run again: whole, and followed on while somebody trains it."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from tests.journals import fold, read
from tests.runs.samples import closing, epoch, opening, whole_run
from tests.runs.test_listing import make_run
from tests.waiting import LONG_S, until
from tui_lab.errors import RunError
from tui_lab.protocol.commands import Stop
from tui_lab.protocol.events import Record
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.lock import take
from tui_lab.runs.journal.journal import Journal
from tui_lab.runs.journal.journal_reader import Follower
from tui_lab.session.clients.attached import RemoteSession
from tui_lab.session.clients.reopen import reopen


def test_a_finished_run_is_as_it_was_and_nothing_more_comes(tmp_path: Path) -> None:
    run = reopen(make_run(tmp_path, whole_run()))
    assert run.view.status == "finished"
    assert [ended.epoch for ended in run.view.history] == [1, 2, 3]
    assert run.client is None


def test_a_run_without_an_end_is_interrupted(tmp_path: Path) -> None:
    run = reopen(make_run(tmp_path, [*opening(), epoch(1)]))
    assert (run.view.status, run.client) == ("interrupted", None)


def test_a_run_that_trains_is_followed_from_where_it_was_read(tmp_path: Path) -> None:
    folder = make_run(tmp_path, [*opening(), epoch(1)])
    with take(folder), Journal.open(folder.journal) as journal:
        run = reopen(folder)
        assert run.view.status == "running" and run.client is not None
        assert run.client.drain() == [] and run.client.alive
        journal.append(epoch(2))
        assert [record.event for record in run.client.drain()] == [epoch(2)]
        assert not run.client.send(Stop()), "nobody listens here"
        for event in closing():
            journal.append(event)
        run.client.drain()
        assert not run.client.alive
        assert reopen(folder).client is None, "it has ended, though its lock is still held"


def test_a_line_that_is_damaged_while_a_run_trains_is_counted(tmp_path: Path) -> None:
    folder = make_run(tmp_path, [*opening(), epoch(1)])
    with take(folder), Journal.open(folder.journal) as journal:
        client = reopen(folder).client
        assert client is not None and client.damaged == 0
        journal.append(epoch(2))
        folder.journal.write_bytes(folder.journal.read_bytes().replace(b'"epoch":2', b'"epoch":7', 1))
        journal.append(epoch(3))
        assert [record.event for record in client.drain()] == [epoch(3)]
        assert client.damaged == 1


def test_what_could_not_be_read_is_a_warning_and_nothing_at_all_an_error(tmp_path: Path) -> None:
    folder = make_run(tmp_path, whole_run())
    folder.journal.write_bytes(folder.journal.read_bytes().replace(b'"epoch":2', b'"epoch":"x"', 1))
    assert "damaged lines skipped: 1" in reopen(folder).view.warnings[-1]
    with pytest.raises(RunError, match="no journal"):
        reopen(RunFolder(tmp_path / "20261124-101502-wine-0a1b"))


def test_a_long_journal_does_not_hold_up_whoever_watches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, read_on = make_run(tmp_path, whole_run()), Event()
    monkeypatch.setattr("tui_lab.session.clients.attached.LEAST_BYTES", 1)
    chunks = Follower.chunks

    def slow(follower: Follower) -> Iterator[list[Record]]:
        read_on.wait(LONG_S)
        yield from chunks(follower)

    monkeypatch.setattr(Follower, "chunks", slow)
    session = RemoteSession(folder, long=True)
    assert session.past() is None and session.drain() == [] and session.alive
    read_on.set()
    found: list[RunView] = []
    until(lambda: bool((past := session.past()) and not found.append(past)))
    assert found[0] == fold(read(folder.journal).records)
    assert session.drain() == [] and session.past() is None
    assert not session.alive


def test_what_comes_after_the_past_is_drained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_lab.session.clients.attached.LEAST_BYTES", 1)
    folder = make_run(tmp_path, opening())
    session = RemoteSession(folder, long=True)
    found: list[RunView] = []
    until(lambda: bool((past := session.past()) and not found.append(past)))
    with Journal.open(folder.journal) as journal:
        later = journal.append(epoch(1))
    assert found[0].seq == len(opening())
    assert session.drain() == [later]
