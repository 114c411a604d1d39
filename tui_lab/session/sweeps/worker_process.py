"""The leading process's end of a process that trains trials."""

import subprocess
import sys
from contextlib import suppress

from tui_lab.session.sweeps.messages import Order, Report, decode_report, encode_order

_READ = 2**20


class WorkerProcess:
    """A worker, and the trials it was given that have not ended.

    `ahead`: those to be trained, in order. `held`: those it holds, each at which epoch.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.ahead: list[int] = []
        self.held: dict[int, int] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tui_lab.session.sweeps.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self._pending = b""

    @property
    def trials(self) -> list[int]:
        return [*self.ahead, *self.held]

    @property
    def pid(self) -> int:
        return self._process.pid

    def fileno(self) -> int:
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def send(self, order: Order) -> None:
        """Give an order. If the worker is gone, `reports` will tell."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(encode_order(order))

    def reports(self) -> list[Report] | None:
        """What it reported since the last call, when there is something to read; None if it is gone."""
        assert self._process.stdout is not None
        data = self._process.stdout.read(_READ)
        if not data:
            return None
        *lines, self._pending = (self._pending + data).split(b"\n")
        return [decode_report(line) for line in lines]

    def dismiss(self) -> None:
        """Tell it that there are no more orders; it ends by itself."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def wait(self, timeout_s: float) -> None:
        """Wait for its end; kill it if it takes too long."""
        self.dismiss()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
