"""Show on stderr what is being waited for: with a spinner on a terminal, otherwise in a line."""

import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from math import inf
from threading import Timer

from tui_lab.cli.output.output import before_writing, can_redraw, can_show, note
from tui_lab.runs.journal.long_journal import telling
from tui_lab.safe import safe, sentence

SOON_S, FRAME_S = 0.2, 0.1
"""Seconds before the spinner appears, and between its frames."""
PLAIN_S = 2.0
"""Without a terminal, a line is printed once, and only if it takes longer than this."""
LATE_S = 10.0
"""Without a terminal, how far it is is printed once after this long, if that is known."""
SIGNS, ASCII_SIGNS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "|/-\\"
ERASE = b"\r\x1b[2K"


class Wait:
    """Something slow. Called with the fraction that is done."""

    def __init__(self, doing: str) -> None:
        self._text = doing
        self._last = -1, ""

    def doing(self, text: str) -> None:
        """Change what is being waited for."""
        self._text, self._last = text, (-1, "")
        self.changed(text)

    def __call__(self, share: float) -> None:
        """Report the fraction that is done; its attribute `doing` may name the current item."""
        percent, named = int(100 * min(1.0, share)), getattr(share, "doing", "")
        if (percent, named) != self._last:
            self._last = percent, named
            self.changed(f"{self._text}, {percent} %" + (f", {safe(named, 50)}" if named else ""))

    def changed(self, text: str) -> None:
        """Show the new text."""


@contextmanager
def meanwhile(doing: str, *, quiet: bool = False) -> Iterator[Wait]:
    """Show what is being waited for until the block ends; on a terminal, the line is then erased."""
    if quiet:
        yield Wait(doing)
    elif can_redraw(sys.stderr):
        with _moving(doing) as wait:
            yield wait
    else:
        timer = Timer(PLAIN_S, note, (f"{doing} ...",))
        timer.daemon = True
        timer.start()
        try:
            yield _Plain(doing)
        finally:
            timer.cancel()


@contextmanager
def _moving(doing: str) -> Iterator[Wait]:
    """The spinner runs in a process of its own: importing large libraries blocks all threads."""
    words, given = os.pipe()
    try:
        painter = os.fork()
    except OSError:
        os.close(words)
        os.close(given)
        yield Wait(doing)
        return
    if painter == 0:
        with suppress(BaseException):
            os.close(given)
            _paint(words, sentence(doing), SIGNS if can_show(SIGNS, sys.stderr) else ASCII_SIGNS)
        os._exit(0)
    os.close(words)
    wait = _Painted(doing, given)
    before_writing(_erase)
    try:
        yield wait
    finally:
        before_writing(None)
        os.close(given)
        os.kill(painter, signal.SIGKILL)
        os.waitpid(painter, 0)
        _erase()


def journals_read() -> AbstractContextManager[None]:
    """Show progress for each long journal that is read in this block."""
    return telling(lambda run_id: meanwhile(f"reading the journal of {run_id}"))


class _Plain(Wait):
    """Prints one line, how far it is, once that takes long."""

    def __init__(self, doing: str) -> None:
        super().__init__(doing)
        self._due = time.monotonic() + LATE_S

    def changed(self, text: str) -> None:
        if time.monotonic() >= self._due:
            self._due = inf
            note(text)


class _Painted(Wait):
    """Sends its text to the process that draws the spinner."""

    def __init__(self, doing: str, pipe: int) -> None:
        super().__init__(doing)
        self._pipe = pipe
        os.set_blocking(pipe, False)

    def changed(self, text: str) -> None:
        with suppress(OSError):  # the pipe is full: this percentage is not shown
            os.write(self._pipe, sentence(text).encode() + b"\n")


def _paint(words: int, text: str, signs: str) -> None:
    """Draw until the other end of the pipe is closed, also if that process died."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    began, frame, pause = time.monotonic(), 0, SOON_S
    while True:
        if select.select([words], [], [], pause)[0]:
            heard = os.read(words, 65_536)
            if not heard:
                return
            text = heard.decode().splitlines()[-1]
        seconds = time.monotonic() - began
        if seconds >= SOON_S:
            frame += 1
            pause = FRAME_S
            line = f"{signs[frame % len(signs)]} {text}, {seconds:.0f} s"
            os.write(2, ERASE + line[: _width()].encode(_encoding(), "replace"))


def _erase() -> None:
    with suppress(OSError):
        os.write(2, ERASE)


def _width() -> int:
    """A longer line would wrap, and could not be erased."""
    with suppress(OSError):
        return (os.get_terminal_size(2).columns or 80) - 1
    return 79


def _encoding() -> str:
    return getattr(sys.stderr, "encoding", None) or "ascii"
