"""A folder with a pipe, a device or a link in the place of a file is reported; the others are listed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runs.samples import whole_run
from tests.runs.test_listing import make_run
from tui_lab.errors import RunError
from tui_lab.runs.folder.folder import SUMMARY, RunFolder
from tui_lab.runs.folder.labels import Label, read_label, write_label
from tui_lab.runs.folder.lock import held, take
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.index.listing import list_runs
from tui_lab.runs.index.run_index import RunIndex
from tui_lab.runs.journal.journal import Journal

GOOD, ODD = "20261123-101502-wine-0a1b", "20261124-101502-wine-0a1b"
KINDS: dict[str, Callable[[Path], object]] = {
    "a named pipe": os.mkfifo,
    "a link": lambda path: path.symlink_to("/dev/zero"),
    "a folder": Path.mkdir,
}


@pytest.fixture
def odd(tmp_path: Path) -> RunFolder:
    make_run(tmp_path, whole_run(), GOOD)
    run = make_run(tmp_path, whole_run(), ODD)
    write_label(run, Label("wide"))
    return run


def put(path: Path, kind: str) -> None:
    path.unlink(missing_ok=True)
    KINDS[kind](path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["events.jsonl", "lock", "label.json"])
def test_it_is_reported_and_the_others_are_listed(odd: RunFolder, name: str, kind: str) -> None:
    put(odd.path / name, kind)
    for lines in (list_runs(odd.path.parent), RunIndex(odd.path.parent).look()):
        broken, good = lines
        assert f"{name}: " in broken.problem
        assert f"it is {kind}, not a regular file" in broken.problem
        assert (good.id, good.problem, good.epochs) == (GOOD, "", 3)


@pytest.mark.parametrize("kind", ["a named pipe", "a link"])
def test_a_summary_that_is_none_is_made_anew_from_the_journal(odd: RunFolder, kind: str) -> None:
    before = list_runs(odd.path.parent)
    put((odd.path / SUMMARY), kind)
    assert list_runs(odd.path.parent) == before
    assert (odd.path / SUMMARY).is_file() and not (odd.path / SUMMARY).is_symlink()


@pytest.mark.parametrize("kind", KINDS)
def test_such_a_run_is_neither_read_nor_held_nor_written(odd: RunFolder, kind: str) -> None:
    put(odd.journal, kind)
    put(odd.lock, kind)
    assert held(odd) is None
    for act in (lambda: load_run(odd), lambda: take(odd), lambda: Journal.open(odd.journal)):
        with pytest.raises(RunError, match=f"it is {kind}, not a regular file"):
            act()


def test_a_flipped_bit_in_a_label_is_noticed_and_said(odd: RunFolder) -> None:
    whole = odd.label.read_bytes()
    seen: set[str] = set()
    for place in range(len(whole)):
        for bit in range(0, 8, 3):
            odd.label.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
            found = read_label(odd)
            assert found == Label("wide") or found.problem
            seen.add(found.name)
    assert seen <= {"wide", ""}
    assert "cannot be read" in list_runs(odd.path.parent)[0].problem or read_label(odd) == Label("wide")


def test_a_flipped_bit_in_a_summary_changes_nothing_that_is_shown(odd: RunFolder) -> None:
    before = list_runs(odd.path.parent)
    whole = (odd.path / SUMMARY).read_bytes()
    for place in range(0, len(whole), 7):
        (odd.path / SUMMARY).write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert list_runs(odd.path.parent) == before
