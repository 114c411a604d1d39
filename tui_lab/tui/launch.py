"""Running the lab in a terminal: its parts, signals, and how it ends."""

import asyncio
import gc
import os
import sys
from contextlib import suppress
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

from rich.console import RenderableType
from textual.screen import Screen

from tui_lab.safe import sentence
from tui_lab.tui.app import Contents, LabApp
from tui_lab.tui.terminal.changed_cells import SentCells
from tui_lab.tui.terminal.driver import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_lab.tui.state.shown_run import ShownRun

CLOSE_S = 0.8
"""How long quitting waits for a run to end, so that the shell is back within a second."""
ENDING = (SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR2, SIGALRM, SIGVTALRM, SIGXCPU)
"""Signals that end a process and can be handled."""
STUCK_S = 1.5
"""Restoring the terminal begins this long after a signal, even if it is blocked; then the process ends."""
FORCED_S = 5.0
"""How long that may take."""
LOOK_S = 0.5
"""How often the lab checks whether its terminal is still there."""


def open_lab(contents: "Contents | Callable[[], Contents]", *, low_bandwidth: bool = False) -> int:
    """Open the lab in a terminal and return the exit status: 0, or 128 + N after signal N.

    With `low_bandwidth` training changes the screen once a second or less. Raises InputError if the chosen
    preset is the name of none, and what `contents` raises, if they are made after the first frame.
    On quit, an active run keeps training or is stopped, as the user or `on_quit` says; a run in the lab's own
    process is stopped. After an error in the lab, a run in its host keeps training. If ending takes too
    long, the process exits here, because the interpreter cannot be torn down around a thread that uses
    torch.
    """
    lab = _ShellLab(contents, low_bandwidth=low_bandwidth)
    lab.heed_signals()
    status = lab.run() or lab.return_code or 0
    ended = not lab.furnished or lab.left_training or lab.watch_run.close(CLOSE_S)
    if lab.watchdog is not None:
        lab.watchdog.cancel()
        if lab.forced:
            lab.watchdog.join(FORCED_S)  # it is restoring the terminal, and then ends the process
    if lab.gone:
        os._exit(status)
    if lab.failed is not None:
        raise lab.failed
    if not lab.furnished:
        return status
    from tui_lab.tui.state.background import busy

    if lab.left_training:
        print(sentence(left_words(lab.watch_run)))
    if words := lab.sweeps_left():
        print(sentence(words))
    if not ended or lab.preload.busy or busy():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


def left_words(watch: "ShownRun") -> str:
    """The message about a run that continues without the lab."""
    if not watch.left:
        return "the run that was starting keeps training; `tui-lab attach last` opens it"
    goes_on = "stays paused" if watch.paused else "keeps training"
    return f"run {watch.left} {goes_on}; `tui-lab attach {watch.left}` opens it again"


def calm_collector() -> None:
    """Enable the garbage collector with settings that do not delay keys.

    A long run consists of a hundred thousand small objects, none of them garbage; a full collection took
    110 ms, several times a minute. Young objects are still collected: reference cycles of widgets are young.
    """
    gc.freeze()
    gc.set_threshold(5_000, 10, 100_000)
    gc.enable()


class _ShellLab(LabApp):
    """The lab with handling of signals and of a lost terminal."""

    watchdog: Timer | None = None
    gone = False
    """Whether the terminal is lost."""
    forced = False
    """Whether the watchdog has begun to restore the terminal and end the process."""
    _signal = 0
    _loop_running: asyncio.AbstractEventLoop | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._sent = SentCells()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        super()._display(screen, self._sent.changes(renderable))

    def get_driver_class(self) -> type[Terminal]:
        """The driver for terminals that can be lost."""
        return Terminal

    def heed_signals(self) -> None:
        """From now on, before the terminal is taken over, a signal means quit.

        Runs in hosts are not affected.
        """

        def heed(number: int, _: Any) -> None:  # runs at once, even while the loop is blocked by the terminal
            self._signal = number
            self._end_at_last(number)
            if self._loop_running is not None:
                with suppress(RuntimeError):  # the loop has already ended
                    self._loop_running.call_soon_threadsafe(self._end, number)

        for number in ENDING:
            signal(number, heed)
        signal(SIGUSR1, SIG_IGN)  # there is no run to save yet

    def on_mount(self) -> None:
        """Handle signals that have arrived; watch the terminal."""
        self._loop_running = asyncio.get_running_loop()
        if self._signal:
            self._end(self._signal)
        self.set_interval(LOOK_S, self._look)
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))

    def ready(self) -> None:
        """Handle SIGUSR1, which saves the run, and keep the garbage collector quiet."""
        calm_collector()
        if self._loop_running is not None:
            self._loop_running.add_signal_handler(SIGUSR1, self.watch_run.checkpoint)
        super().ready()

    def on_resize(self) -> None:
        """Repaint everything, even at the same size: a briefly smaller window lost its contents."""
        self.refresh(layout=True)

    def _handle_exception(self, error: Exception) -> None:
        """After an error in the lab, a run in its host keeps training."""
        if self.furnished:
            self.left_training = self.watch_run.outlives and self.watch_run.left is not None
        super()._handle_exception(error)

    def _look(self) -> None:
        if isinstance(self._driver, Terminal) and self._driver.gone and not self.gone:
            self.gone = True
            self._end_at_last(SIGHUP)
            self._end(SIGHUP)

    def _end(self, number: int) -> None:
        """Quit once the active screen is ready: it cannot be removed while it is being mounted."""
        self.when_there(lambda: self.leave(128 + number, stop=not self.watch_run.outlives))

    def _end_at_last(self, number: int) -> None:
        """Make sure that the process ends, whatever the screen is waiting for."""
        if self.watchdog is None:
            self.watchdog = Timer(STUCK_S, self._force, (128 + number,))
            self.watchdog.daemon = True
            self.watchdog.start()

    def _force(self, status: int) -> None:
        self.forced = True
        if self.furnished and not self.watch_run.outlives:
            self.watch_run.close(CLOSE_S)
        if isinstance(self._driver, Terminal):
            self._driver.put_back()
        os._exit(status)
