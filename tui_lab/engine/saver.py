"""When a run is saved, under which names, and which files stay."""

from itertools import chain, count
from math import inf
from pathlib import Path
from time import monotonic
from typing import Literal

from tui_lab.engine.checkpoint import State, save_state
from tui_lab.protocol.events import CheckpointFailed, CheckpointSaved

KEEP = 2  # the last one, and one to fall back on should the last be damaged

Reason = Literal["due", "asked", "end", "origin"]


class Saver:
    """Writes the checkpoints of one run into `folder`.

    Of those that were merely due the last `KEEP` stay; an `origin` stays, since nobody could make it again.
    A file is removed only after a later one has been told of: at any moment the journal names a file that is
    there.
    """

    def __init__(self, folder: Path, every_s: float) -> None:
        self.folder = folder
        self._every_s = every_s
        self._last = -inf  # the first is due at once: a run that is killed early goes on, too
        # Of an earlier life of this run, oldest first: after an undo a later step is the older file.
        self._replaceable = sorted(folder.glob("step-*.pt"), key=lambda path: path.stat().st_mtime_ns)
        for torn in folder.glob(".*.tmp"):
            torn.unlink(missing_ok=True)
        self.failed = False

    @property
    def due(self) -> bool:
        """Whether it is time to save again."""
        return monotonic() - self._last >= self._every_s

    def save(self, state: State, reason: Reason) -> CheckpointSaved | CheckpointFailed:
        """Write the state; what came of it."""
        self._last = monotonic()
        step: int = state["step"]
        stays = reason in ("asked", "origin")
        path = self._free("kept" if reason == "asked" else "origin", step) if stays else self._due(step)
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            sha256 = save_state(state, path)
        except OSError as error:
            self.failed = True
            return CheckpointFailed(step, f"checkpoint not saved: {error.strerror or error}")
        self.failed = False
        if not stays:
            self._replaceable = [other for other in self._replaceable if other != path] + [path]
            self._prune()
        return CheckpointSaved(path.name, sha256, step, state["epoch"], reason, state["edits"])

    def _due(self, step: int) -> Path:
        return self.folder / f"step-{step:09d}.pt"

    def _free(self, kind: str, step: int) -> Path:
        """A name that is free: after an undo the same step is made again, with other weights."""
        names = (f"{kind}-{step:09d}{suffix}.pt" for suffix in chain([""], (f"-{n}" for n in count(2))))
        return next(path for path in map(self.folder.joinpath, names) if not path.exists())

    def _prune(self) -> None:
        while len(self._replaceable) > KEEP:
            self._replaceable.pop(0).unlink(missing_ok=True)
