"""When a run is saved, the file names, and which files are kept."""

from collections.abc import Callable
from contextlib import suppress
from fnmatch import fnmatch
from itertools import chain, count
from math import inf
from pathlib import Path
from time import monotonic
from typing import Literal

from tui_lab.engine.checkpoints.file import State, save_state
from tui_lab.protocol.events import CheckpointFailed, CheckpointSaved
from tui_lab.runs.files.secure_files import SecureFolder

KEEP = 2  # the last one, and one to fall back on if it is damaged

Reason = Literal["due", "asked", "end", "origin"]


class Saver:
    """Writes the checkpoints of one run into `folder`.

    Of the periodic ones the last `KEEP` are kept; an `origin` is kept, as it cannot be recreated. A file is
    removed only while the journal on disk names a later existing one: `journal_is_whole` says whether all
    events so far are written. While the journal cannot be written, the last file that it names is kept
    beside the newest.
    """

    def __init__(self, folder: Path, every_s: float, goes_on_from: str = "", *, at_once: bool = True) -> None:
        """`goes_on_from`: the checkpoint that the run goes on from; it stays until a later one is known.

        `at_once`: the first is due at once, so that a run killed early can resume; else after `every_s`.
        """
        self.folder = folder
        self.failed = False
        self.journal_is_whole: Callable[[], bool] = lambda: True
        self._files = SecureFolder.in_run(folder)
        self._every_s = every_s
        self._last = -inf if at_once else monotonic()
        self._told: list[str] = []  # oldest first: after an undo a later step may be the older file
        self._untold: list[str] = []
        with suppress(OSError):  # problems with the folder are reported at the first save
            self._take_over(goes_on_from)

    @property
    def due(self) -> bool:
        return monotonic() - self._last >= self._every_s

    def save(self, state: State, reason: Reason) -> CheckpointSaved | CheckpointFailed:
        """Write the state; returns the event to report."""
        self._last = monotonic()
        step: int = state["step"]
        stays = reason in ("asked", "origin")
        if self.journal_is_whole():
            self._told += self._untold
            self._untold.clear()
        try:
            self._files.make()
            name = self._free("kept" if reason == "asked" else "origin", step) if stays else self._due(step)
            sha256 = save_state(state, self.folder / name)
        except OSError as error:
            self.failed = True
            return CheckpointFailed(step, f"checkpoint not saved: {error.strerror or error}")
        self.failed = False
        if not stays:
            self._told = [other for other in self._told if other != name]
            self._untold = [other for other in self._untold if other != name] + [name]
            self._prune()
        return CheckpointSaved(name, sha256, step, state["epoch"], reason, state["edits"])

    def _take_over(self, goes_on_from: str) -> None:
        """What an earlier life of this run has left."""
        found: dict[str, int] = {}
        for name in self._files.names():
            if fnmatch(name, ".*.tmp"):
                self._files.remove(name)
            elif fnmatch(name, "step-*.pt"):
                with suppress(OSError):
                    found[name] = self._files.state(name).st_mtime_ns
        self._told = sorted(found, key=lambda name: (name == goes_on_from, found[name]))

    def _due(self, step: int) -> str:
        """A second save of a step replaces the first, unless the journal names no other file."""
        name = f"step-{step:09d}.pt"
        return self._free("step", step) if self._told == [name] else name

    def _free(self, kind: str, step: int) -> str:
        """An unused name: after an undo the same step runs again, with other weights."""
        names = (f"{kind}-{step:09d}{suffix}.pt" for suffix in chain([""], (f"-{n}" for n in count(2))))
        return next(name for name in names if not self._files.exists(name))

    def _prune(self) -> None:
        """The newest is not in the journal yet: one that is stays, too."""
        while len(self._told) + len(self._untold) > KEEP and len(self._told) > 1:
            self._remove(self._told.pop(0))
        while len(self._untold) > KEEP:
            self._remove(self._untold.pop(0))

    def _remove(self, name: str) -> None:
        with suppress(OSError):
            self._files.remove(name)
