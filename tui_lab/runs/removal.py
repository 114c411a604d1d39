"""Deleting a run for good."""

import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from tui_lab.errors import RunError
from tui_lab.runs.atomic import reason
from tui_lab.runs.folder import RunFolder
from tui_lab.runs.ids import is_id
from tui_lab.runs.lock import take
from tui_lab.safe import safe

_PREFIX = ".deleted-"


def remove(folder: RunFolder) -> None:
    """Delete the folder of a run with all that is in it; links in it are deleted, never followed.

    The lock is held meanwhile, and the folder first gets a name that is no run's: so a run that somebody
    trains is refused, and one that is half deleted is never listed. Raises RunError.
    """
    path = folder.path
    shown = safe(path, 300)
    if not is_id(path.name):
        raise RunError(f"{shown}: is not the folder of a run")
    try:
        kind = path.lstat().st_mode
    except OSError as error:
        raise RunError(f"{shown}: cannot be deleted: {reason(error)}") from None
    if not stat.S_ISDIR(kind):
        raise RunError(f"{shown}: is a link or a file, not a folder; nothing was deleted")
    with take(folder):
        gone = path.with_name(f"{_PREFIX}{path.name}-{secrets.token_hex(2)}")
        try:
            path.rename(gone)
        except OSError as error:
            raise RunError(f"{shown}: cannot be deleted: {reason(error)}") from None
        try:
            shutil.rmtree(gone)
        except OSError as error:
            raise RunError(
                f"{safe(gone, 300)}: the run is off the list, but files of it remain: {reason(error)}"
            ) from None
    _sweep(path.parent)


def _sweep(root: Path) -> None:
    """Delete what an earlier deletion left behind when it was interrupted."""
    with suppress(OSError):
        for path in root.iterdir():
            if path.name.startswith(_PREFIX) and path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
