"""Whether a run that should train has not been heard of for long."""

from typing import Literal

from tui_lab.protocol.events import Event
from tui_lab.protocol.steering_events import Advancing, Continued, Paused


class Standstill:
    """Knows nothing of clocks: `now` is in seconds, from any zero. `stalled_s`: how long is long."""

    def __init__(self, now: float, stalled_s: float) -> None:
        self._stalled_s = stalled_s
        self._heard = now
        self._paused = self._told = False

    def hear(self, event: Event, now: float) -> None:
        """Something happened."""
        self._heard = now
        if isinstance(event, Paused | Advancing):
            self._paused = True
        elif isinstance(event, Continued):
            self._paused = False

    def look(self, now: float) -> Literal["stalled", "resumed"] | None:
        """What is to be told now: each once."""
        silent = now - self._heard >= self._stalled_s
        if silent == self._told or (silent and self._paused):
            return None
        self._told = silent
        return "stalled" if silent else "resumed"

    def seconds(self, now: float) -> float:
        """How long nothing was heard."""
        return now - self._heard
