"""The list of sweeps on disk: followed while they train, read once otherwise, broken ones said to be."""

from pathlib import Path

import pytest

from tests.tui.sweeps.fakes import a_sweep
from tui_lab.errors import LabError
from tui_lab.protocol.sweeps.events import SweepEnded, SweepStarted, TrialAdded, TrialEnded, TrialStarted
from tui_lab.runs.folder.lock import take
from tui_lab.runs.sweeps.folder import SweepFolder, create_sweep
from tui_lab.runs.sweeps.journal import SweepJournal
from tui_lab.tui.state.sweep_store import SweepStore
from tui_lab.tui.state.sweeps import SweepsFeed


def begun(root: Path, name: str = "one") -> tuple[SweepFolder, SweepJournal]:
    folder = create_sweep(root, "binary")
    journal = SweepJournal.open(folder.journal, 0)
    journal.append(SweepStarted(a_sweep(name), {}, 2))
    journal.append(TrialAdded(0, 0, {"lr": 0.1, "momentum": 0.9}, 0))
    journal.append(TrialStarted(0, "20261129-100000-binary-0000"))
    return folder, journal


def test_no_folder_is_no_sweep(tmp_path: Path) -> None:
    assert SweepStore(tmp_path / "none").lines() == []


def test_one_that_trains_is_followed_and_one_that_ended_is_read_once(tmp_path: Path) -> None:
    folder, journal = begun(tmp_path)
    store = SweepStore(tmp_path)
    with journal:
        with take(folder):
            (line,) = store.lines()
            assert (line.state, line.over, line.running, line.trials) == ("running", 0, 1, 6)
            journal.append(TrialEnded(0, "finished", 20, 0.25, 7, {"loss": 0.25}))
            assert (store.lines()[0].over, store.lines()[0].best) == (1, 0.25)
            with pytest.raises(LabError, match="is being trained"):
                store.remove(folder.run_id)
            journal.append(SweepEnded("finished", "all trials are done"))
            assert store.lines()[0].state == "finished"
        assert store.lines()[0] is store.lines()[0]


def test_one_whose_process_is_gone_was_stopped_and_is_noticed_when_it_goes_on(tmp_path: Path) -> None:
    folder, journal = begun(tmp_path)
    store = SweepStore(tmp_path)
    with journal:
        assert store.lines()[0].state == "stopped" and store.lines()[0].unfinished
        journal.append(TrialEnded(0, "stopped", 3, 0.5, 3))
        with take(folder):
            assert store.lines()[0].training


def test_a_broken_one_is_listed_with_its_problem_and_the_others_too(tmp_path: Path) -> None:
    begun(tmp_path)[1].close()
    broken, journal = begun(tmp_path)
    journal.close()
    broken.journal.write_text("not a journal\n")
    feed = SweepsFeed(SweepStore(tmp_path))
    feed.refresh()
    feed.wait()
    assert [line.state for line in feed.lines] == ["broken", "stopped"]
    assert "not the journal of a sweep" in feed.lines[0].message
    feed.refresh()
    feed.wait()
    assert feed.version == 1, "nothing is new"


def test_a_second_sweep_of_a_name_is_refused(tmp_path: Path) -> None:
    folder, journal = begun(tmp_path, "Wide Rates")
    journal.close()
    with pytest.raises(LabError, match=f"{folder.run_id} is called 'wide rates' already"):
        SweepStore(tmp_path).start(a_sweep("wide rates"))
