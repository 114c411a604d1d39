"""The only access to the files of a run: through a descriptor of their folder, no links, regular files only.

Otherwise anyone who can put files into a run folder could make a reader hang (a FIFO), fill its memory (a
link to `/dev/zero`), or make the trainer write and delete in another folder (a link named `checkpoints`).
A refusal is an OSError whose text says what was found. Every file is created with mode 0600, whatever the
umask.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tui_lab.files import PRIVATE, Content, replace_in

PRIVATE_FOLDER = 0o700
_AT_ONCE = 2**30  # the system reads at most 2 GiB at once
_SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISREG, "a file"),
)


class UnsafeFileError(OSError):
    """Refused: not a regular file, or not ours to write."""


@dataclass(frozen=True, slots=True)
class SecureFolder:
    """The folder `path`, or the folder `inside` it; neither may be a link. It need not exist yet."""

    path: Path
    inside: str = ""

    @classmethod
    def in_run(cls, folder: Path) -> Self:
        """A folder in a run folder, which must not be a link either."""
        return cls(folder.parent, folder.name)

    @contextmanager
    def opened(self) -> Iterator[int]:
        """A descriptor of the folder. Raises OSError if there is none, or if it is a link or a file."""
        outer = open_folder(self.path)
        try:
            inner = open_folder(self.inside, outer) if self.inside else outer
            try:
                yield inner
            finally:
                if inner != outer:
                    os.close(inner)
        finally:
            os.close(outer)

    def make(self) -> None:
        """Create the folder, for its owner only, in an existing one, unless it exists. Raises OSError."""
        if not self.inside:
            with suppress(FileExistsError):
                self.path.mkdir(mode=PRIVATE_FOLDER)
        else:
            with SecureFolder(self.path).opened() as folder, suppress(FileExistsError):
                os.mkdir(self.inside, PRIVATE_FOLDER, dir_fd=folder)
        with self.opened():
            pass

    def open(self, name: str) -> int:
        """A descriptor to read a file from. Raises OSError, FileNotFoundError if there is none."""
        with self.opened() as folder:
            return _open_regular(folder, name, os.O_RDONLY)

    def open_to_write(self, name: str, flags: int = os.O_RDWR) -> int:
        """A descriptor of a file to be changed in place; it is created if missing. Raises OSError.

        A file of another user, or one with another hard link, is not written to.
        """
        with self.opened() as folder:
            fd = _open_regular(folder, name, flags | os.O_CREAT)
        try:
            found = os.fstat(fd)
            if found.st_uid != os.geteuid():
                raise _refused(f"it belongs to another user (uid {found.st_uid})")
            if found.st_nlink > 1:
                raise _refused("it has another hard link")
            if stat.S_IMODE(found.st_mode) != PRIVATE:
                os.fchmod(fd, PRIVATE)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def read(self, name: str, limit: int | None = None) -> bytes:
        """The content of a file. Raises OSError if it cannot be read, or has more than `limit` bytes."""
        fd = self.open(name)
        try:
            size = os.fstat(fd).st_size
            if limit is not None and size > limit:
                raise OSError(errno.EFBIG, f"it is too large ({size:,} bytes)")
            return read_all(fd)
        finally:
            os.close(fd)

    def read_start(self, name: str, size: int) -> bytes:
        """The first `size` bytes of a file, or all if it has fewer. Raises OSError if it cannot be read."""
        fd = self.open(name)
        try:
            return os.pread(fd, size, 0)
        finally:
            os.close(fd)

    def state(self, name: str) -> os.stat_result:
        """The size and time of a regular file. Raises OSError if there is none."""
        with self.opened() as folder:
            return _check_regular(os.stat(name, dir_fd=folder, follow_symlinks=False))

    def states(self, *names: str) -> list[os.stat_result | None]:
        """The same for several files at once; None for those missing, not regular or inaccessible."""
        try:
            with self.opened() as folder:
                return [_regular_or_none(folder, name) for name in names]
        except OSError:
            return [None] * len(names)

    def size(self, name: str) -> int:
        """The bytes of a regular file; 0 if there is none."""
        found = self.states(name)[0]
        return 0 if found is None else found.st_size

    def exists(self, name: str) -> bool:
        """Whether anything has that name, even a dangling link."""
        try:
            with self.opened() as folder:
                os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError:
            return False
        return True

    def names(self) -> list[str]:
        """The names in the folder, sorted; none if it does not exist. Raises OSError."""
        try:
            with self.opened() as folder:
                return sorted(os.listdir(folder))  # noqa: PTH208 - pathlib knows no descriptors
        except FileNotFoundError:
            return []

    def replace(self, name: str, content: Content, *, durable: bool = True) -> None:
        """Write a file whole or not at all, replacing any of that name; mode 0600. Raises OSError."""
        with self.opened() as folder:
            replace_in(folder, name, content, durable=durable)

    def remove(self, name: str) -> None:
        """Remove a file or a link (not its target), if there is one. Raises OSError for a folder."""
        with suppress(FileNotFoundError), self.opened() as folder:
            os.unlink(name, dir_fd=folder)


def read_all(fd: int) -> bytes:
    """The whole content of an open file; its position does not matter and does not change."""
    parts: list[bytes] = []
    place, end = 0, os.fstat(fd).st_size
    while place < end and (part := os.pread(fd, min(end - place, _AT_ONCE), place)):
        parts.append(part)
        place += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def open_folder(path: Path | str, within: int | None = None) -> int:
    """A descriptor of a folder that is not a link, relative to the folder `within`. Raises OSError."""
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=within)
    except OSError as error:
        if error.errno not in (errno.ENOTDIR, errno.ELOOP):
            raise
        try:
            found = os.stat(path, dir_fd=within, follow_symlinks=False)
        except OSError:
            raise error from None
        if stat.S_ISDIR(found.st_mode):
            raise
        raise _refused(f"{Path(path).name} is {kind_of(found.st_mode)}, not a folder") from None


def kind_of(mode: int) -> str:
    """The kind of file for a mode, as in `a link`."""
    return next((words for is_kind, words in _KINDS if is_kind(mode)), "a device")


def _open_regular(folder: int, name: str, flags: int) -> int:
    """Checked before opening, too: just opening a device may have an effect."""
    with suppress(FileNotFoundError):
        _check_regular(os.stat(name, dir_fd=folder, follow_symlinks=False))
    fd = os.open(name, flags | _SAFELY, PRIVATE, dir_fd=folder)
    try:
        _check_regular(os.fstat(fd))
    except BaseException:
        os.close(fd)
        raise
    return fd


def _regular_or_none(folder: int, name: str) -> os.stat_result | None:
    try:
        return _check_regular(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except OSError:
        return None


def _check_regular(found: os.stat_result) -> os.stat_result:
    if not stat.S_ISREG(found.st_mode):
        raise _refused(f"it is {kind_of(found.st_mode)}, not a regular file")
    return found


def _refused(why: str) -> UnsafeFileError:
    return UnsafeFileError(errno.EPERM, why)
