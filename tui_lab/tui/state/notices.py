"""Messages to the user, each shown for a few seconds. No widgets."""

from collections import deque
from collections.abc import Callable
from time import monotonic

SHOWN_S = 10.0
"""How long a message is shown."""
_KEPT = 20


class Notices:
    """The latest message, for `SHOWN_S` seconds, and those before it, newest last."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._text, self._until = "", 0.0
        self.past: deque[str] = deque(maxlen=_KEPT)

    @property
    def text(self) -> str:
        """What to show now; empty once it has expired."""
        return self._text if self._clock() < self._until else ""

    def show(self, text: str) -> None:
        """Show a message without recording it, such as progress."""
        self._text, self._until = text, self._clock() + SHOWN_S

    def say(self, text: str) -> None:
        """Show and record a message; an empty one clears the line."""
        self.show(text)
        if text and (not self.past or self.past[-1] != text):
            self.past.append(text)
