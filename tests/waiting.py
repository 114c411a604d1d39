"""Waiting for another process."""

import time
from collections.abc import Callable
from threading import Event

LONG_S = 60.0


def until(condition: Callable[[], bool]) -> None:
    """Return once `condition` holds; fail after `LONG_S` seconds.

    Looking takes a fifth of the time at most: the other process needs the processor, too.
    """
    pause, end = Event(), time.monotonic() + LONG_S
    began = time.monotonic()
    while not condition():
        now = time.monotonic()
        assert now < end, "it did not happen"
        pause.wait(max(0.02, 4 * (now - began)))
        began = time.monotonic()
