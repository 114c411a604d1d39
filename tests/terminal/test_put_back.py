"""A terminal is restored whole, also where its buffer had room for a part of the sequence only."""

import os
import pty
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from textual.app import App

from tests.terminal.modes import left_set
from tui_lab.tui.terminal import driver

SET = b"\x1b[?1049h\x1b[?1000h\x1b[?2004h\x1b[?25l\x1b[>25u"
"""What the lab sets, as far as it shows."""


@contextmanager
def a_terminal() -> Iterator[tuple[int, int]]:
    """Master and slave; neither is read or written by anyone else."""
    master, slave = pty.openpty()
    attributes = termios.tcgetattr(slave)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    try:
        yield master, slave
    finally:
        os.close(master)
        os.close(slave)


def fill(slave: int, most: int = sys.maxsize) -> int:
    """Write at most so many bytes, as far as the buffer takes them; returns how many it took."""
    os.set_blocking(slave, False)
    written = 0
    with suppress(BlockingIOError):
        while written < most:
            written += os.write(slave, b"-" * min(64, most - written))
    os.set_blocking(slave, True)
    return written


def rest(master: int) -> bytes:
    """All that is in the buffer."""
    os.set_blocking(master, False)
    read = b""
    with suppress(BlockingIOError):
        while data := os.read(master, 65_536):
            read += data
    return read


@pytest.mark.parametrize("room", [0, 8, 40, 70, 100])
async def test_a_terminal_that_had_room_for_a_part_only_is_whole(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first part of the sequence fits, and is discarded with what was pending before it.

    How much a buffer takes varies a little, since the kernel empties it into another one meanwhile.
    """
    monkeypatch.setattr(driver, "PUT_BACK_S", 0.4)
    with a_terminal() as (_, slave):
        capacity = fill(slave)
    with a_terminal() as (master, slave), open(slave, "w", closefd=False) as file:
        monkeypatch.setattr(sys, "__stderr__", file)
        terminal = driver.Terminal(App())
        terminal._taken = True
        fill(slave, capacity - room)
        terminal.put_back()
        assert not left_set(SET + rest(master))
