"""A table that is read once for many runs: only if it is small, and only as long as its file is the same."""

import os
from pathlib import Path

import pytest

from tui_lab.data.table.reading import read_file
from tui_lab.data.table.reading.read_file import read_raw
from tui_lab.experiment.experiment import DataSpec

DAY_S = 86400


def table(path: Path, last: int, age_s: float = DAY_S) -> DataSpec:
    """A table of ten rows, last written so long ago."""
    path.write_text("a,y\n" + "".join(f"{k},{k % 3}\n" for k in range(9)) + f"{last},0\n")
    written = path.stat().st_mtime - age_s
    os.utime(path, (written, written))
    return DataSpec(file=str(path), target="y")


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a change of a file's times counts as long ago as they say."""
    read_file._kept.clear()
    real = read_file.state_of
    monkeypatch.setattr(read_file, "state_of", lambda spec: (real(spec) or ())[:-1])


def test_a_small_table_is_read_once(tmp_path: Path) -> None:
    asked = table(tmp_path / "t.csv", 9)
    first = read_raw(asked)
    assert read_raw(asked.model_copy(update={"one_hot_up_to": 5})) is first is read_raw(asked)
    assert read_raw(asked.model_copy(update={"missing": ("9",)})) is not first


def test_a_file_that_was_written_again_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    before = read_raw(table(path, 8))
    after = read_raw(table(path, 9, 2 * DAY_S))
    assert len(path.read_text()) == len("a,y\n") + 40, "the same size"
    assert before.sha256 != after.sha256


def test_one_that_was_written_just_now_is_not_kept(tmp_path: Path) -> None:
    """Its next version may have the same times."""
    asked = table(tmp_path / "t.csv", 9, age_s=0.0)
    assert read_raw(asked) is not read_raw(asked)


def test_a_large_one_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = table(tmp_path / "t.csv", 9)
    monkeypatch.setattr(read_file, "_SMALL", 19)
    assert read_raw(asked) is not read_raw(asked)
    monkeypatch.setattr(read_file, "_SMALL", 20)
    assert read_raw(asked) is read_raw(asked)
