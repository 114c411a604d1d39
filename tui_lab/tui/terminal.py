"""A terminal that may stand still, go away without a word, or be taken from under the program."""

import asyncio
from contextlib import suppress
from select import POLLHUP, poll
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver


class Terminal(LinuxDriver):
    """Textual's driver, and what it does not foresee: a lost terminal, SIGSTOP, a signal while it writes."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        assert self._file is not None
        self._file = _Forgiving(self._file)  # type: ignore[assignment]

    @property
    def gone(self) -> bool:
        """Whether the terminal has hung up. A process that it does not control is sent no SIGHUP."""
        polled = poll()
        polled.register(self.fileno, 0)
        return any(event & POLLHUP for _, event in polled.poll(0))

    # A handler may come in the middle of a write, which holds the lock of the queue to the writing thread:
    # what writes is left to the loop, or the program would wait for itself for ever.

    def _sigtstp_application(self, *arguments: Any) -> None:
        asyncio.get_running_loop().call_soon_threadsafe(super()._sigtstp_application)

    def _sigcont_application(self, *arguments: Any) -> None:
        if (
            self._must_signal_resume
        ):  # SIGTSTP had warned, the terminal was given back, and the loop stands there
            super()._sigcont_application(*arguments)
        elif self._auto_restart:
            asyncio.get_running_loop().call_soon_threadsafe(self._take_again)

    def _take_again(self) -> None:
        """After SIGSTOP: what the shell did to the terminal is not known, so begin from nothing.

        Without this a second thread would read the keyboard, and no key could end the program any more.
        """
        if self._writer_thread is not None:
            self.suspend_application_mode()
        self._must_signal_resume = True
        self.resume_application_mode()


class _Forgiving:
    """Drops what a lost terminal does not take: the writing thread must not die, the screen waits for it."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()
