"""What threads do ahead comes in order, is bounded, and ends with whoever asked for it."""

from collections.abc import Iterator
from threading import Event, Lock, enumerate

import pytest

from tests.waiting import LONG_S
from tui_lab.data.read_ahead import THREADS, read_ahead


def readers() -> list[str]:
    """The names of the threads that read ahead."""
    return [thread.name for thread in enumerate() if thread.name.startswith(THREADS)]


@pytest.fixture(autouse=True)
def _none_is_left() -> Iterator[None]:
    assert not readers()
    yield
    assert not readers()


def test_results_come_in_the_order_of_the_items_whichever_is_ready_first() -> None:
    ready = [Event() for _ in range(8)]
    ready[3].set()

    def work(item: int) -> int:
        assert ready[item].wait(LONG_S)  # set by the one after it, but for every fourth
        if item % 4:
            ready[item - 1].set()
        if item == 3:
            ready[7].set()
        return item * item

    assert list(read_ahead(work, range(8), workers=8, ahead=8)) == [n * n for n in range(8)]


def test_no_more_is_begun_than_was_allowed() -> None:
    begun, lock, allowed = [0], Lock(), Event()

    def work(item: int) -> int:
        with lock:
            begun[0] += 1
        assert allowed.wait(LONG_S)
        return item

    results = read_ahead(work, iter(range(100)), workers=4, ahead=3)
    allowed.set()
    for taken in range(1, 20):
        assert next(results) == taken - 1
        assert begun[0] <= taken + 3
    results.close()


def test_an_error_comes_in_its_place_as_it_was_raised() -> None:
    def work(item: int) -> int:
        if item == 5:
            raise KeyError("five")
        return item

    results = read_ahead(work, range(20), workers=4, ahead=8)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(KeyError, match="five"):
        next(results)


def test_what_is_not_begun_when_it_is_closed_is_never_done() -> None:
    first, go_on, done = Event(), Event(), []

    def work(item: int) -> int:
        if item == 1:
            first.set()
            assert go_on.wait(LONG_S)
        done.append(item)
        return item

    results = read_ahead(work, range(100), workers=1, ahead=50)
    assert next(results) == 0
    assert first.wait(LONG_S)
    go_on.set()  # one that is begun is waited for
    results.close()
    assert done[0] == 0
    assert len(done) < 52
