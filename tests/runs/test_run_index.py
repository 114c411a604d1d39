"""The list of runs, looked at again and again."""

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.runs.samples import closing, epoch, opening, whole_run
from tests.runs.test_listing import journals_read, make_run
from tui_lab.protocol.events import Measured, Record
from tui_lab.protocol.steering_events import Continued, Paused
from tui_lab.runs.folder.folder import JOURNAL
from tui_lab.runs.folder.labels import Label, write_label
from tui_lab.runs.folder.lock import take
from tui_lab.runs.folder.removal import remove
from tui_lab.runs.index import run_index
from tui_lab.runs.index.filter import read_filter
from tui_lab.runs.index.listing import list_runs
from tui_lab.runs.index.run_index import RunIndex
from tui_lab.runs.journal import journal_reader
from tui_lab.runs.journal.journal import Journal


def test_it_tells_what_the_list_tells(tmp_path: Path) -> None:
    for day in (22, 24, 23):
        make_run(tmp_path, whole_run(), f"202611{day}-101502-wine-0a1b")
    watched = RunIndex(tmp_path)
    assert watched.look() == watched.look() == list_runs(tmp_path)


def test_runs_that_come_go_and_get_names(tmp_path: Path) -> None:
    watched = RunIndex(tmp_path)
    assert watched.look() == []
    run = make_run(tmp_path, whole_run())
    assert [line.title for line in watched.look()] == ["multiclass"]
    write_label(run, Label("mine", "a note"))
    assert [(line.title, line.name, line.note) for line in watched.look()] == [("mine", "mine", "a note")]
    write_label(run, Label())
    assert [line.name for line in watched.look()] == [run.run_id]
    remove(run)
    assert watched.look() == []


def test_a_run_that_trains_is_read_on_and_not_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path, [*opening(), epoch(1, 0.9)])
    watched, whole = RunIndex(tmp_path), journals_read(monkeypatch)
    decoded: list[bytes] = []
    decode = journal_reader.decode
    monkeypatch.setattr(journal_reader, "decode", lambda line: decoded.append(line) or decode(line))
    with take(run), Journal.open(run.journal) as journal:
        decoded.clear()
        (line,) = watched.look()
        assert (line.status, line.epochs) == ("running", 1)
        assert line.trained_by.startswith("process ")
        assert len(decoded) == 4
        journal.append(epoch(2, 0.5))
        (line,) = watched.look()
        assert (line.epochs, line.best_val_loss) == (2, 0.5)
        assert len(decoded) == 5
        for event in closing():
            journal.append(event)
        (line,) = watched.look()
        assert (line.status, line.trained_by) == ("finished", "")
    assert whole == []


def test_a_run_whose_process_is_gone_is_interrupted(tmp_path: Path) -> None:
    run = make_run(tmp_path, [*opening(), epoch(1)])
    watched = RunIndex(tmp_path)
    with take(run):
        assert watched.look()[0].status == "running"
    assert watched.look()[0].status == "interrupted"
    with take(run):
        assert watched.look()[0].status == "running"


def test_a_run_gets_older_as_it_trains(tmp_path: Path) -> None:
    run = make_run(tmp_path, [*opening(), epoch(1)])
    watched = RunIndex(tmp_path)
    with take(run), Journal.open(run.journal) as journal:
        assert watched.look()[0].seconds == 0.25
        journal.append(Record(5, 1_795_000_100.0, Measured(epoch=2, step=6, series={"loss": ()})))
        assert watched.look()[0].seconds == pytest.approx(0.25 + 2 / 4 * 0.25)


def test_a_run_that_is_followed_elsewhere_keeps_its_line_until_it_is_asked_for_or_ends(
    tmp_path: Path,
) -> None:
    run = make_run(tmp_path, [*opening(), epoch(1)])
    watched = RunIndex(tmp_path)
    with take(run), Journal.open(run.journal) as journal:
        assert watched.look(run.run_id)[0].epochs == 1, "the first look says what there is"
        journal.append(epoch(2))
        (line,) = watched.look(run.run_id)
        assert (line.status, line.epochs) == ("running", 1)
        assert not watched._live, "nothing of it is kept"
        assert watched.look()[0].epochs == 2
        journal.append(epoch(3))
        assert watched.look(run.run_id)[0].epochs == 2
        assert watched.look("another")[0].epochs == 3
        journal.append(epoch(4))
        watched.look(run.run_id)
    assert watched.look(run.run_id) == list_runs(tmp_path), "it is not trained any more"
    with take(run), Journal.open(run.journal) as journal:
        for event in closing():
            journal.append(event)
        watched.look(run.run_id)
    assert watched.look(run.run_id) == list_runs(tmp_path), "it has ended"


def test_looking_again_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for k in range(5):
        make_run(tmp_path, whole_run(), f"20261123-10150{k}-wine-0a1b")
    watched = RunIndex(tmp_path)
    first = watched.look()

    def refuse(*_: object) -> None:
        raise AssertionError("not again")

    for name in ("describe_run", "held_or_problem", "read_label"):
        monkeypatch.setattr(run_index, name, refuse)
    assert watched.look() == first


def test_a_list_opens_a_few_small_files_of_each_run_and_none_the_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = 50
    for k in range(runs):
        make_run(tmp_path, whole_run(), f"20261123-{k:06}-wine-0a1b")
    list_runs(tmp_path)
    opened, really = Counter[str](), os.open
    monkeypatch.setattr(os, "open", lambda path, *how, **more: (
        opened.update([Path(os.fsdecode(path)).name]) or really(path, *how, **more)
    ))  # fmt: skip
    watched = RunIndex(tmp_path)
    assert len(watched.look()) == runs
    assert opened["summary.json"] <= runs
    assert opened["lock"] <= runs
    assert opened[JOURNAL] == 0, "a journal is long"
    assert opened.total() <= 8 * runs
    opened.clear()
    assert len(watched.look()) == runs
    assert opened["summary.json"] == opened[JOURNAL] == 0
    assert opened.total() <= 2 * runs


def test_a_run_that_waits_is_paused_as_long_as_somebody_trains_it(tmp_path: Path) -> None:
    run = make_run(tmp_path, [*opening(), epoch(1), Paused(10, 1)])
    watched, wanted = RunIndex(tmp_path), read_filter("status=paused")
    with take(run), Journal.open(run.journal) as journal:
        for (line,) in (watched.look(), list_runs(tmp_path)):
            assert (line.status, line.paused, line.state) == ("running", True, "paused")
            assert wanted.matches(line)
        journal.append(Continued(10, 1, 3.0))
        (line,) = watched.look()
        assert (line.state, wanted.matches(line)) == ("running", False)
        journal.append(Paused(10, 1))
        assert watched.look()[0].paused
    for (line,) in (watched.look(), list_runs(tmp_path)):
        assert (line.state, line.paused) == ("interrupted", False)
