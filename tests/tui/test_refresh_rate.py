"""How often the lab is updated: as often as an update is cheap, and once a second over a slow connection."""

import pytest

from tests.tui.fakes import NARROW, a_lab
from tests.tui.test_bytes_sent import training
from tui_lab.tui.state.refresh_rate import (
    FASTEST_S,
    LOW_BANDWIDTH_BYTES,
    LOW_BANDWIDTH_S,
    RefreshRate,
)


class Times:
    """What the clock says, and how much processor time was spent."""

    def __init__(self) -> None:
        self.now = self.spent = 0.0
        self.sent = 0

    def rate(self, fastest_s: float = FASTEST_S) -> RefreshRate:
        return RefreshRate(fastest_s, lambda: self.now, lambda: self.spent)

    def updates(self, rate: RefreshRate, seconds: float, cost_s: float, lasts_s: float = 0.0) -> int:
        """How often it updates within some seconds, if that costs and lasts so long."""
        count, end = 0, self.now + seconds
        while self.now < end - 1e-9:
            if rate.due:
                rate.begin()
                self.spent += cost_s
                rate.end()
                self.now += lasts_s
                count += 1
            self.now = (int(self.now / FASTEST_S + 1e-6) + 1) * FASTEST_S
        return count


@pytest.mark.parametrize(
    ("cost_ms", "a_second"), [(0, 10), (2, 10), (8, 10), (16, 5), (24, 10 / 3), (40, 2), (85, 2), (490, 2)]
)
def test_ten_updates_a_second_down_to_two(cost_ms: float, a_second: float) -> None:
    times = Times()
    rate = times.rate()
    times.updates(rate, 5, cost_ms / 1000)
    assert times.updates(rate, 30, cost_ms / 1000) == pytest.approx(30 * a_second, abs=1)


def test_it_recovers_when_updates_are_cheap_again() -> None:
    times = Times()
    rate = times.rate()
    times.updates(rate, 10, 0.1)
    assert times.updates(rate, 2, 0.002) < 20
    assert times.updates(rate, 2, 0.002) == 20


def test_one_expensive_update_is_not_the_rule() -> None:
    times = Times()
    rate = times.rate()
    times.updates(rate, 5, 0.004)
    times.updates(rate, 0.1, 0.030)
    assert times.updates(rate, 3, 0.004) > 26


def test_a_busy_machine_does_not_make_an_update_expensive() -> None:
    times = Times()
    rate = times.rate()
    assert times.updates(rate, 10, 0.004, lasts_s=0.05) == 100


@pytest.mark.parametrize("cost_ms", [0, 8, 490])
def test_over_a_slow_connection_it_updates_once_a_second(cost_ms: float) -> None:
    times = Times()
    rate = times.rate(LOW_BANDWIDTH_S)
    assert times.updates(rate, 20, cost_ms / 1000) == 20


@pytest.mark.parametrize(("size", "count"), [(1_000, 30), (1_900, 30), (3_800, 15), (5_700, 10)])
def test_over_a_slow_connection_large_updates_are_fewer(size: int, count: int) -> None:
    times = Times()
    rate = times.rate(LOW_BANDWIDTH_S)
    rate.sent = lambda: times.sent
    updates = 0
    while times.now < 30 - 1e-9:
        if rate.due:
            rate.begin()
            times.sent += size
            rate.end()
            updates += 1
        times.now += FASTEST_S
    assert updates == pytest.approx(count, abs=1)


async def test_a_large_update_puts_off_the_next_one() -> None:
    async with training(NARROW, low_bandwidth=True) as (lab, app):
        rate = lab.screen.rate
        rate.begin()
        app.sent_bytes += 5 * LOW_BANDWIDTH_BYTES
        rate.end()
        assert rate.interval_s == 5


async def test_training_waits_for_the_next_update_and_keys_do_not() -> None:
    times = Times()
    async with a_lab(NARROW, low_bandwidth=True) as lab:
        assert lab.app.animation_level == "none"
        assert lab.screen.rate.interval_s == LOW_BANDWIDTH_S
        run = await lab.train()
        rate = lab.screen.rate = times.rate(LOW_BANDWIDTH_S)
        times.now = 10.0
        rate.begin()
        run.epochs(10, 12)
        await lab.press("1")
        times.now += 0.9
        lab.screen._tick_if_due()
        await lab.idle()
        assert " 9/20" in lab.text()
        assert "1 Presets" in lab.text(), "the key was answered"
        times.now += 0.1
        lab.screen._tick_if_due()
        await lab.idle()
        assert "12/20" in lab.text()


async def test_an_edit_that_was_held_is_sent_before_the_next_update() -> None:
    times = Times()
    async with a_lab(NARROW, low_bandwidth=True) as lab:
        run = await lab.train()
        rate = lab.screen.rate = times.rate(LOW_BANDWIDTH_S)
        times.now = 10.0
        rate.begin()
        await lab.press("3", "right")
        assert not run.sent
        lab.now += 1
        lab.screen._tick_if_due()
        assert len(run.sent) == 1
