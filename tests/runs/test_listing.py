"""The list of runs, and the summaries that make it quick."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runs.samples import closing, epoch, experiment, opening, stamped, whole_run, wild_run
from tui_lab.protocol.events import Event, Record, RunEnded, RunResumed
from tui_lab.protocol.steering_events import Continued, Paused
from tui_lab.runs.files.secure_files import SecureFolder
from tui_lab.runs.folder import reading
from tui_lab.runs.folder.folder import SUMMARY, RunFolder, create
from tui_lab.runs.folder.lock import take
from tui_lab.runs.folder.summary import facts
from tui_lab.runs.index.listing import describe_run, list_runs
from tui_lab.runs.journal.journal import Journal


def make_run(root: Path, events: list[Event], run_id: str = "20261123-101502-wine-0a1b") -> RunFolder:
    run = create(root, experiment())
    run = RunFolder(run.path.rename(root / run_id))
    with Journal.open(run.journal) as journal:
        for record in stamped(events):
            journal.append(record)
    return run


def test_a_finished_run(tmp_path: Path) -> None:
    make_run(tmp_path, whole_run())
    (line,) = list_runs(tmp_path)
    assert (line.preset, line.status, line.epochs) == ("multiclass", "finished", 3)
    assert (line.best_epoch, line.best_val_loss) == (2, 0.6)
    assert line.test == {"loss": 0.4, "accuracy": 0.95}
    assert line.started == 1_795_000_000.25
    assert line.seconds == pytest.approx(3 * 0.25)
    assert line.problem == ""


def test_the_newest_comes_first(tmp_path: Path) -> None:
    for day in (22, 24, 23):
        make_run(tmp_path, whole_run(), f"202611{day}-101502-wine-0a1b")
    assert [line.id[:8] for line in list_runs(tmp_path)] == ["20261124", "20261123", "20261122"]


def test_a_run_without_an_end_is_running_while_it_is_held_and_interrupted_after(tmp_path: Path) -> None:
    run = make_run(tmp_path, [*opening(), epoch(1)])
    with take(run):
        assert describe_run(run).status == "running"
        assert reading.load_run(run).view.status == "running"
    line = describe_run(run)
    assert (line.status, line.epochs, line.seconds) == ("interrupted", 1, 0.25)
    assert reading.load_run(run).view.status == "interrupted"


def test_a_run_that_never_began_and_a_folder_with_nothing_in_it(tmp_path: Path) -> None:
    never = create(tmp_path, experiment())
    line = describe_run(never)
    assert (line.status, line.preset, line.epochs) == ("interrupted", "multiclass", 0)
    assert "there is no journal" in line.problem
    never.experiment_json.unlink()
    assert describe_run(never).status == "broken"


def test_broken_folders_are_listed_beside_the_good_ones(tmp_path: Path) -> None:
    make_run(tmp_path, whole_run())
    damaged = make_run(tmp_path, whole_run(), "20261124-000000-wine-0000")
    damaged.journal.write_bytes(damaged.journal.read_bytes().replace(b'"epoch":2', b'"epoch":"x"', 1))
    junk = make_run(tmp_path, [], "20261125-000000-wine-0000")
    junk.journal.write_bytes(b"\xff\0" * 1000)
    junk.experiment_json.write_bytes(b"[" * 5000)
    folder = make_run(tmp_path, [], "20261126-000000-wine-0000")
    folder.journal.unlink()
    folder.journal.mkdir()
    lines = {line.id[:8]: line for line in list_runs(tmp_path)}
    assert len(lines) == 4
    assert "damaged lines skipped: 1" in lines["20261124"].problem and lines["20261124"].epochs == 3
    assert lines["20261125"].status == "interrupted"
    assert "it is a folder" in lines["20261126"].problem
    assert lines["20261123"].problem == ""


def journals_read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A list that grows by the path of each journal that is read."""
    paths: list[Path] = []
    folded = reading.folded

    def spy(path: Path):
        paths.append(path)
        return folded(path)

    monkeypatch.setattr(reading, "folded", spy)
    return paths


def test_a_journal_is_read_once_and_again_when_it_has_grown(tmp_path: Path, monkeypatch) -> None:
    run = make_run(tmp_path, [*opening(), epoch(1)])
    paths = journals_read(monkeypatch)
    assert list_runs(tmp_path) == list_runs(tmp_path)
    assert paths == [run.journal]
    with Journal.open(run.journal) as journal:
        journal.append(epoch(2))
    assert list_runs(tmp_path)[0].epochs == 2
    assert len(paths) == 2


def test_a_summary_kept_at_the_end_spares_the_list_the_journal(tmp_path: Path, monkeypatch) -> None:
    facts(make_run(tmp_path, whole_run()))
    paths = journals_read(monkeypatch)
    assert list_runs(tmp_path)[0].status == "finished"
    assert paths == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda kept: "",
        lambda kept: "[]",
        lambda kept: "[" * 5000,
        lambda kept: json.dumps(kept | {"version": 99}),
        lambda kept: json.dumps(kept | {"epochs": "many"}),
        lambda kept: json.dumps(kept | {"test": {"loss": [1]}}),
        lambda kept: json.dumps(kept | {"test": None}),
        lambda kept: json.dumps(kept | {"preset": ["x"]}),
        lambda kept: json.dumps(kept | {"more": 1}),
        lambda kept: json.dumps(kept | {"val_losses": ["x"]}),
        lambda kept: json.dumps(kept | {"val_losses": [0.5] * 1000}),
        lambda kept: json.dumps(kept | {"best_metrics": None}),
        lambda kept: json.dumps(kept | {"settings": {"task": []}}),
        lambda kept: json.dumps({k: v for k, v in kept.items() if k != "started"}),
    ],
)
def test_a_spoilt_summary_is_made_again(tmp_path: Path, spoil, monkeypatch) -> None:
    run = make_run(tmp_path, whole_run())
    line = describe_run(run)
    kept = json.loads((run.path / SUMMARY).read_text())
    kept.pop("check")  # as one who knows nothing of it writes it
    (run.path / SUMMARY).write_text(spoil(kept))
    paths = journals_read(monkeypatch)
    assert describe_run(run) == line
    assert describe_run(run) == line
    assert len(paths) == 1


def test_nan_survives_a_summary_as_strict_json(tmp_path: Path) -> None:
    run = make_run(tmp_path, wild_run())
    made, kept = describe_run(run), describe_run(run)
    assert repr(made) == repr(kept)
    assert "NaN" not in (run.path / SUMMARY).read_text().replace('"NaN"', "")
    written = json.loads(json.dumps(kept.as_json(), allow_nan=False))
    assert (written["test"]["loss"], written["val_losses"]) == ("NaN", ["Infinity"])


def test_a_list_that_cannot_keep_summaries_is_still_a_list(tmp_path: Path, monkeypatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    make_run(tmp_path, whole_run())
    monkeypatch.setattr(SecureFolder, "replace", refuse)
    assert list_runs(tmp_path)[0].status == "finished"


def test_seconds_are_those_of_training_whatever_the_clock_said(tmp_path: Path) -> None:
    run = create(tmp_path, experiment())
    records = stamped([*whole_run()[:-2], RunEnded("stopped", "on request")])
    with Journal.open(run.journal) as journal:
        for record in records:
            journal.append(record)
        later = records[-1].time + 1e6
        for k, event in enumerate(
            [RunResumed("last", 12, 3, {}), Paused(12, 3), Continued(12, 3, 500.0), epoch(4), *closing()]
        ):
            journal.append(Record(len(records) + 1 + k, later + 1000 * k, event))
    line = describe_run(run)
    assert (line.status, line.epochs, line.seconds) == ("finished", 4, pytest.approx(4 * 0.25))


@pytest.mark.parametrize("time", ["1e300", '"NaN"', '"Infinity"', "-1e18"])
def test_an_impossible_time_is_no_time(tmp_path: Path, time: str) -> None:
    run = make_run(tmp_path, whole_run())
    line = run.journal.read_bytes().replace(b'"time":1795000000.25', b'"time":' + time.encode(), 1)
    run.journal.write_bytes(line)
    json.dumps(describe_run(run).as_json(), allow_nan=False)


@pytest.mark.slow
def test_an_up_to_date_list_imports_neither_torch_nor_pydantic(tmp_path: Path) -> None:
    facts(make_run(tmp_path, whole_run()))
    code = (
        "import sys; from pathlib import Path; from tui_lab.runs.index.listing import list_runs;"
        "assert list_runs(Path(sys.argv[1]))[0].status == 'finished';"
        "print([m for m in ('torch', 'pydantic', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_journal_whose_end_was_cut_off_is_reported_until_it_has_grown_again(tmp_path: Path) -> None:
    """Cut between two lines it looks like the journal of a run that was killed."""
    run = make_run(tmp_path, whole_run())
    assert not describe_run(run).problem
    whole = run.journal.read_bytes()
    lines = whole.splitlines(keepends=True)
    run.journal.write_bytes(b"".join(lines[:-2]))
    for _ in range(2):
        assert "its end is missing" in describe_run(run).problem
        assert "its end is missing" in reading.load_run(run).problems[0]
    run.journal.write_bytes(whole)
    assert not describe_run(run).problem
