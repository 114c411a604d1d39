"""The workers of a sweep: which of them has which trial, and what they report."""

import selectors
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from operator import itemgetter

from tui_lab.session.sweeps.messages import EndTrial, Order
from tui_lab.session.sweeps.worker_process import WorkerProcess


class Crew:
    """All of them. `hear` is called with one that has something to report, or is gone."""

    def __init__(self, workers: Sequence[WorkerProcess], hear: Callable[[WorkerProcess], None]) -> None:
        self._workers, self._hear = list(workers), hear
        self._selector = selectors.DefaultSelector()
        for worker in self._workers:
            self._selector.register(worker, selectors.EVENT_READ, partial(hear, worker))

    def __len__(self) -> int:
        return len(self._workers)

    @property
    def trials(self) -> set[int]:
        """The trials that any of them has."""
        return {number for worker in self._workers for number in worker.trials}

    @property
    def held(self) -> list[tuple[int, int, WorkerProcess]]:
        """The trials that are held, in order: each with its epoch, and by whom."""
        found = [(number, epoch, each) for each in self._workers for number, epoch in each.held.items()]
        return sorted(found, key=itemgetter(0))

    def of(self, trial: int) -> WorkerProcess | None:
        """Who has a trial."""
        return next((each for each in self._workers if trial in each.trials), None)

    def needing(self, enough: int) -> WorkerProcess | None:
        """Who has the least to train, if that is not enough."""
        worker = min(self._workers, key=lambda each: len(each.ahead), default=None)
        return None if worker is None or len(worker.ahead) >= enough else worker

    def tell_all(self, order: Order) -> None:
        for worker in self._workers:
            worker.send(order)

    def stop_all(self, reason: str) -> None:
        """Have every trial saved that any of them has."""
        for worker in self._workers:
            for number in worker.trials:
                worker.send(EndTrial(number, "stopped", reason))

    def watch(self, woken: socket.socket, serve: Callable[[], None]) -> None:
        """Call `serve` when the socket can be read."""
        self._selector.register(woken, selectors.EVENT_READ, serve)

    def listen(self, timeout_s: float) -> None:
        """Wait for reports, or for what is watched."""
        for key, _ in self._selector.select(timeout_s):
            key.data()

    def remove(self, gone: WorkerProcess) -> None:
        """Give up a worker that is gone."""
        self._selector.unregister(gone)
        self._workers.remove(gone)
        gone.wait(0)

    def take(self, number: int) -> None:
        """Take a new worker."""
        worker = WorkerProcess(number)
        self._workers.append(worker)
        self._selector.register(worker, selectors.EVENT_READ, partial(self._hear, worker))

    def close(self, timeout_s: float) -> None:
        """Dismiss all, and wait for their ends; each is killed if it takes longer."""
        for worker in self._workers:
            with suppress(KeyError, ValueError):
                self._selector.unregister(worker)
            worker.dismiss()
        for worker in self._workers:
            worker.wait(timeout_s)
        self._selector.close()
