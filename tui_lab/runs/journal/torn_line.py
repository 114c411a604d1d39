"""A line that was being written when its writer was killed."""

import os

_BLOCK = 65536


def cut_torn_line(fd: int) -> None:
    """Make a file of lines end with a whole one. Raises OSError."""
    end = os.fstat(fd).st_size
    while end > 0:
        start = max(0, end - _BLOCK)
        place = os.pread(fd, end - start, start).rfind(b"\n")
        if place >= 0:
            end = start + place + 1
            break
        end = start
    if end != os.fstat(fd).st_size:
        os.ftruncate(fd, end)
