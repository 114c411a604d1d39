"""A checkpoint file: written so that it is whole or not there, read so that no code in it runs.

The recipe: serialise into memory, write a temporary file in the same folder, fsync it, rename it over the
final name, fsync the folder, and only then tell of it. A kill -9 at any moment leaves the old files or
the new one, never half of one. The sha256 stands in the journal; a file that does not match it is not used.
"""

import hashlib
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from tui_lab.errors import LabError

FORMAT, VERSION = "tui-lab.checkpoint", 1

State = dict[str, Any]


class CheckpointError(LabError):
    """A checkpoint that cannot be used: missing, changed, or of another kind. One sentence says which."""


def save_state(state: State, path: Path) -> str:
    """Write `state` (tensors, numbers, texts, lists and dicts of them) to `path`; gives its sha256.

    Raises OSError if the disk is full or the folder cannot be written; the old file, if any, is untouched.
    """
    buffer = BytesIO()
    torch.save({"format": FORMAT, "version": VERSION, **state}, buffer)
    data = buffer.getbuffer()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return hashlib.sha256(data).hexdigest()


def load_state(path: Path, sha256: str, device: torch.device) -> State:
    """Read a checkpoint onto `device`. Raises CheckpointError whatever is wrong with it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path.name}: cannot be read: {error.strerror}") from None
    if hashlib.sha256(data).hexdigest() != sha256:
        raise CheckpointError(f"{path.name}: is not the file that was saved (its sha256 differs)")
    try:
        state = torch.load(BytesIO(data), map_location=device, weights_only=True)
    except Exception as error:  # torch has five kinds of exception for a file it cannot read
        raise CheckpointError(f"{path.name}: is no checkpoint ({type(error).__name__})") from None
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise CheckpointError(f"{path.name}: is no checkpoint of tui-lab")
    if state.get("version") != VERSION:
        raise CheckpointError(
            f"{path.name}: version {state.get('version')} is not one that this tui-lab reads ({VERSION})"
        )
    return state


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
