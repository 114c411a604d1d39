"""Mean and spread over runs, compared with scipy."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tui_lab.protocol.spread import spread_of, t_quantile

FIGURES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


@pytest.mark.parametrize("freedom", [*range(1, 41), 99, 100, 999, 1000])
def test_the_quantile_is_that_of_scipy(freedom: int) -> None:
    assert t_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-12)


def test_many_degrees_of_freedom_are_taken_as_a_thousand() -> None:
    assert t_quantile(10**9) == pytest.approx(stats.t.ppf(0.975, 10**9), rel=2e-3)
    with pytest.raises(ValueError, match="at least 1"):
        t_quantile(0)


@given(FIGURES)
def test_the_spread_is_that_of_scipy(values: list[float]) -> None:
    found = spread_of(values)
    assert found is not None and found.deviation is not None
    assert found.count == len(values)
    assert (found.minimum, found.maximum) == (min(values), max(values))
    near = {"rel": 1e-9, "abs": 1e-9 * (1 + max(map(abs, values)))}
    assert found.mean == pytest.approx(sum(values) / len(values), **near)
    assert found.deviation == pytest.approx(stats.tstd(values), **near)
    if found.deviation > near["abs"]:
        low, high = stats.t.interval(0.95, len(values) - 1, found.mean, stats.sem(values))
        assert (found.low, found.high) == (pytest.approx(low, **near), pytest.approx(high, **near))


def test_an_interval_holds_the_true_mean_in_95_of_100_samples() -> None:
    samples = stats.norm.rvs(3, 2, size=(4000, 5), random_state=0)
    found = [spread_of(sample) for sample in samples]
    hits = sum(one.low <= 3 <= one.high for one in found if one and one.low is not None and one.high)
    assert 0.94 < hits / len(samples) < 0.96


def test_one_value_has_no_spread_and_none_has_nothing() -> None:
    found = spread_of([0.5])
    assert found is not None
    assert (found.mean, found.minimum, found.maximum) == (0.5, 0.5, 0.5)
    assert found.deviation is found.low is found.high is None
    assert spread_of([]) is None
    assert spread_of([nan, inf]) is None


def test_what_is_not_finite_is_left_out_and_equal_values_have_no_deviation() -> None:
    found = spread_of([0.1, nan, 0.1, 0.1])
    assert found is not None
    assert (found.count, found.mean, found.deviation, found.low, found.high) == (3, 0.1, 0.0, 0.1, 0.1)


def test_large_values_do_not_overflow() -> None:
    found = spread_of([1e308, 1.2e308])
    assert found is not None
    assert found.mean == pytest.approx(1.1e308)
    assert found.deviation == pytest.approx(0.2e308 / 2**0.5)
