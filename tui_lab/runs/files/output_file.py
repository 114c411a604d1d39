"""A file that a person named, such as an exported run: written whole or not at all."""

import stat
from collections.abc import Iterable
from pathlib import Path

from tui_lab.errors import InputError
from tui_lab.files import check_folder_writable, reason, write_atomically
from tui_lab.safe import safe


def write_text(path: Path, pieces: Iterable[str]) -> None:
    """Write the pieces of a text in ASCII, one after the other, as `write_file` does."""
    write_file(path, (piece.encode("ascii") for piece in pieces))


def write_file(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file whole or not at all; a link is followed, a device is written to directly.

    Raises InputError if `path` is a folder or cannot be written.
    """
    try:
        path = path.resolve()
        kind = path.stat().st_mode if path.exists() else stat.S_IFREG
        if stat.S_ISDIR(kind):
            raise InputError(f"{safe(path, 300)}: this is a folder; give a file name")
        if stat.S_ISREG(kind):
            write_atomically(path, content, mode=stat.S_IMODE(kind) or None)
        else:
            with path.open("wb") as device:
                device.writelines([content] if isinstance(content, bytes) else content)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(_unwritable(path, error)) from None


def check_writable(path: Path) -> None:
    """Raise InputError if `write_json` could not write there. Leaves no file behind."""
    try:
        path = path.resolve()
        folder = path.parent
        if path.is_dir():
            raise InputError(f"{safe(path, 300)}: this is a folder; give a file name")
        if not folder.is_dir():
            raise InputError(f"{safe(path, 300)}: no folder {safe(folder, 300)}; create it first")
        if not path.exists() or path.is_file():
            check_folder_writable(folder)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(_unwritable(path, error)) from None


def _unwritable(path: Path, error: Exception) -> str:
    why = reason(error) if isinstance(error, OSError | ValueError) else str(error)
    return f"{safe(path, 300)}: cannot be written: {safe(why)}"
