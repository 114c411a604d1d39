"""Sweeps on disk: their journals, whole and damaged, and how one is found."""

import json
from pathlib import Path

import pytest

from tests.runs.samples import experiment
from tui_lab.errors import InputError, RunError
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sealing import seal
from tui_lab.protocol.sweeps.events import (
    SweepEnded,
    SweepEvent,
    SweepRecord,
    SweepStarted,
    TrialAdded,
    TrialEnded,
    TrialsMeasured,
    TrialStarted,
)
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.runs.folder.folder import create, run_ids
from tui_lab.runs.folder.lock import take
from tui_lab.runs.sweeps.folder import SweepFolder, create_sweep, find_sweep, sweep_ids
from tui_lab.runs.sweeps.journal import FORMAT, SweepJournal, SweepReader
from tui_lab.runs.sweeps.leftovers import remove_unknown
from tui_lab.runs.sweeps.names import check_free
from tui_lab.runs.sweeps.reading import find_run, load_sweep, open_sweep
from tui_lab.session.sweeps.client import SweepClient

SWEEP = Sweep(experiment=experiment("wine"), axes=(Axis(name="lr", low=1e-4, high=1e-1, log=True),), trials=2)
EVENTS: tuple[SweepEvent, ...] = (
    SweepStarted(SWEEP, {"host": "a"}, 2, "two at a time"),
    TrialAdded(0, 0, {"lr": 0.01}, 0),
    TrialAdded(1, 1, {"lr": 0.1}, 0),
    TrialStarted(0, "20261129-101502-wine-3f2a", "1"),
    TrialsMeasured((0, 0), (1, 2), (0.5, float("nan"))),
    TrialEnded(0, "finished", 2, 0.5, 1, {"loss": 0.5}, {"loss": 0.6}, 1.5, "all epochs are done"),
    SweepEnded("stopped", "stopped on request"),
)


@pytest.fixture
def folder(tmp_path: Path) -> SweepFolder:
    made = create_sweep(tmp_path, "wine")
    with SweepJournal.open(made.journal, 0) as journal:
        for event in EVENTS:
            journal.append(event, waits=isinstance(event, TrialsMeasured))
    return made


def test_what_was_written_is_read(folder: SweepFolder) -> None:
    view, reader, records = open_sweep(folder)
    assert [record.seq for record in records] == list(range(1, 8))
    assert repr([record.event for record in records]) == repr(list(EVENTS)), "also what is not a number"
    assert (reader.damaged, view.status) == (0, "stopped")
    trial = view.trials[0]
    assert (trial.best, trial.best_epoch, trial.test, trial.seconds) == (0.5, 1, {"loss": 0.6}, 1.5)
    assert view.trials[1].status == "waiting"
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert folder.journal.stat().st_mode & 0o777 == 0o600


def test_a_growing_journal_is_read_piece_by_piece(folder: SweepFolder, tmp_path: Path) -> None:
    whole = folder.journal.read_bytes()
    path = tmp_path / "growing.jsonl"
    reader, found = SweepReader(path), []
    assert reader.poll() == []
    for end in range(0, len(whole) + 1, 37):
        path.write_bytes(whole[:end])
        found += reader.poll()
    path.write_bytes(whole)
    found += reader.poll()
    assert [record.seq for record in found] == list(range(1, 8))
    assert reader.poll() == []


def test_each_damaged_line_costs_one_event(folder: SweepFolder) -> None:
    lines = folder.journal.read_bytes().split(b"\n")
    lines[5] = lines[5].replace(b"0.5", b"0.4", 1)
    folder.journal.write_bytes(b"\n".join(lines))
    view, reader, records = open_sweep(folder)
    assert (reader.damaged, len(records)) == (1, 6)
    assert list(view.trials[0].epochs) == []


def test_lines_out_of_order_are_damaged(folder: SweepFolder) -> None:
    lines = folder.journal.read_bytes().splitlines(keepends=True)
    folder.journal.write_bytes(b"".join([*lines, lines[2]]))
    view, reader, _ = open_sweep(folder)
    assert (reader.damaged, len(view.trials)) == (1, 2)


def test_epochs_that_are_measured_again_take_the_place_of_those_before() -> None:
    view = SweepView()
    view.apply_all(SweepRecord(k, 0.0, event) for k, event in enumerate(EVENTS[:5], 1))
    view.apply(SweepRecord(6, 0.0, TrialsMeasured((0, 0), (3, 4), (0.4, 0.3))))
    view.apply(SweepRecord(7, 0.0, TrialsMeasured((0,), (2,), (0.45,))))
    assert (list(view.trials[0].epochs), list(view.trials[0].curve)) == ([1, 2], [0.5, 0.45])


def test_a_torn_last_line_is_cut_off_before_more_is_written(folder: SweepFolder) -> None:
    whole = folder.journal.read_bytes()
    folder.journal.write_bytes(whole[:-9])
    view, reader, _ = open_sweep(folder)
    assert (view.seq, reader.damaged) == (6, 0)
    with SweepJournal.open(folder.journal, view.seq) as journal:
        journal.append(EVENTS[-1])
    again, reader, _ = open_sweep(folder)
    assert (again.seq, again.status, reader.damaged) == (7, "stopped", 0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no sweep"),
        (b"nothing\n", "not the journal of a sweep"),
        (b'{"format":"tui-lab.events","version":1}\n', "not the journal of a sweep"),
        (seal(json.dumps({"format": FORMAT, "version": 99}).encode()) + b"\n", "newer tui-lab"),
        (seal(json.dumps({"format": FORMAT, "version": 1}).encode()) + b"\n", "holds no sweep"),
    ],
)
def test_what_is_no_journal_of_a_sweep_is_refused_in_words(
    folder: SweepFolder, content: bytes, words: str
) -> None:
    folder.journal.write_bytes(content)
    with pytest.raises(RunError, match=words):
        open_sweep(folder)


def test_a_link_is_not_followed(folder: SweepFolder, tmp_path: Path) -> None:
    folder.journal.rename(tmp_path / "elsewhere")
    folder.journal.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunError):
        open_sweep(folder)


def test_a_sweep_is_found_by_its_id_or_a_part_of_it(tmp_path: Path, folder: SweepFolder) -> None:
    other = create_sweep(tmp_path, "iris")
    assert sweep_ids(tmp_path) == [other.run_id, folder.run_id]
    assert find_sweep(tmp_path, "last") == other
    for ref in (folder.run_id, folder.run_id[-4:], "wine", f"wine {folder.run_id[-4:]}"):
        assert find_sweep(tmp_path, ref) == folder
    with pytest.raises(InputError, match="means 2 sweeps"):
        find_sweep(tmp_path, folder.run_id[:8])
    with pytest.raises(InputError, match="no sweep 'x'"):
        find_sweep(tmp_path, "x")
    with pytest.raises(InputError, match="empty"):
        find_sweep(tmp_path, " ")


def test_a_sweep_is_found_by_its_name_however_many_trials_it_has(tmp_path: Path) -> None:
    made = create_sweep(tmp_path, "wine")
    create_sweep(tmp_path, "wine")
    with SweepJournal.open(made.journal, 0) as journal:
        journal.append(SweepStarted(SWEEP.model_copy(update={"name": "Wide rates"}), {}, 2, "by hand"))
    with made.journal.open("ab") as file:
        file.write(b" " * 5_000_000 + b"\n")
    assert find_sweep(tmp_path, "wide  rates") == made
    with pytest.raises(InputError, match=f"{made.run_id} is called 'Wide Rates' already"):
        check_free(tmp_path, "Wide Rates")
    check_free(tmp_path, "wine")
    check_free(tmp_path, "")


def test_a_trial_is_found_by_its_number(tmp_path: Path, folder: SweepFolder) -> None:
    assert find_run(tmp_path, "wine/0").path == folder.trials / "20261129-101502-wine-3f2a"
    for ref, words in (("wine/1", "has not started"), ("wine/2", "from 0"), ("iris/0", "no sweep")):
        with pytest.raises(InputError, match=words):
            find_run(tmp_path, ref)


def test_runs_that_no_trial_names_are_removed(folder: SweepFolder) -> None:
    view, _, _ = open_sweep(folder)
    kept, lost = create(folder.trials, SWEEP.experiment), create(folder.trials, SWEEP.experiment)
    view.trials[0].run_id = kept.run_id
    remove_unknown(folder, view)
    assert run_ids(folder.trials) == [kept.run_id]
    assert lost.run_id != kept.run_id


def test_a_sweep_without_a_process_was_interrupted(folder: SweepFolder) -> None:
    lines = folder.journal.read_bytes().splitlines(keepends=True)
    folder.journal.write_bytes(b"".join(lines[:-1]))
    with take(folder):
        assert load_sweep(folder).status == "running"
        client = SweepClient(folder)
        assert client.alive
        assert not client.poll()
    client._looked = 0.0
    assert client.poll(), "it is news"
    assert (client.view.status, client.alive) == ("stopped", False)
    assert load_sweep(folder).message == "its process was ended"


def test_a_client_follows_what_happens(folder: SweepFolder) -> None:
    lines = folder.journal.read_bytes().splitlines(keepends=True)
    folder.journal.write_bytes(b"".join(lines[:3]))
    with take(folder):
        client = SweepClient(folder)
        assert len(client.records) == 2
        folder.journal.write_bytes(b"".join(lines))
        assert client.poll()
        assert [record.seq for record in client.records] == [3, 4, 5, 6, 7]
        assert not client.alive, "it has ended"
    assert not client.poll()


def test_the_seconds_of_a_sweep_leave_out_pauses_and_interruptions() -> None:
    from tui_lab.protocol.sweeps.events import SweepContinued, SweepPaused, SweepResumed

    view = SweepView()
    steps = (
        (0.0, EVENTS[0]), (10.0, EVENTS[1]), (20.0, SweepPaused()), (90.0, SweepContinued()),
        (100.0, EVENTS[2]), (500.0, SweepResumed({}, 2)), (505.0, EVENTS[3]),
        (506.0, SweepEnded("stopped", "")), (900.0, SweepResumed({}, 2)), (901.0, EVENTS[5]),
    )  # fmt: skip
    view.apply_all(SweepRecord(k, time, event) for k, (time, event) in enumerate(steps, 1))
    assert view.seconds == 20 + 10 + 6 + 1
