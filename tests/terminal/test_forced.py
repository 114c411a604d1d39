"""However the lab ends, the terminal is as it was: also when its loop stands still and nobody reads."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.terminal.modes import left_set
from tests.terminal.terminal import terminal
from tests.terminal.test_gone import Bare

pytestmark = pytest.mark.slow
STUCK = """
import sys
from pathlib import Path
from tests.tui.fakes import FakeTrainers, a_shelf
from tui_lab.tui import launch
from tui_lab.tui.lab.screen import LabScreen

def stuck(self):
    while True:
        pass

LabScreen.action_export = stuck
sys.exit(launch.open_lab(launch.Contents(a_shelf(), Path("/runs"), FakeTrainers(), "binary")))
"""
HERE = str(Path(__file__).parents[2])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_loop_that_stands_still_leaves_the_terminal_whole(tmp_path: Path, number: int) -> None:
    program = ("-c", STUCK)
    with terminal(width=80, height=24, folder=tmp_path, program=program, PYTHONPATH=HERE) as lab:
        lab.shows("press t to train")
        lab.press("j")
        lab.read(0.3)
        lab.process.kill(number)
        assert lab.ends(within=20) == 128 + number
        assert lab.restored()


def test_a_terminal_that_nobody_reads_is_whole_once_somebody_does(tmp_path: Path) -> None:
    lab = Bare(tmp_path)
    try:
        lab.shows(b"to train")
        lab.stall()
        lab.process.send_signal(signal.SIGTERM)
        assert lab.ended() == 143
        written = b"\x1b[?1049h\x1b[?1000h\x1b[?2004h\x1b[?25l\x1b[>25u" + rest(lab.master)
        assert not left_set(written)
    finally:
        lab.process.kill()
        lab.process.wait()


def rest(master: int) -> bytes:
    """All that still comes."""
    read = b""
    with suppress(OSError):
        while data := os.read(master, 65_536):
            read += data
    return read


@pytest.mark.parametrize("key", ["", "r", "e", "?"])
def test_a_signal_that_comes_early_ends_the_lab_without_a_traceback(tmp_path: Path, key: str) -> None:
    """Before the first picture, and while a key opens a screen."""
    with terminal("binary", width=80, height=24, folder=tmp_path) as lab:
        while b"\x1b[?1049h" not in lab.raw:
            lab.read(0.1)
        if key:
            lab.shows("press t to train")
            lab.press(key)
        lab.process.kill(signal.SIGTERM)
        assert lab.ends(within=20) == 143
        assert b"Traceback" not in lab.raw
        assert lab.restored()
