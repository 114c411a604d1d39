"""A run of which nothing is heard: it is held up, or the disk that holds its journal is full. No widget."""

from pathlib import Path
from time import monotonic

from tui_lab.runs.atomic import is_full

LONG_S = 12.0
"""A run that trains tells of its steps every half a second; a step may take longer than that, though."""


class Silence:
    """For how long nothing has come."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._heard = monotonic()

    def heard(self) -> None:
        """Something has come, or begins."""
        self._heard = monotonic()

    @property
    def words(self) -> str:
        """What to say of it, empty before it is long: whoever watches a run sees nothing but its journal."""
        seconds = monotonic() - self._heard
        if seconds < LONG_S:
            return ""
        why = "disk full: " if is_full(self._root) else ""
        return f"⚠ {why}no news for {seconds:.0f} s"
