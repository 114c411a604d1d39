"""The one way to the files of a run: no link, no pipe, no device, nobody else's file; everything 0600."""

import errno
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tui_lab.runs.files.secure_files import SecureFolder, UnsafeFileError

OTHER = 12_345


@pytest.fixture
def folder(tmp_path: Path) -> SecureFolder:
    (tmp_path / "run").mkdir(mode=0o700)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine").write_text("precious")
    return SecureFolder(tmp_path / "run")


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


ODD: dict[str, Callable[[Path], object]] = {
    "a link": lambda path: path.symlink_to(path.parent.parent / "elsewhere" / "mine"),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a named pipe": lambda path: os.mkfifo(path),
    "a folder": lambda path: path.mkdir(),
    "a socket": a_socket,
}


@pytest.mark.parametrize("kind", ODD)
def test_only_regular_files_are_opened_and_the_refusal_says_what_is_there(
    folder: SecureFolder, kind: str
) -> None:
    ODD[kind](folder.path / "file")
    words = f"it is {kind.partition(' to ')[0]}, not a regular file"
    for act in (folder.read, folder.open, folder.open_to_write, folder.state):
        with pytest.raises(UnsafeFileError, match=words):
            act("file")
    assert (folder.path.parent / "elsewhere" / "mine").read_text() == "precious"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices and gives files away")
def test_devices_and_files_of_others_are_refused(folder: SecureFolder) -> None:
    (folder.path / "theirs").touch()
    os.chown(folder.path / "theirs", OTHER, OTHER)
    assert folder.read("theirs") == b""
    with pytest.raises(UnsafeFileError, match="another user"):
        folder.open_to_write("theirs")
    try:
        os.mknod(folder.path / "zero", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("no devices can be made here")
    with pytest.raises(UnsafeFileError, match="a device, not a regular file"):
        folder.read("zero")


@pytest.mark.parametrize("inside", ["", "checkpoints"])
def test_a_folder_that_is_a_link_is_not_entered(folder: SecureFolder, inside: str) -> None:
    elsewhere = folder.path.parent / "elsewhere"
    link = folder.path / inside if inside else folder.path.parent / "link"
    link.symlink_to(elsewhere)
    through = SecureFolder(folder.path, inside) if inside else SecureFolder(link)
    acts: list[Callable[[], object]] = [
        through.make, through.names,
        lambda: through.read("mine"), lambda: through.replace("mine", b""), lambda: through.remove("mine"),
        lambda: through.open_to_write("mine"),
    ]  # fmt: skip
    for act in acts:
        with pytest.raises(UnsafeFileError, match="is a link, not a folder"):
            act()
    assert [path.name for path in elsewhere.iterdir()] == ["mine"]
    assert (elsewhere / "mine").read_text() == "precious"


def test_what_is_replaced_or_removed_is_the_link_itself(folder: SecureFolder) -> None:
    precious = folder.path.parent / "elsewhere" / "mine"
    for name in ("replaced", "removed"):
        (folder.path / name).symlink_to(precious)
    folder.replace("replaced", b"new")
    folder.remove("removed")
    folder.remove("removed")
    assert precious.read_text() == "precious"
    assert folder.read("replaced") == b"new"
    assert folder.names() == ["replaced"]


def test_a_second_name_of_a_file_elsewhere_is_not_written_to(folder: SecureFolder) -> None:
    os.link(folder.path.parent / "elsewhere" / "mine", folder.path / "log")
    with pytest.raises(UnsafeFileError, match="hard link"):
        folder.open_to_write("log", os.O_WRONLY | os.O_APPEND)


def test_every_file_is_for_its_owner_only_whatever_the_umask(folder: SecureFolder) -> None:
    (folder.path / "old").touch(0o644)
    before = os.umask(0)
    try:
        saved = SecureFolder(folder.path, "checkpoints")
        saved.make()
        saved.replace("a", b"x")
        os.close(folder.open_to_write("lock"))
        os.close(folder.open_to_write("old"))
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.path.rglob("*")}
    assert modes == {"checkpoints": 0o700, "a": 0o600, "lock": 0o600, "old": 0o600}


def test_a_file_that_is_too_large_for_what_it_holds_is_not_read(folder: SecureFolder) -> None:
    folder.replace("label", b"12345")
    assert folder.read("label", 5) == b"12345"
    os.truncate(folder.path / "label", 2**40)  # takes no room on the disk
    with pytest.raises(OSError, match="too large") as raised:
        folder.read("label", 5)
    assert raised.value.errno == errno.EFBIG


def test_what_does_not_exist_is_missing(folder: SecureFolder) -> None:
    nowhere = SecureFolder(folder.path, "checkpoints")
    assert nowhere.names() == []
    assert not nowhere.exists("a")
    for act in (folder.read, folder.state, nowhere.read, nowhere.state):
        with pytest.raises(FileNotFoundError):
            act("a")


def test_a_link_that_leads_nowhere_exists(folder: SecureFolder) -> None:
    (folder.path / "dangling").symlink_to("nothing")
    assert folder.exists("dangling")
