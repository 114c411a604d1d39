"""Files that are there whole or not at all."""

import os
import secrets
from pathlib import Path

PRIVATE = 0o600
_ROOM_BYTES = 1_000_000


def write_atomically(path: Path, content: bytes, mode: int | None = PRIVATE, durable: bool = True) -> None:
    """Put `content` under `path` by way of a temporary file beside it. Raises OSError.

    `mode`: the permissions, whatever the umask; None leaves them to the umask. `durable`: force it to the
    disk first, so that a power cut leaves the old file or the new one; for what cannot be made again.
    """
    temporary = path.with_name(f".{secrets.token_hex(6)}.tmp")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode or 0o666), "wb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def check_folder_writable(folder: Path) -> None:
    """Raise OSError if no file can be made in a folder. Tried, because permissions do not tell all."""
    probe = folder / f".{secrets.token_hex(6)}.tmp"
    os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
    probe.unlink()


def reason(error: OSError | ValueError) -> str:
    """Why a file could not be used, in the words of the system."""
    return getattr(error, "strerror", None) or str(error)


def is_full(folder: Path) -> bool:
    """Whether hardly anything more can be written there."""
    try:
        about = os.statvfs(folder)
    except OSError:
        return False
    return about.f_bavail * about.f_frsize < _ROOM_BYTES
