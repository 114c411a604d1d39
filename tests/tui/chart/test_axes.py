"""Limits and ticks: round, still, and short enough for the margin of a small chart."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui_lab.tui.chart.curves.axes import fit_x, fit_y, padded, short, ticks, unit

values = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)


@given(values, values, st.booleans(), st.integers(1, 8))
@example(0.0, 5e-324, False, 1)
def test_whatever_the_data_it_fits_and_labels_are_short(a: float, b: float, log: bool, count: int) -> None:
    low, high = sorted((abs(a) + 1e-290, abs(b) + 1e-290) if log else (a, b))
    for limits in (fit_y(low, high, log=log), fit_x(low, high, log=log)):
        assert limits[0] <= low <= high <= limits[1]
        assert limits[0] < limits[1]
        assert 0 <= unit(low, limits, log) <= unit(high, limits, log) <= 1
        found = ticks(limits, count, log=log)
        assert len(found) <= count + 2
        assert all(len(tick.label) <= 11 for tick in found)
        assert len({tick.label for tick in found}) == len(found)


def test_limits_are_round() -> None:
    assert fit_y(0.51, 1.27) == pytest.approx((0.5, 1.3))
    assert fit_y(0.05, 1.0) == pytest.approx((0.0, 1.0))
    assert fit_y(0.2, 1.0) == pytest.approx((0.0, 1.0))
    assert fit_y(-0.4, 0.9) == pytest.approx((-0.4, 1.0))
    assert fit_y(0.03, 0.7, log=True) == pytest.approx((0.02, 1.0))


def test_a_narrow_log_axis_is_filled_as_a_linear_one() -> None:
    for low, high in ((0.9, 0.99), (0.3, 1.0), (0.97, 0.97), (1e-200, 1e-200), (1e300, 1e301)):
        least, most = fit_y(low, high, log=True)
        assert 0 < least <= low <= min(high, 1e300) <= most
        assert least < most
    assert fit_y(0.9, 0.99, log=True) == pytest.approx((0.9, 1.0), abs=0.02)
    assert len(ticks(fit_y(0.9, 0.99, log=True), 5, log=True)) >= 2


def test_a_growing_run_moves_its_x_axis_a_few_times_only() -> None:
    ends = [fit_x(0, step)[1] for step in range(1, 10_001)]
    assert ends == sorted(ends)
    assert len(set(ends)) < 45
    assert all(step / end > 0.66 for step, end in zip(range(10, 10_001), ends[9:], strict=True))


def test_an_axis_that_could_start_at_zero_does() -> None:
    assert fit_x(1, 40)[0] == 0
    assert fit_x(900, 1000)[0] > 800


def test_y_limits_stay_while_the_data_fits_and_fills_them() -> None:
    old = (0.0, 2.0)
    assert fit_y(0.1, 1.2, old=old) == old
    assert fit_y(0.1, 2.1, old=old) != old
    assert fit_y(0.0, 0.5, old=old) == (0.0, 0.5)
    assert fit_y(0.1, 1.2, log=True, old=(0.01, 2.0)) == (0.01, 2.0)


@pytest.mark.parametrize("value", [0.0, 1.0, -5.0, 1e30, 1e-12])
def test_one_value_gets_room_on_both_sides(value: float) -> None:
    low, high = fit_y(value, value)
    assert low < value < high or low == 0 <= value < high


@pytest.mark.parametrize(
    ("limits", "count", "labels"),
    [
        ((0, 1), 5, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ((0, 1), 4, ["0", "0.5", "1.0"]),
        ((0, 12_000), 4, ["0", "5k", "10k"]),
        ((0, 2_000_000), 4, ["0", "0.5M", "1.0M", "1.5M", "2.0M"]),
        ((0, 2e30), 4, ["0", "5e29", "1e30", "1.5e30", "2e30"]),
        ((0, 4e-5), 4, ["0", "1e-5", "2e-5", "3e-5", "4e-5"]),
        ((-1, 1), 4, ["-1.0", "-0.5", "0", "0.5", "1.0"]),
    ],
)
def test_labels(limits: tuple[float, float], count: int, labels: list[str]) -> None:
    assert [tick.label for tick in ticks(limits, count)] == labels


@pytest.mark.parametrize(
    ("limits", "count", "labels"),
    [
        ((1e-3, 10), 5, ["1e-3", "0.01", "0.1", "1", "10"]),
        ((0.1, 1), 4, ["0.1", "0.2", "0.5", "1"]),
        ((0.05, 2), 4, ["0.1", "0.3", "1"]),
        ((1e-6, 1e6), 4, ["1e-4", "1", "10k"]),
        ((0.6, 2.5), 2, ["0.7", "1", "2"]),
        ((0.8, 3.5), 4, ["0.8", "1", "1.5", "2", "3"]),
        ((0.21, 0.29), 4, ["0.22", "0.24", "0.26", "0.28"]),
    ],
)
def test_labels_of_a_log_axis(limits: tuple[float, float], count: int, labels: list[str]) -> None:
    assert [tick.label for tick in ticks(limits, count, log=True)] == labels


def test_counts_have_no_fractions() -> None:
    assert [tick.label for tick in ticks((0, 3), 8, whole=True)] == ["0", "1", "2", "3"]
    assert len(ticks((0, 3), 8)) > 4


def test_short_keeps_the_digits_that_tell_values_apart() -> None:
    assert short(0.25, 0.05) == "0.25"
    assert short(1e-3, 1e-3) == "1e-3"
    assert short(12_500, 500) == "12.5k"
    assert short(5002, 1) == "5002"


@given(st.floats(1e-12, 1e6), st.floats(1.1, 1e6), st.booleans(), st.integers(2, 60))
def test_a_padded_axis_has_its_ends_in_the_middle_of_the_first_and_the_last_row(
    low: float, factor: float, log: bool, rows: int
) -> None:
    limits = (low, low * factor)
    wider = padded(limits, rows, log)
    assert unit(limits[0], wider, log) * rows == pytest.approx(0.5, abs=1e-3)
    assert unit(limits[1], wider, log) * rows == pytest.approx(rows - 0.5, abs=1e-3)
