"""Signals are requests to stop: the run is closed cleanly, and the exit status shows which signal it was."""

import signal
from queue import SimpleQueue
from types import FrameType
from typing import Self

from tui_lab.protocol.commands import Checkpoint, Command, Stop
from tui_lab.session.host.signals import STOPPING, handle, put_back


class StopOnSignal:
    """While active, the first signal that would end the process (INT, TERM, HUP, QUIT, USR2, ALRM, ...) puts
    `Stop` into the queue; SIGUSR1 puts `Checkpoint`.

    The second raises KeyboardInterrupt at once; a third ends the process. A signal that was ignored stays
    ignored, as under `nohup` and in background jobs of a script.
    """

    def __init__(self, commands: SimpleQueue[Command]) -> None:
        self.received: int | None = None
        self._commands = commands
        self._before: dict[signal.Signals, object] = {}

    @property
    def status(self) -> int:
        """The exit status of a process ended by that signal; 130 if there was none."""
        return 128 + (self.received or signal.SIGINT)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.received is None:
            self.received = number
            # Only SIGINT leaves time for the test. SimpleQueue.put is safe in a signal handler.
            self._commands.put(Stop(test=number == signal.SIGINT))
            return
        for each in self._before:
            signal.signal(each, signal.SIG_DFL)
        raise KeyboardInterrupt

    def __enter__(self) -> Self:
        self._before[signal.SIGUSR1] = signal.getsignal(signal.SIGUSR1)
        signal.signal(signal.SIGUSR1, lambda *_: self._commands.put(Checkpoint()))
        self._before |= handle(STOPPING, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        put_back(self._before)
