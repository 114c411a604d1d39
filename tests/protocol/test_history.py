"""A history in columns is the list of its epochs, whatever they record."""

from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.strategies import events_of
from tui_lab.protocol.events import EpochEnded
from tui_lab.protocol.history import RECENT, History

pytestmark = pytest.mark.slow

EPOCH = EpochEnded(1, 100, 0.5, 0.6, 0.01, 0.25, {"accuracy": 0.9, "f1": nan}, (0.1, inf), True)


def epochs(count: int) -> list[EpochEnded]:
    return [
        replace(EPOCH, epoch=n, step=100 * n, val_loss=1 / n, best=n % 7 == 0) for n in range(1, count + 1)
    ]


def rising(drawn: list[EpochEnded]) -> list[EpochEnded]:
    numbers = sorted({ended.epoch for ended in drawn})
    return [replace(ended, epoch=number) for ended, number in zip(drawn, numbers, strict=False)]


@given(st.lists(events_of(EpochEnded), max_size=12).map(rising), st.integers(0, 12))
def test_it_is_the_list_of_its_epochs_whatever_they_record(drawn: list[EpochEnded], count: int) -> None:
    history = History(drawn)
    assert repr(history) == repr(drawn)
    kept = History.restored(
        history.layout, memoryview(b"".join(c.tobytes() for c in history.columns)), dict(history.odd)
    )
    assert repr(kept) == repr(drawn) and kept == history
    assert repr(history.part(count)) == repr(drawn[count:])
    for ended in (ended for ended in drawn if abs(ended.epoch) < 2**60):
        assert history.until(ended.epoch) == sum(other.epoch <= ended.epoch for other in drawn)
    history.cut(count)
    assert repr(history) == repr(drawn[:count])
    best = next((ended for ended in reversed(drawn[:count]) if ended.best), None)
    assert repr(history.best()) == repr(best)


def test_a_long_one_is_small_and_goes_on_after_a_cut() -> None:
    told = epochs(3 * RECENT)
    history = History(told)
    assert repr(history) == repr(told)
    assert sum(column.itemsize for column in history.columns) < 100
    history.cut(RECENT)
    assert history.cuts == 1, "whoever follows it must know"
    assert repr(history[-1]) == repr(told[RECENT - 1])
    for ended in told[RECENT:]:
        history.append(ended)
    assert history == History(told)
    assert history != History(epochs(3 * RECENT - 1))
    assert history[-1] is history[len(history) - 1], "recent epochs stay the same objects"


def test_epochs_that_record_something_else_are_kept_beside_the_columns() -> None:
    told = epochs(6)
    told[2] = replace(told[2], metrics={"accuracy": 0.5})
    told[4] = replace(told[4], step=2**70, class_recall=())
    history = History(told)
    assert repr(history) == repr(told)
    assert sorted(history.odd) == [2, 4]
