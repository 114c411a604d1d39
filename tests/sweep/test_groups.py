from math import nan

import pytest

from tests.sweep.sweeps import LR, MOMENTUM, OPTIMIZER, STEP_SIZE, finished, fold, opening, sweep, trial
from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.protocol.sweeps.events import TrialAdded, TrialEnd
from tui_lab.sweep.bins import bins_of
from tui_lab.sweep.columns import differing, setting_of, settings_text
from tui_lab.sweep.groups import best_combination, combined, grouped, ranked_combinations, spread_over_seeds

SLOW: dict[str, Value] = {"lr": 0.001, "optimizer": "sgd"}
FAST: dict[str, Value] = {"lr": 0.01, "optimizer": "sgd"}
ADAM: dict[str, Value] = {"lr": 0.01, "optimizer": "adam"}
WHAT = sweep(LR, OPTIMIZER, seeds=2, trials=6)


def test_seeds_are_pooled() -> None:
    view = finished(WHAT, [(SLOW, 1.0), (SLOW, 2.0), (FAST, 0.5), (FAST, 0.9)], seeds=2)
    slow, fast = combined(view.trials)
    assert slow.values == SLOW and [each.seed for each in slow.trials] == [0, 1]
    assert slow.spread is not None and (slow.spread.mean, slow.spread.count) == (1.5, 2)
    assert fast.spread is not None and fast.spread.deviation == pytest.approx(0.2828, abs=1e-4)
    assert [each.values for each in ranked_combinations(view)] == [FAST, SLOW]
    assert spread_over_seeds(view) == pytest.approx((0.2828 + 0.7071) / 2, abs=1e-4)


def test_one_that_diverged_with_a_seed_comes_last() -> None:
    view = finished(WHAT, [(SLOW, 1.0), (SLOW, 2.0), (FAST, 0.1), (FAST, nan)], seeds=2)
    assert [each.values for each in ranked_combinations(view)] == [SLOW, FAST]
    assert [each.without for each in ranked_combinations(view)] == [0, 1]


@pytest.mark.parametrize("end", ["diverged", "failed"])
def test_one_that_diverged_after_good_epochs_comes_last_too(end: TrialEnd) -> None:
    events = [opening(WHAT), *trial(0, SLOW, 1.0), *trial(1, SLOW, 2.0, combination=0, seed=1)]
    events += [*trial(2, FAST, 0.1, combination=1), *trial(3, FAST, 0.2, combination=1, status=end, seed=1)]
    view = fold(*events)
    assert [each.values for each in ranked_combinations(view)] == [SLOW, FAST]
    assert [(each.without, each.failed) for each in ranked_combinations(view)] == [(0, 0), (0, 1)]
    best = best_combination(view)
    assert best is not None and best.values == SLOW


def test_the_best_is_one_whose_seeds_are_all_over() -> None:
    events = [opening(WHAT), *trial(0, SLOW, 1.0), *trial(1, SLOW, 2.0, combination=0, seed=1)]
    lucky = [*trial(2, FAST, 0.1, combination=1), TrialAdded(3, 1, FAST, 1)]
    best = best_combination(fold(*events, *lucky))
    assert best is not None and best.values == SLOW
    alone = best_combination(
        fold(opening(WHAT), TrialAdded(0, 0, SLOW, 1), *trial(1, SLOW, 0.1, combination=0))
    )
    assert alone is not None and not alone.over
    assert best_combination(fold(opening(WHAT))) is None


def test_trials_that_were_given_up_are_counted() -> None:
    events = [opening(WHAT), *trial(0, SLOW, 1.0), *trial(1, SLOW, 2.0, combination=0, status="given_up")]
    (found,) = combined(fold(*events).trials)
    assert (found.given_up, found.over) == (1, True)


def test_test_scores_have_a_spread_too() -> None:
    events = [
        opening(WHAT),
        *trial(0, SLOW, 1.0, test={"loss": 1.0, "r2": 0.5}),
        *trial(1, SLOW, 2.0, combination=0, test={"loss": 3.0}),
    ]
    (found,) = combined(fold(*events).trials)
    loss, r2 = found.test_spread("loss"), found.test_spread("r2")
    assert loss is not None and (loss.mean, loss.count) == (2.0, 2)
    assert r2 is not None and r2.count == 1
    assert found.test_spread("mae") is None


def test_higher_is_better_for_an_accuracy() -> None:
    view = finished(sweep(LR, OPTIMIZER, metric="val_accuracy"), [(SLOW, 0.7), (FAST, 0.9)])
    assert ranked_combinations(view)[0].values == FAST
    assert [group.best and group.best.values for group in grouped(view, OPTIMIZER)] == [FAST]


def test_groups_of_a_choice_are_in_its_order() -> None:
    view = finished(WHAT, [(ADAM, 0.3), (SLOW, 1.0), (FAST, 0.5)])
    sgd, adam = grouped(view, OPTIMIZER)
    assert (sgd.label, adam.label) == ("sgd", "adam")
    assert sgd.best is not None and sgd.best.values == FAST
    assert sgd.spread is not None and sgd.spread.mean == 0.75


def test_groups_of_a_range_are_parts_with_as_many_trials() -> None:
    values: list[dict[str, Value]] = [{"lr": LR.at(place / 39)} for place in range(40)]
    groups = grouped(finished(sweep(LR), [(each, nan) for each in values]), LR)
    assert [len(group.trials) for group in groups] == [5] * 8
    assert groups[0].label == "0.0001..0.000203" and groups[-1].label == "0.0492..0.1"
    assert all(group.best is None and group.spread is None for group in groups)


def test_few_numbers_have_a_group_each() -> None:
    view = finished(sweep(STEP_SIZE), [({"step_size": size}, 1.0) for size in (4, 1, 2, *[1] * 20)])
    assert [group.label for group in grouped(view, STEP_SIZE)] == ["1", "2", "4"]


def test_equal_values_are_never_parted() -> None:
    numbers: list[Value] = [0.5] * 30 + [0.5 + place / 100 for place in range(1, 20)]
    bins = bins_of(MOMENTUM, numbers, 4)
    assert len(set(bins[:30])) == 1 and sorted(set(bins)) == list(range(max(bins) + 1))


def test_a_choice_that_is_gone_has_a_group() -> None:
    fewer = Axis(name="optimizer", values=("sgd",))
    assert bins_of(fewer, ["adam", "sgd"], 8) == [1, 0]


def test_what_differs() -> None:
    view = finished(WHAT, [(SLOW, 1.0), (FAST, 2.0), (FAST, 0.5)], seeds=2)
    assert differing(view.trials) == ["lr", "seed"]
    assert differing(view.trials[:1]) == []
    assert settings_text(view.trials[1], ["lr", "seed"]) == "lr=0.01 seed=1"
    assert setting_of(view.trials[0], "fold") == "" == setting_of(view.trials[0], "width1")
