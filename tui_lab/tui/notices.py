"""Messages to whoever sits at the screen: each is shown for a while, then passes. No widget."""

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
        """What is to be shown now; empty once it has passed."""
        return self._text if self._clock() < self._until else ""

    def show(self, text: str) -> None:
        """Show what the next message of its kind replaces, such as progress: it is not kept."""
        self._text, self._until = text, self._clock() + SHOWN_S

    def say(self, text: str) -> None:
        """Show a message; an empty one clears the line."""
        self.show(text)
        if text and (not self.past or self.past[-1] != text):
            self.past.append(text)
