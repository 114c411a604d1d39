"""Memory of a process that trains: what a step has freed is kept for the next one.

glibc gives large blocks back to the system when they are freed, in a thread also small ones, and the next
step pays for each page again. On the preset `shapes` a step took 1.15 times as long, and its validation in
one batch 1.5 times.
"""

import ctypes
import os
import sys
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # from malloc.h
_LARGEST_KEPT = 256 * 2**20
_MOST_KEPT = 2**31 - 1


def keep_freed_memory() -> None:
    """To be called before the first thread starts; without glibc, or with MALLOC_... set, nothing changes.

    Blocks of more than 256 MiB are still given back. All threads share one pool: that of a thread is always
    cut back.
    """
    if sys.platform != "linux" or any(name.startswith("MALLOC_") for name in os.environ):
        return
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT)
        mallopt(_TRIM_THRESHOLD, _MOST_KEPT)
        mallopt(_ARENA_MAX, 1)
