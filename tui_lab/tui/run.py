"""The lab in a terminal: what it is wired to, and how it ends."""

import asyncio
import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from signal import (
    SIG_IGN,
    SIGALRM,
    SIGHUP,
    SIGINT,
    SIGQUIT,
    SIGTERM,
    SIGUSR1,
    SIGUSR2,
    SIGVTALRM,
    SIGXCPU,
    signal,
)
from threading import Timer
from typing import TYPE_CHECKING, Any

from tui_lab.session.client import Client, OnQuit
from tui_lab.session.trainers import Trainers
from tui_lab.spec.presets import Preset, Shelf
from tui_lab.tui.app import LabApp
from tui_lab.tui.errand import busy
from tui_lab.tui.terminal import Terminal
from tui_lab.tui.watch import Watch

if TYPE_CHECKING:
    from tui_lab.tui.images import ImagesAsked
    from tui_lab.tui.setup import TableAsked

CLOSE_S = 0.8
"""How long leaving waits for a run to end; to be back in the shell takes less than a second."""
ENDING = (SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR2, SIGALRM, SIGVTALRM, SIGXCPU)
"""Signals that end a process and can be heeded."""
STUCK_S = 1.5
"""After a signal the process ends, even if the terminal takes no more output."""
LOOK_S = 0.5
"""How often the lab looks whether its terminal is still there."""


def run_lab(
    chosen: str | Preset | None,
    shelf: Shelf,
    root: Path,
    trainers: Trainers,
    attached: Client | None = None,
    on_quit: OnQuit = "ask",
    table: "TableAsked | ImagesAsked | None" = None,
) -> int:
    """Open the lab on a terminal and give the exit status: 0, or 128 + N after signal N.

    `chosen` is the preset to begin with, by name or as it was read from a file; `root` is where runs
    live; `trainers` has them trained; `attached` is a run to show at once, `table` a table or a
    folder of images to set up first. A run that goes on when somebody leaves trains on or is closed as
    `stopped`, as they said or as `on_quit` says; where the lab trains it itself it is stopped. If
    that takes too long the process ends here, as no interpreter can be torn down around a thread that
    runs torch. Raises InputError if `chosen` is a name that the shelf lacks.
    """
    lab = _ShellLab(shelf, root, trainers, chosen, attached=attached, on_quit=on_quit, table=table)
    lab.heed_signals()
    status = lab.run() or lab.return_code or 0
    ended = lab.left_training or lab.watch_run.close(CLOSE_S)
    if lab.watchdog is not None:
        lab.watchdog.cancel()
    if lab.gone:
        os._exit(status)
    if lab.left_training:
        print(left_words(lab.watch_run))
    if not ended or lab.preload.busy or busy():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


def left_words(watch: Watch) -> str:
    """What to say of a run that goes on without the lab."""
    if not watch.left:
        return "the run that was starting keeps training; `tui-lab attach last` opens it"
    goes_on = "stays paused" if watch.paused else "keeps training"
    return f"run {watch.left} {goes_on}; `tui-lab attach {watch.left}` opens it again"


def calm_collector() -> None:
    """Set the garbage collector going, so that it does not hold keys up.

    A long run is told in a hundred thousand small objects, none of which is garbage; to go through them all
    took 110 ms, several times a minute. What is young is still looked at: that is where widgets' cycles die.
    """
    gc.freeze()
    gc.set_threshold(5_000, 10, 100_000)
    gc.enable()


class _ShellLab(LabApp):
    """The lab, heeding the signals that end a process, and the end of its terminal."""

    watchdog: Timer | None = None
    gone = False
    """Whether there is no terminal any more."""
    _signal = 0
    _loop_running: asyncio.AbstractEventLoop | None = None

    def get_driver_class(self) -> type[Terminal]:
        """The terminal as one that can be lost."""
        return Terminal

    def heed_signals(self) -> None:
        """Take a signal as a wish to leave, from now on: before the terminal is taken already.

        A run in a host of its own is not touched.
        """

        def heed(number: int, _: Any) -> None:  # runs at once, even while the loop waits for the terminal
            self._signal = number
            self._end_at_last(number)
            if self._loop_running is not None:
                with suppress(RuntimeError):  # the loop has ended already
                    self._loop_running.call_soon_threadsafe(self._end, number)

        for number in ENDING:
            signal(number, heed)
        signal(SIGUSR1, SIG_IGN)  # there is no run to save yet

    def on_mount(self) -> None:
        """Heed signals that have come, and SIGUSR1, which saves the run; look after the terminal."""
        calm_collector()
        self._loop_running = asyncio.get_running_loop()
        self._loop_running.add_signal_handler(SIGUSR1, self.watch_run.checkpoint)
        if self._signal:
            self._end(self._signal)
        self.set_interval(LOOK_S, self._look)
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))

    def on_resize(self) -> None:
        """Paint all, though the size may be as before: a window small for a moment lost what it showed."""
        self.refresh(layout=True)

    def _look(self) -> None:
        if isinstance(self._driver, Terminal) and self._driver.gone and not self.gone:
            self.gone = True
            self._end_at_last(SIGHUP)
            self._end(SIGHUP)

    def _end(self, number: int) -> None:
        """Leave, once the screen in front is there: none can be taken down while it is being put up."""
        self.when_there(lambda: self.leave(128 + number, stop=not self.watch_run.outlives))

    def _end_at_last(self, number: int) -> None:
        """See to it that the process ends, whatever the screen is waiting for."""
        if self.watchdog is None:
            self.watchdog = Timer(STUCK_S, self._force, (128 + number,))
            self.watchdog.daemon = True
            self.watchdog.start()

    def _force(self, status: int) -> None:
        if not self.watch_run.outlives:
            self.watch_run.close(CLOSE_S)
        if isinstance(self._driver, Terminal):
            self._driver.put_back()
        os._exit(status)
