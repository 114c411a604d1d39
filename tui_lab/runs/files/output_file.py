"""A file that a person named, such as an exported run: written whole or not at all."""

import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tui_lab.errors import InputError
from tui_lab.files import check_folder_writable, reason, write_atomically


def write_text(path: Path, pieces: Iterable[str]) -> None:
    """Write the pieces of a text in ASCII, one after the other, as `write_file` does."""
    write_file(path, (piece.encode("ascii") for piece in pieces))


def write_file(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file whole or not at all; a link is followed, a device is written to directly.

    Raises InputError if `path` is a folder or cannot be written.
    """
    with _target(path) as file:
        kind = file.stat().st_mode if file.exists() else stat.S_IFREG
        if stat.S_ISREG(kind):
            write_atomically(file, content, mode=stat.S_IMODE(kind) or None)
        else:
            with file.open("wb") as device:
                device.writelines([content] if isinstance(content, bytes) else content)


def check_writable(path: Path) -> None:
    """Raise InputError if `write_file` could not write there. Leaves no file behind."""
    with _target(path) as file:
        folder = file.parent
        if not folder.is_dir():
            raise InputError(f"{file}: no folder {folder}; create it first")
        if not file.exists() or file.is_file():
            check_folder_writable(folder)


@contextmanager
def _target(path: Path) -> Iterator[Path]:
    """The path without links. Raises InputError if it is a folder, and for what goes wrong in the block."""
    try:
        path = path.resolve()
        if path.is_dir():
            raise InputError(f"{path}: this is a folder; give a file name")
        yield path
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{path}: cannot be written: {reason(error)}") from None
