"""A terminal that stalls, goes away without a word, or is stopped by force: the lab's process still ends."""

import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import ioctl
from pathlib import Path

import pytest

from tests.terminal import terminal as terminals
from tests.terminal.terminal import terminal
from tests.terminal.test_lab import endless
from tests.waiting import until
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.reading import load_run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_labs")]


class Bare:
    """The lab on a terminal that controls no session: when it goes, no signal tells of it."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
        environment = os.environ | {
            "TERM": "xterm-256color", "HOME": str(folder), "TUI_LAB_RUNS": str(folder / "runs"),
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, *terminals.LAB, *words], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, env=environment, cwd=folder,
        )  # fmt: skip
        os.close(slave)

    def shows(self, words: bytes) -> None:
        """Read until these bytes were written."""
        seen = b""
        while words not in seen:
            seen += os.read(self.master, 65_536)

    def press(self, keys: str) -> None:
        """Type, as far as the terminal takes it."""
        os.write(self.master, keys.encode())

    def stall(self) -> None:
        """Read no more, until the process stands still in the middle of its output."""
        for _ in range(20):
            self.press("?")
            time.sleep(0.05)
            self.press("\x1b")
            time.sleep(0.05)

    def ended(self) -> int:
        """The exit status; a process that does not end by itself is an error."""
        return self.process.wait(timeout=20)


@contextmanager
def bare(folder: Path, *words: str) -> Iterator[Bare]:
    """The lab on such a terminal, training; its process is gone at the end, whatever happened."""
    lab = Bare(folder, *words)
    try:
        lab.shows(b"to train")
        lab.press("t")
        lab.shows(b"edits apply now")
        until(lambda: bool(run_ids(folder / "runs")) and view(folder).step > 0)
        yield lab
    finally:
        lab.process.kill()
        lab.process.wait()


def view(folder: Path) -> RunView:
    """The newest run."""
    root = folder / "runs"
    return load_run(RunFolder(root / run_ids(root)[0])).view


def hang_up(lab: Bare) -> None:
    os.close(lab.master)


def terminate(lab: Bare) -> None:
    lab.process.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("stalled", [False, True], ids=["unread", "stalled"])
@pytest.mark.parametrize(("way", "status"), [(hang_up, 129), (terminate, 143)])
def test_the_process_ends_with_its_terminal(
    tmp_path: Path, way: Callable[[Bare], None], status: int, stalled: bool
) -> None:
    with bare(tmp_path, "--on-quit", "stop", str(endless(tmp_path))) as lab:
        if stalled:
            lab.stall()
        way(lab)
        assert lab.ended() == status


def test_in_process_a_run_is_saved_though_the_terminal_takes_nothing(tmp_path: Path) -> None:
    with bare(tmp_path, "--in-process", str(endless(tmp_path))) as lab:
        lab.stall()
        terminate(lab)
        assert lab.ended() == 143
    assert view(tmp_path).status == "stopped"
    assert view(tmp_path).checkpoints[-1].step == view(tmp_path).step


def test_stopped_by_force_and_gone_on_it_is_drawn_anew_and_can_be_left(tmp_path: Path) -> None:
    """SIGSTOP gives no warning; the shell may have changed the terminal before SIGCONT."""
    with terminal(width=80, height=24, folder=tmp_path) as lab:
        lab.shows("press t to train")
        for _ in range(3):
            lab.process.kill(signal.SIGSTOP)
            lab.stops()
            lab.process.kill(signal.SIGCONT)
            lab.resize(80, 24)
            lab.shows("press t to train")
        lab.press("q")
        assert lab.ends(within=10) == 0
        assert lab.restored()


def test_a_window_small_for_a_moment_is_painted_anew(tmp_path: Path) -> None:
    """The program hears of it when the size is as before, and what stood there is gone."""
    with terminal(width=80, height=24, folder=tmp_path) as lab:
        lab.shows("ready   device")
        lab.read(0.5)
        lab.resize(80, 24)
        lab.process.kill(signal.SIGWINCH)
        lab.shows("press t to train", within=20)


WRITING = """
from signal import SIGTSTP, raise_signal
from textual.app import App
from textual.widgets import Label
from tui_lab.tui.terminal.driver import Terminal

class Writing(App):
    def get_driver_class(self):
        return Terminal

    def compose(self):
        yield Label("the screen is drawn")

    def on_mount(self):
        with self._driver._writer_thread._queue.mutex:  # as if it came while a frame is handed over
            raise_signal(SIGTSTP)

Writing().run()
"""


def test_a_stop_in_the_middle_of_a_write_is_heeded_after_it(tmp_path: Path) -> None:
    """What the handler writes needs the lock that the interrupted write holds: it would wait for ever."""
    with terminal(width=80, height=24, folder=tmp_path, program=("-c", WRITING)) as screen:
        screen.stops(within=20)
        assert screen.restored()
        screen.process.kill(signal.SIGCONT)
        screen.shows("the screen is drawn")
