"""A terminal driver for terminals that hang, disappear, send garbage, or are taken away (SIGSTOP)."""

import asyncio
import os
import termios
from collections.abc import Iterable
from contextlib import suppress
from select import POLLHUP, POLLIN, poll
from signal import SIG_BLOCK, SIGTTOU, pthread_sigmask
from threading import Thread
from time import monotonic
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.message import Message

from tui_lab.tui.terminal.keyboard import Keyboard

LOOK_S = 0.1
READ_BYTES = 1024
MOST_WAITING = 200
"""Most keys waiting to be processed; further ones stay in the terminal, so that signals are handled soon."""
MOST_CELLS = (5_000, 2_000)
"""No terminal is wider or higher than this: a larger size report comes from a paste."""
PUT_BACK_S, ROUND_S = 2.0, 0.005
"""How long to try to restore a terminal that does not read; the time between two attempts to make room."""
PUT_BACK = b"".join(
    (
        b"\x1b\\\x1b[?2026l",  # end whatever an interrupted frame began
        b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l",  # mouse
        b"\x1b[?2004l\x1b[?2048l\x1b[?1004l",  # bracketed paste, size and focus reports
        b"\x1b[?7h\x1b[<u\x1b[0m",  # line wrap, keyboard protocol (of this screen), colours
        b"\x1b[?1049l\x1b[?25h",  # main screen, cursor
    )
)
"""Resets every mode that the driver sets."""
PUT_BACK_AGAIN = b"\x1b[?1049h" + PUT_BACK
"""The same if it may have been carried out before: the main screen's own keyboard protocol is not touched."""


class Terminal(LinuxDriver):
    """Textual's driver, extended for a lost terminal, SIGSTOP, signals during a write, bytes that are not
    text, floods of keys, and a forced exit (`put_back`).
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        assert self._file is not None
        self._file = self._forgiving = _Forgiving(self._file)  # type: ignore[assignment]
        self._taken = False
        self._sent = self._arrived = 0
        self.sent_bytes = 0

    def write(self, data: str) -> None:
        self.sent_bytes += len(data.encode(errors="replace"))
        super().write(data)

    @property
    def gone(self) -> bool:
        """Whether the terminal has hung up. Not every process gets a SIGHUP then."""
        polled = poll()
        polled.register(self.fileno, 0)
        return any(event & POLLHUP for _, event in polled.poll(0))

    # Taking over and restoring the terminal

    def start_application_mode(self) -> None:
        """Take over the terminal."""
        self._taken = True
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Finish writing and restore the terminal."""
        super().close()
        self._taken = False

    def put_back(self) -> None:
        """Restore the terminal at once, from any thread, whatever the loop and the writing thread are doing.

        Nothing is drawn after this: it is for a process that is about to exit. On a terminal that does not
        read, pending output is discarded to make room, and the sequence is then written anew: a part of it
        may have been discarded as well. After `PUT_BACK_S` it gives up.
        """
        if not self._taken:
            return
        self._forgiving.shut = True
        pthread_sigmask(SIG_BLOCK, {SIGTTOU})  # in the background it would stop the process
        self._restore_settings()
        last = monotonic() + PUT_BACK_S
        writing = self._start_writing(PUT_BACK, PUT_BACK_S / 2)
        while writing.is_alive() and monotonic() < last:
            while writing.is_alive() and monotonic() < last:
                self._make_room()
                writing.join(ROUND_S)
            writing = self._start_writing(PUT_BACK_AGAIN, PUT_BACK_S / 4)

    def _make_room(self) -> None:
        """Discard output that has not been read, and wake blocked writers."""
        output = self._forgiving.fileno()
        with suppress(termios.error):
            termios.tcflush(output, termios.TCOFLUSH)
            termios.tcflow(output, termios.TCOOFF)
            termios.tcflow(output, termios.TCOON)

    def _restore_settings(self) -> None:
        if self.attrs_before is not None:
            with suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
                termios.tcflush(self.fileno, termios.TCIFLUSH)  # the shell must not get the rest of a paste

    def _start_writing(self, sequence: bytes, patience_s: float) -> Thread:
        """Write on a thread of its own, which a terminal that does not read may hold up for ever."""

        def write() -> None:
            rest = sequence
            with suppress(OSError):
                while rest:
                    rest = rest[os.write(self._forgiving.fileno(), rest) :]

        writing = Thread(target=write, daemon=True)
        writing.start()
        writing.join(patience_s)
        return writing

    # Keys

    def run_input_thread(self) -> None:
        """Read the keyboard until the lab ends, whatever arrives, even after a hang-up."""
        keyboard = Keyboard()
        polled = poll()
        polled.register(self.fileno, POLLIN)
        while not self.exit_event.is_set():
            if polled.poll(LOOK_S * 1000):
                try:
                    data = os.read(self.fileno, READ_BYTES)
                except OSError:
                    data = b""
                if not data:  # hung up; the lab notices that by itself
                    self.exit_event.wait(LOOK_S)
                self._pass_on(keyboard.feed(data))
            self._pass_on(keyboard.tick())

    def _pass_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            if isinstance(message, Resize) and not self._believable(message):
                continue
            self.process_message(message)
            while self._waiting() > MOST_WAITING and not self.exit_event.wait(0.005):
                pass

    def send_message(self, message: Message) -> None:
        """Pass a message to the loop, from the reading thread."""
        self._sent += 1
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._arrive, message)

    def _arrive(self, message: Message) -> None:
        self._arrived += 1
        self._app.post_message(message)

    def _waiting(self) -> int:
        return self._sent - self._arrived + self._app.message_queue_size

    def _believable(self, size: Resize) -> bool:
        """Whether a size report is genuine: only if the terminal was asked for them; a paste may hold one."""
        return (
            self._in_band_window_resize
            and size.size.width <= MOST_CELLS[0]
            and size.size.height <= MOST_CELLS[1]
        )

    # A signal handler may interrupt a write that holds the lock of the writing thread's queue. Writing is
    # therefore left to the loop; in the handler it would deadlock.

    def _sigtstp_application(self, *arguments: Any) -> None:
        asyncio.get_running_loop().call_soon_threadsafe(super()._sigtstp_application)

    def _sigcont_application(self, *arguments: Any) -> None:
        if self._must_signal_resume:  # after SIGTSTP: the terminal was restored, and the loop waits there
            super()._sigcont_application(*arguments)
        elif self._auto_restart:
            asyncio.get_running_loop().call_soon_threadsafe(self._take_again)

    def _take_again(self) -> None:
        """After SIGSTOP the state of the terminal is unknown, so set it up from scratch.

        Otherwise a second thread would read the keyboard, and no key could end the program.
        """
        if self._writer_thread is not None:
            self.suspend_application_mode()
        self._must_signal_resume = True
        self.resume_application_mode()


class _Forgiving:
    """Drops output that a lost terminal refuses: the writing thread must not die, the screen waits for it."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.shut = False
        """Whether writing has ended."""

    def write(self, text: str) -> None:
        if self.shut:
            return
        with suppress(OSError, UnicodeError):
            self._file.write(text)

    def flush(self) -> None:
        if self.shut:
            return
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()
