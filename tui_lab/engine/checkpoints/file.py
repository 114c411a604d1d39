"""Checkpoint files: written atomically, and read without running any code in them.

The steps: serialise in memory, write a temporary file in the same folder, fsync it, rename it over the final
name, fsync the folder, and only then report it. A kill -9 at any moment leaves the old files or the new one,
never a partial one. The sha256 is in the journal; a file that does not match it is not used.
"""

import errno
import hashlib
import os
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from tui_lab.errors import LabError
from tui_lab.files import reason
from tui_lab.runs.files.secure_files import SecureFolder, read_all

FORMAT, VERSION = "tui-lab.checkpoint", 1

State = dict[str, Any]
_LARGE = 2**28
_END, _END_BYTES = b"PK\x05\x06", 22  # of a zip file; what was lengthened need not be read to know that


class CheckpointError(LabError):
    """An unusable checkpoint: missing, changed, or of another kind. One sentence says which."""


class MissingCheckpointError(CheckpointError):
    """A checkpoint that is not there."""


def save_state(state: State, path: Path) -> str:
    """Write `state` (tensors, numbers, texts, lists and dicts of them) to `path`; returns its sha256.

    Raises OSError if the disk is full or the folder cannot be written; the old file, if any, is untouched.
    """
    buffer = BytesIO()
    torch.save({"format": FORMAT, "version": VERSION, **state}, buffer)
    data = buffer.getbuffer()
    SecureFolder.in_run(path.parent).replace(path.name, data)
    return hashlib.sha256(data).hexdigest()


def load_state(path: Path, sha256: str, device: torch.device) -> State:
    """Read a checkpoint onto `device`. Raises CheckpointError whatever is wrong with it."""
    return parse_state(read_checkpoint(path), path.name, sha256, device)


def read_checkpoint(path: Path, fd: int = -1) -> bytes:
    """The bytes of a checkpoint, from a descriptor of it if there is one. Raises CheckpointError."""
    files = SecureFolder.in_run(path.parent)
    try:
        return _read_whole(files, path.name) if fd < 0 else read_all(fd)
    except FileNotFoundError:
        raise MissingCheckpointError(f"{path.name}: cannot be read: it no longer exists") from None
    except OSError as error:
        raise CheckpointError(f"{path.name}: cannot be read: {reason(error)}") from None
    except MemoryError:
        raise CheckpointError(f"{path.name}: does not fit in memory") from None


def _read_whole(files: SecureFolder, name: str) -> bytes:
    fd = files.open(name)
    try:
        size = os.fstat(fd).st_size
        if size > _LARGE and not os.pread(fd, _END_BYTES, size - _END_BYTES).startswith(_END):
            raise OSError(errno.EFBIG, f"truncated: its {size:,} bytes do not end like a checkpoint")
        return read_all(fd)
    finally:
        os.close(fd)


def parse_state(data: bytes, name: str, sha256: str | None, device: torch.device) -> State:
    """Load the state from the bytes of checkpoint `name`, onto `device`. Raises CheckpointError.

    `sha256`: None if unknown; then the checksums inside the file must match.
    """
    if sha256 is None:
        _check_crc(data, name)
    elif hashlib.sha256(data).hexdigest() != sha256:
        raise CheckpointError(f"{name}: not the file that was saved (sha256 differs)")
    try:
        state = torch.load(BytesIO(data), map_location=device, weights_only=True)
    except Exception as error:  # torch raises five kinds of exception for an unreadable file
        raise CheckpointError(f"{name}: not a checkpoint ({type(error).__name__})") from None
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise CheckpointError(f"{name}: not a tui-lab checkpoint")
    if state.get("version") != VERSION:
        raise CheckpointError(
            f"{name}: version {state.get('version')} is not supported by this tui-lab ({VERSION})"
        )
    return state


def _check_crc(data: bytes, name: str) -> None:
    """What `torch.save` writes is a zip file, with a checksum for each of its parts."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as parts:
            damaged = parts.testzip()
    except Exception as error:  # zipfile has as many kinds as torch
        raise CheckpointError(f"{name}: not a checkpoint ({type(error).__name__})") from None
    if damaged is not None:
        raise CheckpointError(f"{name}: damaged")
