"""Detects a run without updates: it hangs, or the disk with its journal is full. No widgets."""

from pathlib import Path
from time import monotonic

from tui_lab.files import is_full

LONG_S = 12.0
"""An active run writes its steps every tenth of a second, but a single step may take longer."""


class Silence:
    """How long there have been no updates."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._heard = monotonic()

    def heard(self) -> None:
        """Reset: an update came, or a run starts."""
        self._heard = monotonic()

    @property
    def words(self) -> str:
        """The message, empty before `LONG_S`. A client sees nothing of a run but its journal."""
        seconds = monotonic() - self._heard
        if seconds < LONG_S:
            return ""
        why = "disk full: " if is_full(self._root) else ""
        return f"⚠ {why}no updates for {seconds:.0f} s"
