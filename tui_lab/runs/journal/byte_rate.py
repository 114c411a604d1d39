"""How fast a journal may grow for what can be thinned: the measurements of steps."""

from collections.abc import Callable
from dataclasses import replace

from tui_lab.protocol.events import Measured
from tui_lab.protocol.thinning import thin

BYTES_PER_S, IN_ADVANCE = 40_000, 2_000_000
"""48 MB in 20 minutes, and what may be written sooner than that."""
FEW = 8
"""The most points of each series in a report, while a journal has grown faster."""


class ByteRate:
    """What a journal may still write at `BYTES_PER_S`; less than nothing if epochs alone take more."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left, self._at = float(IN_ADVANCE), clock()

    def spend(self, size: int) -> None:
        """So many bytes were written."""
        now = self._clock()
        self._left = min(IN_ADVANCE, self._left + BYTES_PER_S * (now - self._at)) - size
        self._at = now

    def fit(self, event: Measured) -> Measured:
        """The report as it is, or with few points while too much was written."""
        if self._left >= 0:
            return event
        return replace(
            event, series={name: tuple(thin([*points], FEW)) for name, points in event.series.items()}
        )
