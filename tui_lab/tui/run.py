"""The lab in a terminal: what it is wired to, and how it ends."""

import asyncio
import os
import sys
from pathlib import Path
from signal import SIGHUP, SIGTERM, Signals
from threading import Timer

from tui_lab.session.client import Client
from tui_lab.spec.experiment import Experiment
from tui_lab.spec.presets import Preset, Shelf
from tui_lab.tui.app import LabApp

CLOSE_S = 0.8
"""How long leaving waits for a run to end; to be back in the shell takes less than a second."""
STUCK_S = 1.5
"""After a signal the process ends, even if the terminal takes no more output."""


def run_lab(chosen: str | Preset | None, shelf: Shelf, root: Path, device: str = "auto") -> int:
    """Open the lab on a terminal and give the exit status: 0, or 143 and 129 after SIGTERM and SIGHUP.

    `chosen` is the preset to begin with, by name or as it was read from a file; `root` is where runs
    live. The run that goes on when somebody leaves is closed as `stopped`. If it does not end in time, or
    torch is just being loaded, the process ends here, as no interpreter can be torn down around that.
    Raises InputError if `chosen` is a name that the shelf lacks.
    """
    lab = _ShellLab(shelf, root, _start, chosen, _load, device)
    status = lab.run() or lab.return_code or 0
    ended = lab.watch_run.close(CLOSE_S)
    if lab.watchdog is not None:
        lab.watchdog.cancel()
    if not ended or lab.preload.busy:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


class _ShellLab(LabApp):
    """The lab, heeding the signals that end a process."""

    watchdog: Timer | None = None

    def on_mount(self) -> None:
        """Take SIGTERM and SIGHUP as a wish to leave."""
        loop = asyncio.get_running_loop()
        for signal in (SIGTERM, SIGHUP):
            loop.add_signal_handler(signal, self._end, signal)

    def _end(self, signal: Signals) -> None:
        status = 128 + signal
        self.watchdog = Timer(STUCK_S, os._exit, (status,))
        self.watchdog.daemon = True
        self.watchdog.start()
        self.leave(status)


def _start(experiment: Experiment, root: Path) -> Client:
    from tui_lab.session.jobs import Fresh
    from tui_lab.session.local import LocalSession

    return LocalSession(Fresh(experiment=experiment, root=str(root)))


def _load() -> None:
    """Import what a run needs and make torch's first step, so that the first `t` answers at once."""
    import tui_lab.engine.loop
    import tui_lab.session.local  # noqa: F401
    from tui_lab.engine.warm import warm_up

    warm_up()
