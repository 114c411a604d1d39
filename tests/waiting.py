"""Waiting for another process."""

import time
from collections.abc import Callable
from threading import Event

LONG_S = 60.0


def until(condition: Callable[[], bool]) -> None:
    """Return once `condition` holds; fail after `LONG_S` seconds."""
    pause, end = Event(), time.monotonic() + LONG_S
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        pause.wait(0.02)
