"""Files written whole or not at all."""

import errno
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PRIVATE = 0o600
_ROOM_BYTES = 1_000_000
Content = bytes | memoryview | Iterable[bytes | memoryview]
"""The content of a file: all at once, or in pieces that are written one after the other."""


def write_atomically(path: Path, content: Content, mode: int | None = PRIVATE, durable: bool = True) -> None:
    """Write `content` to `path`, as `replace_in` does; links in the path of its folder are followed."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        replace_in(folder, path.name, content, mode, durable=durable)
    finally:
        os.close(folder)


def replace_in(
    folder: int, name: str, content: Content, mode: int | None = PRIVATE, *, durable: bool = True
) -> None:
    """Write a file into a folder given by descriptor, through a temporary file in it. Raises OSError.

    `mode`: the permissions, whatever the umask; None leaves them to the umask. `durable`: sync it to disk
    first, so that a power failure leaves the old file or the new one; for data that cannot be recreated.
    """
    temporary = f".{secrets.token_hex(6)}.tmp"
    try:
        fd = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode or 0o666, dir_fd=folder
        )
        with os.fdopen(fd, "wb") as file:
            if mode is not None:
                os.fchmod(fd, mode)
            file.writelines([content] if isinstance(content, bytes | memoryview) else content)
            file.flush()
            if durable:
                os.fsync(fd)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        if durable:
            _sync(folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


@contextmanager
def temporary_in(folder: Path) -> Iterator[Path]:
    """A free name in a folder, for what `put` moves into place; what is still there afterwards is removed."""
    temporary = folder / f".{secrets.token_hex(6)}.tmp"
    try:
        yield temporary
    finally:
        with suppress(OSError):
            shutil.rmtree(temporary) if temporary.is_dir() else temporary.unlink(missing_ok=True)


def put(temporary: Path, path: Path) -> None:
    """Move a finished file or folder to its place; a file is on disk by then. Raises OSError."""
    _sync_path(temporary)
    temporary.replace(path)
    _sync_path(path.parent)


def _sync_path(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _sync(fd)
    finally:
        os.close(fd)


def _sync(fd: int) -> None:
    """Some network file systems refuse this for folders; the file is fine all the same."""
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise


def check_folder_writable(folder: Path) -> None:
    """Raise OSError if no file can be created in a folder. It tries, as permissions alone do not tell."""
    probe = folder / f".{secrets.token_hex(6)}.tmp"
    os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
    probe.unlink()


def reason(error: Exception) -> str:
    """Why a file could not be used, as the system puts it."""
    return getattr(error, "strerror", None) or str(error)


def is_full(folder: Path) -> bool:
    """Whether the disk is almost full."""
    try:
        about = os.statvfs(folder)
    except OSError:
        return False
    return about.f_bavail * about.f_frsize < _ROOM_BYTES
