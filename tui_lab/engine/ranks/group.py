"""The ranks of a run: processes that train it together, each with some rows of every batch.

Rank 0 decides, writes and is steered; the others follow. What is exchanged goes through torch.distributed:
once an update all gradients in one tensor, and now and then a small object.
"""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any, TypeVar

import psutil
import torch
from torch import Tensor, distributed, nn

from tui_lab.errors import RunError
from tui_lab.safe import safe

_T = TypeVar("_T")
GO_ON = "`tui-lab resume` goes on from the last checkpoint, with as many ranks as there are"
SEEN_S = 3.0
"""How long rank 0 looks for what has happened to a rank: its connection ends before its process does."""
_WHY, _RUN = "tui-lab/why/{}", "tui-lab/run"


class LostRankError(RunError):
    """A rank has died, failed or stopped answering: the run cannot go on in this process."""


class Ranks:
    """This process among the `count` that train a run; `rank` counts from 0, `local` those on this machine.

    `announced`: rank 0 had commands to carry out when something was last exchanged; the same on all ranks.
    """

    def __init__(
        self,
        rank: int = 0,
        count: int = 1,
        local_rank: int = 0,
        local: int = 1,
        store: Any = None,
        kept: Any = None,
    ) -> None:
        """`store` and `kept`: torch.distributed's stores of this start, and of all restarts by torchrun."""
        self.rank, self.count, self.local_rank, self.local = rank, count, local_rank, local
        self.wanted: Callable[[], bool] = lambda: False
        """Whether there is a command; asked of rank 0."""
        self.announced = False
        self._store, self._kept = store, kept
        self._processes: list[tuple[str, int]] = []

    @property
    def leads(self) -> bool:
        return self.rank == 0

    @property
    def many(self) -> bool:
        return self.count > 1

    def rows(self, rows: int) -> slice:
        """Those of `rows` rows that are this rank's; none if there are fewer rows than ranks."""
        return slice(rows * self.rank // self.count, rows * (self.rank + 1) // self.count)

    def taken(self, rows: int) -> slice:
        """Those that this rank passes through the network: its own, or the first one for want of any."""
        own = self.rows(rows)
        return own if own.stop > own.start else slice(0, 1)

    def share(self, value: _T) -> _T:
        """The value that rank 0 has; with it comes whether there are commands. Raises LostRankError."""
        if not self.many:
            return value
        shared: list[Any] = [(value, self.wanted()) if self.leads else None]
        with self._exchange():
            distributed.broadcast_object_list(shared, src=0)
        value, self.announced = shared[0]
        return value

    def gather(self, value: _T) -> list[_T]:
        """The values of all ranks, in their order. Raises LostRankError."""
        found: list[Any] = [value] * self.count
        if self.many:
            with self._exchange():
                distributed.all_gather_object(found, value)
        return found

    def add_up(self, values: Tensor) -> None:
        """Replace a tensor by the sum of those of all ranks, the same bits on each. Raises LostRankError."""
        if self.many:
            with self._exchange():
                distributed.all_reduce(values)

    def copy_from_first(self, network: nn.Module) -> None:
        """Give the network the parameters and buffers it has on rank 0. Raises LostRankError."""
        if self.many:
            with self._exchange(), torch.no_grad():
                for tensor in (*network.parameters(), *network.buffers()):
                    whole = tensor.detach().contiguous()
                    distributed.broadcast(whole, src=0)
                    tensor.copy_(whole)

    def meet(self) -> None:
        """Let each rank know the processes of the others, to say later which one has died."""
        self._processes = self.gather((socket.gethostname(), os.getpid()))

    def say_why(self, why: str) -> None:
        """Before this rank fails: leave word for rank 0."""
        if self._store is not None:
            self._store.set(_WHY.format(self.rank), why)

    def remember(self, run: str) -> None:
        """Keep the folder of the run that is trained, for when torchrun starts all ranks again."""
        if self._kept is not None:
            self._kept.set(_RUN, run)

    def remembered(self) -> str:
        """The folder of the run that was trained before torchrun started all ranks again; empty if none."""
        return self._kept.get(_RUN).decode() if self._kept is not None and self._kept.check([_RUN]) else ""

    @contextmanager
    def _exchange(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:  # of each backend its own kind
            raise LostRankError(f"{self._words(str(error))}; {GO_ON}") from None

    def _words(self, error: str) -> str:
        """What has happened, as far as it can be seen from here."""
        late = "imed out" in error or "imeout" in error
        end = monotonic() + (0 if late or not self.leads else SEEN_S)
        while not (known := self._said() or self._ended()) and monotonic() < end:
            sleep(0.05)
        if known:
            return known
        error = safe(error.rpartition("] ")[2], 160)  # before it: the place in the source of torch
        if late:
            return f"a rank has not answered in time: {error}"
        return f"one of the {self.count} ranks is lost: {error}"

    def _ended(self) -> str:
        """Which ranks on this machine have ended."""
        if not (gone := [number for number in range(self.count) if self._gone(number)]):
            return ""
        who = ", ".join(f"rank {number} (process {self._processes[number][1]})" for number in gone)
        return f"{who} of {self.count} ended before the run did"

    def _said(self) -> str:
        """What a rank that failed has said about it."""
        if self._store is None:
            return ""
        for rank in range(1, self.count):
            try:
                if self._store.check([_WHY.format(rank)]):
                    return f"rank {rank} has failed: {safe(self._store.get(_WHY.format(rank)).decode(), 300)}"
            except RuntimeError:
                return ""
        return ""

    def _gone(self, rank: int) -> bool:
        """Whether it was a process of this machine, and is no more."""
        if not self._processes or self._processes[rank][0] != socket.gethostname():
            return False
        try:
            return psutil.Process(self._processes[rank][1]).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True
        except psutil.Error:
            return False


_current = Ranks()


def current() -> Ranks:
    """Those of this process: alone, unless it has joined others."""
    return _current


def become(ranks: Ranks) -> None:
    """Make them those of this process."""
    global _current
    _current = ranks
