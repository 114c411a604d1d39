"""Where runs are kept nobody else may write; a group that is only ours is nobody else."""

import grp
import os
import pwd
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.runs.samples import experiment
from tui_lab.errors import InputError
from tui_lab.runs.files import permissions
from tui_lab.runs.files.permissions import check_not_shared, check_ours, check_run_ours
from tui_lab.runs.folder.folder import create

OTHER = 12_345
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture(autouse=True)
def anew() -> None:
    permissions._is_only_ours.cache_clear()


def group(monkeypatch: pytest.MonkeyPatch, *, name: str, members: list[str], user_gid: int) -> None:
    """The folders' group as the system describes it; the user is called `ada`."""
    gid = os.getegid()
    monkeypatch.setattr(pwd, "getpwuid", lambda _: SimpleNamespace(pw_name="ada", pw_gid=user_gid))
    monkeypatch.setattr(grp, "getgrgid", lambda _: SimpleNamespace(gr_name=name, gr_mem=members, gr_gid=gid))


def runs_of_mode(tmp_path: Path, mode: int) -> Path:
    root = tmp_path / "runs"
    root.mkdir()
    root.chmod(mode)
    return root


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o757])
def test_a_folder_that_everybody_may_write_is_refused_with_the_way_out(tmp_path: Path, mode: int) -> None:
    root = runs_of_mode(tmp_path, mode)
    for act in (lambda: check_not_shared(root), lambda: create(root, experiment())):
        with pytest.raises(InputError, match=r"everyone .* can write .*chmod go-w.*--runs DIR"):
            act()
    assert list(root.iterdir()) == []
    root.chmod(0o755)
    assert create(root, experiment()).path.parent == root


@pytest.mark.parametrize("members", [[], ["ada"]])
def test_a_group_that_is_only_ours_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, members: list[str]
) -> None:
    """As where umask 002 is the rule: `mkdir runs` makes a folder that the user's own group may write."""
    root = runs_of_mode(tmp_path, 0o2775)
    group(monkeypatch, name="ada", members=members, user_gid=os.getegid())
    check_ours(root)
    create(root, experiment())


@pytest.mark.parametrize(
    ("name", "members", "own"), [("ada", ["eve"], True), ("students", [], True), ("ada", [], False)]
)
def test_a_group_of_others_may_not_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, members: list[str], own: bool
) -> None:
    root = runs_of_mode(tmp_path, 0o770)
    group(monkeypatch, name=name, members=members, user_gid=os.getegid() + (not own))
    with pytest.raises(InputError, match=f"the group {name} can write"):
        create(root, experiment())


def test_who_has_no_name_has_a_group_of_the_same_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    root = runs_of_mode(tmp_path, 0o770)
    monkeypatch.setattr(os, "geteuid", lambda: os.getegid())
    check_not_shared(root)
    permissions._is_only_ours.cache_clear()
    monkeypatch.setattr(os, "geteuid", lambda: os.getegid() + 1)
    with pytest.raises(InputError, match="the group"):
        check_not_shared(root)


@as_root
def test_a_folder_of_another_user_holds_no_runs_of_ours(tmp_path: Path) -> None:
    root = runs_of_mode(tmp_path, 0o755)
    os.chown(root, OTHER, OTHER)
    with pytest.raises(InputError, match=f"belongs to another user .uid {OTHER}"):
        create(root, experiment())
    check_not_shared(root)  # it may be read: only its owner writes there
    assert list(root.iterdir()) == []


@as_root
def test_a_link_that_another_user_made_is_not_followed_to_a_folder_of_ours(tmp_path: Path) -> None:
    root = runs_of_mode(tmp_path, 0o700)
    link = tmp_path / "link"
    link.symlink_to(root)
    create(link, experiment())
    os.chown(link, OTHER, OTHER, follow_symlinks=False)
    with pytest.raises(InputError, match="belongs to another user"):
        create(link, experiment())


@as_root
def test_a_run_of_another_user_is_not_gone_on_with(tmp_path: Path) -> None:
    run = create(tmp_path / "runs", experiment())
    os.chown(run.path, OTHER, OTHER)
    with pytest.raises(InputError, match="belongs to another user"):
        check_run_ours(run.path)


def test_a_run_folder_that_was_opened_up_is_closed_again(tmp_path: Path) -> None:
    run = create(tmp_path / "runs", experiment())
    run.path.chmod(0o777)
    check_run_ours(run.path)
    assert stat.S_IMODE(run.path.stat().st_mode) == 0o700


def test_what_is_missing_is_made_for_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        create(tmp_path / "a" / "b", experiment())
    finally:
        os.umask(before)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a", tmp_path / "a" / "b")] == [
        0o700
    ] * 2
