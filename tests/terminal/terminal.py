"""A real terminal: a process on a pseudo-terminal, and the screen it draws."""

import os
import re
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pyte

from tests.left_over import MARK
from tests.terminal.modes import left_set

LONG_S = 60.0
LAB = ("-m", "tui_lab")
start: Callable[..., pexpect.spawn] = pexpect.spawn
"""With `warm_labs` a lab is forked from a process that has loaded all libraries."""


class Terminal:
    """A program, its keyboard and its screen. Nothing here sleeps: `shows` reads until it is so."""

    def __init__(
        self,
        *arguments: str,
        width: int,
        height: int,
        folder: Path,
        program: Sequence[str] = (),
        **environment: str,
    ) -> None:
        settings = {
            "TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": str(folder),
            "TUI_LAB_RUNS": str(folder / "runs"), "PATH": os.environ["PATH"], MARK: os.environ[MARK],
            **environment,
        }  # fmt: skip
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        begin, words = (pexpect.spawn, program) if program else (start, () if start != pexpect.spawn else LAB)
        self.process = begin(
            sys.executable, [*words, *arguments],
            dimensions=(height, width), env=settings, cwd=str(folder), timeout=None,
        )  # fmt: skip
        self._before = termios.tcgetattr(self.process.child_fd)

    @property
    def text(self) -> str:
        """The screen as it is drawn now."""
        return "\n".join(self.screen.display)

    def press(self, *keys: str) -> None:
        """Type keys one after the other."""
        for key in keys:
            self.process.send(key)

    def read(self, seconds: float) -> bool:
        """Draw what comes within `seconds`; False once the program has gone."""
        try:
            data = self.process.read_nonblocking(65_536, timeout=seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        # pyte knows neither of these two; it would show their tails as text
        self._stream.feed(re.sub(rb"\x1b\[[<>=?][\d;]*[um]|\x1b\[\?[\d;]*\$p|\x1b\[=\d+c", b"", data))
        return True

    def shows(self, *patterns: str, within: float = LONG_S) -> re.Match[str]:
        """Read until all patterns stand on the screen at once; gives the match of the last one."""
        end = time.monotonic() + within
        while True:
            text = self.text
            found = [re.search(pattern, text) for pattern in patterns]
            if all(found):
                last = found[-1]
                assert last is not None
                return last
            alive = self.read(0.1)
            assert alive and time.monotonic() < end, f"waited for {patterns}\n{self.text}"

    def draws(self, cells: int, within: float = LONG_S) -> None:
        """Read until a curve takes at least so many cells of the screen."""
        end = time.monotonic() + within
        while curve(self.text) < cells:
            assert self.read(0.1) and time.monotonic() < end, f"waited for a curve\n{self.text}"

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size; it begins empty, so the program must paint it anew."""
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)
        self.process.setwinsize(height, width)

    def stops(self, within: float = LONG_S) -> None:
        """Read until the process is stopped, as by SIGSTOP; it has not ended then."""
        state, end = Path(f"/proc/{self.process.pid}/stat"), time.monotonic() + within
        while state.read_text().rsplit(")")[-1].split()[0] != "T":
            assert self.read(0.1) and time.monotonic() < end, f"goes on\n{self.text}"

    def ends(self, within: float = LONG_S) -> int:
        """Read until the program has ended; its exit status, or minus the number of a signal."""
        end = time.monotonic() + within
        while self.read(0.1):
            assert time.monotonic() < end, f"still there\n{self.text}"
        self.process.wait()
        if self.process.signalstatus is not None:
            return -int(self.process.signalstatus)
        return int(self.process.exitstatus)

    def kill(self) -> None:
        """End the program if it has not ended, and close the terminal."""
        if self.process.isalive():  # `close` waits for a tenth of a second only, however busy the machine
            self.process.kill(signal.SIGKILL)
            self.process.wait()
        self.process.close()

    def restored(self) -> bool:
        """Whether the terminal was given back: all modes, and how it takes keys."""
        assert not left_set(self.raw), left_set(self.raw)
        assert termios.tcgetattr(self.process.child_fd) == self._before, "its settings differ"
        return b"\x1b[?1049l" in self.raw


@contextmanager
def terminal(*words: str, width: int, height: int, folder: Path, **options: Any) -> Iterator[Terminal]:
    """A terminal whose program is gone at the end, whatever happened."""
    opened = Terminal(*words, width=width, height=height, folder=folder, **options)
    try:
        yield opened
    finally:
        opened.kill()


def curve(screen: str) -> int:
    """How many cells of the screen hold part of a curve (braille)."""
    return sum("\u2801" <= char <= "\u28ff" for char in screen)
