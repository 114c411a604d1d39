"""When layers are measured: at once, within a share of the time, and ever more rarely by the step."""

from math import inf

import pytest

from tui_lab.engine.diagnostics.measuring_times import CREDIT_S, MeasuringTimes


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def steps_measured(
    count: int, step_s: float, cost_s: float, share: float = 0.01, edited: int = 0
) -> tuple[list[int], float]:
    """The updates measured out of `count`, and how long measuring took; an edit after step `edited`."""
    clock = Clock()
    times, found, spent_s = MeasuringTimes(share, clock), [], 0.0
    step = 0
    while step < count:
        if step >= times.due_at and times.is_due(step):
            clock.now += step_s + cost_s
            spent_s += cost_s
            step += 1
            times.measured(step, cost_s)
            found.append(step)
            assert times.due_at >= step
            continue
        free = min(times.due_at, count, edited if step < edited else count) - step
        assert free >= 1
        clock.now += free * step_s
        step += free
        if step == edited:
            times.soon(step)
    return found, spent_s


def test_the_first_updates_are_measured() -> None:
    found, _ = steps_measured(1000, step_s=1e-3, cost_s=5e-3)
    assert found[:4] == [1, 3, 7, 15]


@pytest.mark.parametrize("cost_s", [1e-3, 2e-2, 0.5])
@pytest.mark.parametrize("step_s", [1e-5, 1e-3, 0.3])
def test_all_in_all_it_takes_a_share_of_the_time_and_a_credit(step_s: float, cost_s: float) -> None:
    count = round(1000 / step_s) if step_s > 1e-4 else 30_000_000
    found, spent_s = steps_measured(count, step_s, cost_s)
    assert spent_s <= 0.01 * count * step_s + CREDIT_S + 2 * cost_s + 0.01 * spent_s
    assert len(found) > 3


def test_an_epoch_of_a_second_is_measured_at_least_once_if_that_takes_a_hundredth() -> None:
    found, _ = steps_measured(100 * 20, step_s=0.01, cost_s=0.009)
    for epoch in range(20):
        assert any(100 * epoch < step <= 100 * (epoch + 1) for step in found), epoch


def test_a_long_run_gets_few_more() -> None:
    """64 for each doubling of the steps, as far as time allows."""
    found, _ = steps_measured(10_000_000, step_s=1e-4, cost_s=1e-5)
    assert len([step for step in found if step > 5_000_000]) <= 80
    assert len(found) <= 80 * 24


def test_after_an_edit_it_begins_anew() -> None:
    found, _ = steps_measured(200_000, step_s=1e-3, cost_s=1e-3, edited=150_000)
    after = [step for step in found if step > 150_000]
    assert after[0] == 150_001
    assert len([step for step in after if step <= 150_100]) >= 4


def test_a_pause_is_not_made_up_for() -> None:
    clock = Clock()
    times = MeasuringTimes(0.01, clock)
    clock.now += 3600
    done = 0
    for step in range(200):
        if step >= times.due_at and times.is_due(step):
            clock.now += 0.01
            times.measured(step + 1, 0.01)
            done += 1
    assert done <= CREDIT_S / 0.01 + 1
    clock.now += 3600
    assert [times.is_due(times.due_at) for _ in range(2)] == [True, True]
    times.measured(times.due_at + 1, 0.01)
    assert not times.is_due(times.due_at), "one, not several"


def test_none_and_all() -> None:
    assert steps_measured(1000, 1e-3, 1e-3, share=0.0) == ([], 0.0)
    assert steps_measured(100, 1e-3, 1.0, share=inf)[0] == list(range(1, 101))
    times = MeasuringTimes(0.0)
    times.soon(5)
    assert times.due_at > 10**12


def test_once_stopped_it_stays_so() -> None:
    times = MeasuringTimes(inf, Clock())
    times.stop()
    times.measured(1, 0.1)
    times.soon(1)
    assert times.due_at > 10**12
