"""Deleting runs: the one that was meant, all of it, and nothing else."""

import shutil
from pathlib import Path

import pytest

from tests.runs.samples import experiment, whole_run
from tests.runs.test_listing import make_run
from tui_lab.errors import RunError
from tui_lab.runs.folder import removal
from tui_lab.runs.folder.folder import RunFolder, create, run_ids
from tui_lab.runs.folder.lock import take
from tui_lab.runs.folder.removal import remove


def test_a_run_is_gone_with_all_that_was_in_it(tmp_path: Path) -> None:
    other = make_run(tmp_path, whole_run(), "20261122-101502-wine-0a1b")
    run = make_run(tmp_path, whole_run())
    run.checkpoints.mkdir()
    (run.checkpoints / "last.pt").write_bytes(b"x")
    remove(run)
    assert list(tmp_path.iterdir()) == [other.path]


def test_a_run_that_is_being_trained_is_refused_by_its_holder(tmp_path: Path) -> None:
    run = make_run(tmp_path, whole_run())
    with take(run), pytest.raises(RunError, match=r"is being trained by process \d+"):
        remove(run)
    assert run.journal.exists()
    remove(run)


def test_it_is_held_and_no_run_any_more_while_it_is_being_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path, whole_run())
    seen: list[list[str]] = []
    rmtree = shutil.rmtree

    def spy(name: str, **options: int) -> None:
        seen.append(run_ids(tmp_path))
        with pytest.raises(RunError, match="is being trained"):
            take(RunFolder(tmp_path / name))
        rmtree(name, **options)

    monkeypatch.setattr(removal.shutil, "rmtree", spy)
    remove(run)
    assert seen == [[]]


def test_links_are_deleted_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.tex").write_text("x")
    root = tmp_path / "runs"
    run = create(root, experiment())
    (run.path / "data").symlink_to(precious)
    (run.path / "thesis").symlink_to(precious / "thesis.tex")
    remove(run)
    assert (precious / "thesis.tex").read_text() == "x"
    assert list(root.iterdir()) == []


def test_a_link_to_a_run_and_what_is_no_run_are_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path, whole_run())
    link = RunFolder(tmp_path / "20261123-101502-link-0a1b")
    link.path.symlink_to(run.path)
    for path in (
        link.path,
        tmp_path,
        tmp_path / "..",
        run.path / "..",
        tmp_path / "20261123-101502-gone-0a1b",
    ):
        with pytest.raises(RunError):
            remove(RunFolder(path))
    assert run.journal.exists()


def test_a_lock_that_leads_elsewhere_is_not_written_through(tmp_path: Path) -> None:
    run = make_run(tmp_path, whole_run())
    (tmp_path / "mine").write_text("mine")
    run.lock.unlink(missing_ok=True)
    run.lock.symlink_to(tmp_path / "mine")
    with pytest.raises(RunError, match="cannot be opened"):
        remove(run)
    assert (tmp_path / "mine").read_text() == "mine"


def test_files_that_stay_are_said_and_swept_up_by_the_next_deletion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_run(tmp_path, whole_run())
    second = make_run(tmp_path, whole_run(), "20261124-101502-wine-0a1b")

    def refuse(path: Path, **options: bool) -> None:
        raise PermissionError(1, "not permitted")

    with monkeypatch.context() as patch:
        patch.setattr(removal.shutil, "rmtree", refuse)
        with pytest.raises(
            RunError, match="removed from the list, but some of its files remain: not permitted"
        ):
            remove(first)
    assert run_ids(tmp_path) == [second.run_id]
    remove(second)
    assert list(tmp_path.iterdir()) == []
