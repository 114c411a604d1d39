"""The lab in a terminal: what it is wired to, and how it ends."""

import asyncio
import gc
import os
import sys
from pathlib import Path
from signal import SIGHUP, SIGTERM, Signals
from threading import Timer
from typing import TYPE_CHECKING

from tui_lab.session.client import Client, OnQuit
from tui_lab.session.trainers import Trainers
from tui_lab.spec.presets import Preset, Shelf
from tui_lab.tui.app import LabApp
from tui_lab.tui.errand import busy

if TYPE_CHECKING:
    from tui_lab.tui.images import ImagesAsked
    from tui_lab.tui.setup import TableAsked

CLOSE_S = 0.8
"""How long leaving waits for a run to end; to be back in the shell takes less than a second."""
STUCK_S = 1.5
"""After a signal the process ends, even if the terminal takes no more output."""


def run_lab(
    chosen: str | Preset | None,
    shelf: Shelf,
    root: Path,
    trainers: Trainers,
    attached: Client | None = None,
    on_quit: OnQuit = "ask",
    table: "TableAsked | ImagesAsked | None" = None,
) -> int:
    """Open the lab on a terminal and give the exit status: 0, or 143 and 129 after SIGTERM and SIGHUP.

    `chosen` is the preset to begin with, by name or as it was read from a file; `root` is where runs
    live; `trainers` has them trained; `attached` is a run to show at once, `table` a table or a
    folder of images to set up first. A run that goes on when somebody leaves trains on or is closed as
    `stopped`, as they said or as `on_quit` says; where the lab trains it itself it is stopped. If
    that takes too long the process ends here, as no interpreter can be torn down around a thread that
    runs torch. Raises InputError if `chosen` is a name that the shelf lacks.
    """
    lab = _ShellLab(shelf, root, trainers, chosen, attached=attached, on_quit=on_quit, table=table)
    status = lab.run() or lab.return_code or 0
    ended = lab.left_training or lab.watch_run.close(CLOSE_S)
    if lab.watchdog is not None:
        lab.watchdog.cancel()
    if lab.left_training:
        print(f"run {lab.watch_run.run_id} trains on; `tui-lab attach {lab.watch_run.run_id}` shows it again")
    if not ended or lab.preload.busy or busy():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


def calm_collector() -> None:
    """Set the garbage collector going, so that it does not hold keys up.

    A long run is told in a hundred thousand small objects, none of which is garbage; to go through them all
    took 110 ms, several times a minute. What is young is still looked at: that is where widgets' cycles die.
    """
    gc.freeze()
    gc.set_threshold(5_000, 10, 100_000)
    gc.enable()


class _ShellLab(LabApp):
    """The lab, heeding the signals that end a process."""

    watchdog: Timer | None = None

    def on_mount(self) -> None:
        """Take SIGTERM and SIGHUP as a wish to leave: a run in a host of its own is not touched."""
        calm_collector()
        loop = asyncio.get_running_loop()
        for signal in (SIGTERM, SIGHUP):
            loop.add_signal_handler(signal, self._end, signal)

    def _end(self, signal: Signals) -> None:
        status = 128 + signal
        self.watchdog = Timer(STUCK_S, os._exit, (status,))
        self.watchdog.daemon = True
        self.watchdog.start()
        self.leave(status, stop=not self.watch_run.outlives)
