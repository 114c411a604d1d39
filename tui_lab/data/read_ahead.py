"""Work that threads do ahead of whoever needs its results, in order and with a bound."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

THREADS = "tui-lab-read-ahead"
"""What the names of the threads begin with."""
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def read_ahead(
    work: Callable[[_Item], _Result], items: Iterable[_Item], *, workers: int, ahead: int
) -> Generator[_Result]:
    """`work(item)` for each item, in the order of the items, by `workers` threads.

    At most `ahead` results are in progress or waiting to be taken. An exception is raised in the place of its
    result. Closing the iterator ends the threads; items they have not begun are dropped.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix=THREADS)
    coming, pending = iter(items), deque[Future[_Result]]()
    try:
        pending.extend(pool.submit(work, item) for item in islice(coming, ahead))
        while pending:
            result = pending.popleft().result()
            pending.extend(pool.submit(work, item) for item in islice(coming, 1))
            yield result
            del result  # the one who took it decides how long it is kept
    finally:
        pool.shutdown(cancel_futures=True)
