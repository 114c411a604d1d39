"""Deleting a run permanently."""

import os
import secrets
import shutil
import stat
from contextlib import suppress

from tui_lab.errors import RunError
from tui_lab.files import reason
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.ids import is_id
from tui_lab.runs.folder.lock import take

_PREFIX = ".deleted-"


def remove(folder: RunFolder) -> None:
    """Delete the folder of a run and everything in it; links in it are deleted, never followed.

    The lock is held meanwhile, and the folder is first given a name that is not a run id: so a run that is
    being trained is refused, and a half-deleted one is never listed. Raises RunError.
    """
    path = folder.path
    if not is_id(path.name):
        raise RunError(f"{path}: not a run folder")
    try:
        root = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise RunError(f"{path}: cannot be deleted: {reason(error)}") from None
    try:
        _remove(folder, root)
    finally:
        os.close(root)


def _remove(folder: RunFolder, root: int) -> None:
    path = folder.path
    try:
        kind = os.stat(path.name, dir_fd=root, follow_symlinks=False).st_mode
    except OSError as error:
        raise RunError(f"{path}: cannot be deleted: {reason(error)}") from None
    if not stat.S_ISDIR(kind):
        raise RunError(f"{path}: this is a link or a file, not a folder; nothing was deleted")
    with take(folder):
        gone = f"{_PREFIX}{path.name}-{secrets.token_hex(2)}"
        try:
            os.rename(path.name, gone, src_dir_fd=root, dst_dir_fd=root)
        except OSError as error:
            raise RunError(f"{path}: cannot be deleted: {reason(error)}") from None
        try:
            shutil.rmtree(gone, dir_fd=root)
        except OSError as error:
            raise RunError(
                f"{path.with_name(gone)}: the run was removed from the list, but some of its files remain: "
                f"{reason(error)}"
            ) from None
    _sweep(root)


def _sweep(root: int) -> None:
    """Delete what an interrupted deletion left behind."""
    with suppress(OSError):
        for name in os.listdir(root):
            if name.startswith(_PREFIX):  # rmtree refuses links
                shutil.rmtree(name, ignore_errors=True, dir_fd=root)
