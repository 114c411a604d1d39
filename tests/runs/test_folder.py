"""Making a run folder and finding one again."""

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from tests.runs.samples import HOSTILE, experiment
from tui_lab.errors import InputError
from tui_lab.runs.files.secure_files import SecureFolder
from tui_lab.runs.folder import folder as folder_module
from tui_lab.runs.folder import ids
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.folder import create, default_root, run_ids
from tui_lab.runs.folder.reading import load_experiment

A, B, C = "20261123-101502-wine-0a1b", "20261123-101502-wine-3f2a", "20261124-090000-cnn-ffff"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (A, B, C):
        (tmp_path / name).mkdir()
    return tmp_path


def test_an_id_sorts_by_time_and_is_a_plain_name() -> None:
    early, late = ids.new_id("Größe \x1b[31m/../x", 1_795_000_000), ids.new_id("a" * 500, 1_795_000_001)
    assert early < late
    assert ids.is_id(early) and ids.is_id(late)
    assert len(late) <= 45
    assert early.startswith("20261118-")


@pytest.mark.parametrize("name", ["", "---", "/", "..", "\0", "é", HOSTILE, "-x"])
def test_any_name_makes_an_id(name: str) -> None:
    assert ids.is_id(ids.new_id(name, 0.0))


@pytest.mark.parametrize("umask", [0, 0o022, 0o077, 0o777])
def test_a_run_folder_is_for_its_owner_only_and_complete(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        run = create(tmp_path, experiment())
    finally:
        os.umask(before)
    assert stat.S_IMODE(run.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(run.experiment_json.stat().st_mode) == 0o600
    assert [path.name for path in run.path.iterdir()] == ["experiment.json"]
    assert load_experiment(run) == experiment()
    assert ids.is_id(run.run_id) and "-multiclass-" in run.run_id


def test_the_places_in_a_folder_are_those_of_the_contract(tmp_path: Path) -> None:
    run = create(tmp_path, experiment())
    names = [p.name for p in (run.experiment_json, run.journal, run.checkpoints, run.lock)]
    assert names == ["experiment.json", "events.jsonl", "checkpoints", "lock"]


def test_a_root_is_made_with_its_parents(tmp_path: Path) -> None:
    assert create(tmp_path / "a" / "b", experiment()).path.parent == tmp_path / "a" / "b"


def test_a_taken_name_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.25, 0.25, 0.75])
    monkeypatch.setattr(folder_module.time, "time", lambda: next(times))
    monkeypatch.setattr(folder_module, "moment_after", lambda run_id: 0.0)  # as if both looked at once
    first, second = create(tmp_path, experiment()), create(tmp_path, experiment())
    assert (first.run_id[-4:], second.run_id[-4:]) == ("4000", "c000")


def test_the_last_run_is_the_last_one_begun_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([1_795_000_000.0, 1_794_000_000.0, 1_794_000_000.0, 253_339_232_461.0, 0.0])
    monkeypatch.setattr(folder_module.time, "time", lambda: next(times))
    made = [create(tmp_path, experiment()).run_id for _ in range(5)]
    assert run_ids(tmp_path) == made[::-1], "set back by days, then in the year 9998, then in 1970"
    assert find(tmp_path, "last").run_id == made[-1]


def test_a_clock_past_the_year_9999_is_said_to_be_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module.time, "time", lambda: 1e12)
    with pytest.raises(InputError, match="clock"):
        create(tmp_path, experiment())


def test_runs_of_one_second_are_in_their_order_whatever_their_names(tmp_path: Path) -> None:
    made = [ids.new_id(name, 1_795_000_000 + part) for name, part in (("z", 0.1), ("a", 0.5), ("m", 0.9))]
    for run_id in made:
        (tmp_path / run_id).mkdir()
    assert folder_module.run_ids(tmp_path) == made[::-1]


def test_names_that_never_run_free_are_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "new_id", lambda *_: A)
    create(tmp_path, experiment())
    with pytest.raises(InputError, match="no free name"):
        create(tmp_path, experiment())


def test_a_root_that_cannot_hold_runs_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for root in (tmp_path / "file", tmp_path / "file" / "below", Path("a\0b"), tmp_path / ("x" * 300)):
        with pytest.raises(InputError, match=r"cannot store runs there: .+; .*--runs DIR"):
            create(root, experiment())


def test_a_disk_that_fills_leaves_no_folder_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(SecureFolder, "replace", full)
    with pytest.raises(InputError, match="No space left on device"):
        create(tmp_path, experiment())
    assert list(tmp_path.iterdir()) == []


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    asked = experiment()
    broken = asked.model_copy(update={"data": asked.data.model_copy(update={"file": "a\udc80.csv"})})
    with pytest.raises(InputError, match="not UTF-8"):
        create(tmp_path, broken)
    assert list(tmp_path.iterdir()) == []


def test_hostile_text_in_an_experiment_stays_one_json_text(tmp_path: Path) -> None:
    asked = experiment(target=HOSTILE)
    run = create(tmp_path, asked)
    assert b"\x1b" not in run.experiment_json.read_bytes()
    assert load_experiment(run) == asked
    assert json.loads(run.experiment_json.read_bytes())["format"] == "tui-lab.experiment"


def test_only_folders_that_are_named_like_runs_count(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (root / "notes").mkdir()
    (root / "20261125-000000-wine-aaaa").write_text("a file")
    (root / "20261126-000000-wine-aaaa").symlink_to(tmp_path_factory.mktemp("outside"))
    assert run_ids(root) == [C, B, A]


def test_no_runs_yet(tmp_path: Path) -> None:
    assert run_ids(tmp_path / "none") == []
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot list the runs: Not a directory"):
        run_ids(tmp_path / "file")


def test_where_runs_live_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_LAB_RUNS", str(tmp_path))
    assert default_root() == tmp_path
    monkeypatch.delenv("TUI_LAB_RUNS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(folder_module.platformdirs, "user_data_path", lambda name: tmp_path / name)
    assert default_root() == tmp_path / "tui-lab" / "runs"
    monkeypatch.setattr(folder_module.platformdirs, "user_data_path", lambda name: Path("~") / name)
    with pytest.raises(InputError, match="no home folder"):
        default_root()
