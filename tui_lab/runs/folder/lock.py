"""Only one process trains a run. The kernel releases the lock when that process ends, however it ends."""

import fcntl
import json
import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from tui_lab.errors import RunError
from tui_lab.files import reason
from tui_lab.runs.folder.folder import LOCK, RunFolder
from tui_lab.safe import safe

_TRIES, _PAUSE_S = 5, 0.02


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who trains a run: process id, host name, and since when (Unix time in seconds).

    `pid` is 0 and `host` empty in the moment before the holder has written who it is.
    """

    pid: int = 0
    host: str = ""
    since: float = 0.0

    def __str__(self) -> str:
        if not self.pid:
            return "another process"
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.since))
        return f"process {self.pid} on {safe(self.host, 80)} since {since}"


class RunLock:
    """Held from `take` until `release`, or until the process ends."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def release(self) -> None:
        """Release the run; calling it again does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def take(folder: RunFolder) -> RunLock:
    """Lock a run. Raises RunError naming who holds it already, or why it cannot be locked."""
    try:
        fd = folder.files.open_to_write(LOCK)
    except OSError as error:
        raise RunError(f"{folder.lock}: cannot be opened: {reason(error)}") from None
    try:
        taken = _try(fd)
    except OSError as error:
        os.close(fd)
        raise RunError(
            f"{folder.lock}: cannot be locked: {reason(error)}; "
            "use --runs DIR on a file system that supports locks"
        ) from None
    if not taken:
        holder = _read(fd)
        os.close(fd)
        raise RunError(f"run {folder.run_id} is being trained by {holder}; stop it there first")
    _write(fd)
    return RunLock(fd)


def held(folder: RunFolder) -> LockHolder | None:
    """Who trains the run at the moment; None if nobody does."""
    return held_or_problem(folder)[0]


def held_or_problem(folder: RunFolder) -> tuple[LockHolder | None, str]:
    """Who trains the run, None if nobody does; and why that cannot be determined, empty if it can."""
    try:
        fd = folder.files.open(LOCK)
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        return None, f"{folder.lock}: cannot be opened: {reason(error)}"
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(fd), ""
    except OSError as error:
        return None, f"{folder.lock}: cannot be locked: {reason(error)}"
    finally:
        os.close(fd)
    return None, ""


def _try(fd: int) -> bool:
    """Lock at once or not at all. `held` takes a shared lock for microseconds, hence a few tries."""
    for attempt in range(_TRIES):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt < _TRIES - 1:
                time.sleep(_PAUSE_S)
        else:
            return True
    return False


def _write(fd: int) -> None:
    who = {"pid": os.getpid(), "host": socket.gethostname(), "since": time.time()}
    with suppress(OSError):  # a full disk: the lock is held all the same, only without the holder's name
        os.ftruncate(fd, 0)
        os.pwrite(fd, json.dumps(who).encode(), 0)


def _read(fd: int) -> LockHolder:
    try:
        who = json.loads(os.pread(fd, 4096, 0))
        return LockHolder(int(who["pid"]), str(who["host"]), float(who["since"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return LockHolder()
