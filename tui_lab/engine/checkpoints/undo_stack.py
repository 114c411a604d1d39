"""The states just before the last edits, for undo."""

from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import torch

from tui_lab.engine.checkpoints.file import CheckpointError, State, load_state, save_state
from tui_lab.errors import InputError
from tui_lab.protocol.steering_events import Edited
from tui_lab.runs.files.secure_files import SecureFolder

BUDGET_BYTES = 256 * 2**20
MAX_LEVELS = 100


@dataclass
class _Level:
    """The state before `edited`: in memory, or in a file with that sha256."""

    edited: Edited
    state: State | None
    size: int
    file: Path | None = None
    sha256: str = ""


class UndoStack:
    """A stack of at most `MAX_LEVELS` states.

    Those beyond `budget_bytes` of memory in total go to files in `folder`, oldest first; without a writable
    folder they are dropped.
    """

    def __init__(self, folder: Path | None, device: torch.device, budget_bytes: int = BUDGET_BYTES) -> None:
        self._folder, self._device, self._budget = folder, device, budget_bytes
        self._levels: deque[_Level] = deque()
        self._made = 0
        self.close()

    def __len__(self) -> int:
        return len(self._levels)

    def push(self, edited: Edited, state: State) -> None:
        """Push the state before `edited`; it must be a copy."""
        self._levels.append(_Level(edited, state, _bytes(state)))
        while len(self._levels) > MAX_LEVELS:
            self._forget(self._levels.popleft())
        in_memory = [level for level in self._levels if level.state is not None]
        total = sum(level.size for level in in_memory)
        for level in in_memory[:-1]:  # the newest stays, whatever its size
            if total <= self._budget:
                break
            total -= level.size
            self._spill(level)

    def pop(self) -> tuple[Edited, State]:
        """The last edit and the state before it. Raises InputError if there is none, or it was lost."""
        if not self._levels:
            raise InputError("nothing to undo: no edit since this process started training the run")
        level = self._levels[-1]
        state = level.state
        if state is None:
            try:
                if level.file is None:
                    raise CheckpointError("there was not enough space to keep it")
                state = load_state(level.file, level.sha256, self._device)
            except CheckpointError as error:
                raise InputError(f"the state before that edit is lost: {error}") from None
        self._levels.pop()
        self._forget(level)
        return level.edited, state

    def close(self) -> None:
        """Remove all files, including those left by a killed process."""
        self._levels.clear()
        if self._folder is not None:
            files = SecureFolder.in_run(self._folder)
            with suppress(OSError):
                for name in files.names():
                    if fnmatch(name, "undo-*.pt"):
                        files.remove(name)

    def _spill(self, level: _Level) -> None:
        state, level.state = level.state, None
        if self._folder is None or state is None:
            return
        self._made += 1
        path = self._folder / f"undo-{self._made:06d}.pt"
        try:
            SecureFolder.in_run(self._folder).make()
            level.sha256 = save_state(state, path)
        except OSError:
            return
        level.file = path

    def _forget(self, level: _Level) -> None:
        if level.file is not None:
            with suppress(OSError):
                SecureFolder.in_run(level.file.parent).remove(level.file.name)


def _bytes(value: Any) -> int:
    """The bytes of the tensors in a state."""
    if isinstance(value, torch.Tensor):
        return value.nbytes
    if isinstance(value, dict):
        return sum(map(_bytes, value.values()))
    return sum(map(_bytes, value)) if isinstance(value, list | tuple) else 0
