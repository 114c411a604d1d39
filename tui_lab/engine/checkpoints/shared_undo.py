"""Undo in several ranks: rank 0 keeps the states, and gives the others what it goes back to."""

from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from tui_lab.engine.checkpoints.file import State
from tui_lab.engine.checkpoints.undo_stack import UndoStack
from tui_lab.engine.ranks.group import Ranks
from tui_lab.errors import InputError
from tui_lab.protocol.steering_events import Edited


class SharedUndo(UndoStack):
    """Takes back the same edit on all ranks, or refuses to on all."""

    def __init__(self, folder: Path | None, device: torch.device, ranks: Ranks) -> None:
        super().__init__(folder, device)
        self._ranks = ranks

    def push(self, edited: Edited, state: State) -> None:
        if self._ranks.leads:
            super().push(edited, state)

    def pop(self) -> tuple[Edited, State]:
        if not self._ranks.leads:
            found: Any = self._ranks.share(None)
            if isinstance(found, str):
                raise InputError(found)
            return found[0], unpacked(found[1], self._device)
        try:
            edited, state = super().pop()
        except InputError as error:
            self._ranks.share(str(error))
            raise
        self._ranks.share((edited, packed(state)))
        return edited, state


def packed(state: State) -> bytes:
    """A state, to be sent to another process."""
    buffer = BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def unpacked(data: bytes, device: torch.device) -> State:
    """A state that was `packed`, with its tensors on `device`."""
    state: State = torch.load(BytesIO(data), map_location=device, weights_only=True)
    return state
