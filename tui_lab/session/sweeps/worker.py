"""A process that trains trials of a sweep, one at a time, as the process that leads it says.

`python -m tui_lab.session.sweeps.worker` reads orders on standard input and writes reports to standard
output, a line each. It trains one trial up to where it is to be held, then the next. When its orders end,
because whoever gave them is gone, it saves the trials it has and exits.
"""

import os
import signal
import sys
from collections import deque
from math import nan
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import BinaryIO

from tui_lab.errors import LabError
from tui_lab.protocol.sweeps.events import TrialEnded, TrialReached, TrialsMeasured, TrialStarted
from tui_lab.session.failures import explain_failure
from tui_lab.session.host.allocator import keep_freed_memory
from tui_lab.session.notify.targets import set_targets
from tui_lab.session.sweeps.messages import (
    EndTrial,
    GoOn,
    Measure,
    Order,
    PauseWork,
    Report,
    TrainTrial,
    decode_order,
    encode_report,
)
from tui_lab.session.sweeps.trial_run import TrialRun
from tui_lab.session.sweeps.turns import StackedTrials

REPORT_S = 0.25
"""What epochs reached is reported at most so often."""
_EVERY = 25


def main() -> int:
    """Follow orders until there are none."""
    keep_freed_memory()
    os.umask(0o077)
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):  # whoever leads the sweep decides
        signal.signal(ignored, signal.SIG_IGN)
    reports = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what else is printed is no report
    set_targets(())  # nobody is told of single trials
    orders: SimpleQueue[Order | None] = SimpleQueue()
    Thread(target=_listen, args=(orders,), daemon=True).start()
    import tui_lab.engine.loop  # noqa: F401
    from tui_lab.engine.setup.warm_up import warm_up_for_any_run

    warm_up_for_any_run()
    Worker(orders, reports).work()
    return 0


def _listen(orders: "SimpleQueue[Order | None]") -> None:
    for line in sys.stdin.buffer:
        orders.put(decode_order(line))
    orders.put(None)


def is_reported(epoch: int) -> bool:
    """Whether what a trial reached in an epoch is reported: all up to 50, then 25 for each doubling."""
    return epoch < 2 * _EVERY or epoch % (1 << ((epoch // _EVERY).bit_length() - 1)) == 0


class Worker:
    """The trials of one process: those to be trained, in order, and those that are held.

    It trains the first of them, or, where that pays, the first few, in turn, an epoch each.
    """

    def __init__(self, orders: "SimpleQueue[Order | None]", reports: BinaryIO) -> None:
        self._orders, self._reports = orders, reports
        self._ahead: deque[TrainTrial | GoOn] = deque()
        self._runs: dict[int, TrialRun] = {}
        self._measured: list[tuple[int, int, float]] = []
        self._reported = monotonic()
        self._together = 1
        self._stacked: StackedTrials | None = None
        self._paused = False
        self._gone = False

    def work(self) -> None:
        """Until the orders end."""
        while not self._gone:
            self._follow(wait=self._paused or not self._ahead)
            if self._ahead and not self._paused and not self._gone:
                for order in [*self._ahead][: self._together]:
                    self._train(order)
        for run in self._runs.values():  # whoever leads is gone, but nothing is lost
            run.stop()

    def _follow(self, *, wait: bool) -> None:
        """Take in the orders that have come; `wait` for one."""
        try:
            while True:
                order = self._orders.get(block=wait)
                wait = False
                if order is None:
                    self._gone = True
                    return
                self._take(order)
        except Empty:
            pass

    def _take(self, order: Order) -> None:
        match order:
            case Measure():
                from tui_lab.session.sweeps.measuring import measure

                self._tell(measure(order.experiment, exact=order.exact, code=order.code))
            case TrainTrial() | GoOn():
                self._ahead.append(order)
            case EndTrial():
                self._end(order)
            case PauseWork():
                self._paused = order.paused

    def _train(self, order: TrainTrial | GoOn) -> None:
        """Train the first trial for an epoch, and report what became of it."""
        try:
            run = self._runs.get(order.trial)
            if run is None:
                if isinstance(order, GoOn):
                    self._ahead.remove(order)  # it has ended meanwhile
                    return
                run = self._begin(order)
            if order.until is not None and run.epoch >= order.until:
                self._ahead.remove(order)
                run.hold()
                self._tell(TrialReached(run.trial, order.until, run.best_at(order.until)))
                return
            value = None if run.ended else run.advance()
            if value is None:
                self._ahead.remove(order)
                del self._runs[run.trial]
                self._tell(run.report())
            else:
                self._measure(run, value)
        except LabError as error:
            self._failed(order.trial, str(error))
        except Exception as error:  # one trial must not end the others
            self._failed(order.trial, " ".join(filter(None, explain_failure(error))))

    def _begin(self, order: TrainTrial) -> TrialRun:
        _use_threads(order.threads)
        self._together = order.together
        if order.together > 1 and self._stacked is None:
            self._stacked = StackedTrials()
        run = self._runs[order.trial] = TrialRun(order, self._stacked if order.together > 1 else None)
        self._tell(TrialStarted(run.trial, run.folder.run_id, str(os.getpid())))
        return run

    def _end(self, order: EndTrial) -> None:
        run = self._forget(order.trial)
        if run is None:
            self._tell(TrialEnded(order.trial, order.status, 0, nan, 0, message=order.reason))
            return
        run.stop()
        self._tell(run.report(order.status, order.reason))

    def _forget(self, trial: int) -> TrialRun | None:
        """Let go of a trial; what there was of it."""
        self._ahead = deque(each for each in self._ahead if each.trial != trial)
        return self._runs.pop(trial, None)

    def _failed(self, trial: int, message: str) -> None:
        self._forget(trial)
        self._tell(TrialEnded(trial, "failed", 0, nan, 0, message=message))

    def _measure(self, run: TrialRun, value: float) -> None:
        if is_reported(run.epoch):
            self._measured.append((run.trial, run.epoch, value))
        if monotonic() - self._reported > REPORT_S:
            self._tell_measured()

    def _tell_measured(self) -> None:
        self._reported = monotonic()
        if self._measured:
            trials, epochs, values = zip(*self._measured, strict=True)
            self._measured = []
            self._tell(TrialsMeasured(trials, epochs, values))

    def _tell(self, report: Report) -> None:
        if not isinstance(report, TrialsMeasured):
            self._tell_measured()
        try:
            self._reports.write(encode_report(report))
        except OSError:
            self._gone = True


def _use_threads(count: int) -> None:
    import torch

    os.environ["OMP_NUM_THREADS"] = str(count)
    torch.set_num_threads(count)


if __name__ == "__main__":
    sys.exit(main())
