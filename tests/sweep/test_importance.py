from math import inf, log, nan
from random import Random

import pytest

from tests.sweep.sweeps import LR, MOMENTUM, OPTIMIZER, finished, fold, opening, sweep, trial
from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.sweep.importance import (
    Importance,
    _chi2_quantile,
    _importance,
    _ranks,
    importances,
    seed_share,
    sentence,
)

WHAT = sweep(LR, MOMENTUM, OPTIMIZER, trials=1000)


def at_random(random: Random) -> dict[str, Value]:
    return {axis.name: axis.at(random.random()) for axis in WHAT.axes}


def by_lr(values: dict[str, Value]) -> float:
    return abs(log(float(values["lr"]) / 0.01))


@pytest.mark.parametrize("trials", (20, 100, 1000))
def test_what_decides_is_first(trials: int) -> None:
    random = Random(trials)
    values = [at_random(random) for _ in range(trials)]
    view = finished(WHAT, [(each, by_lr(each) + random.gauss(0, 0.05)) for each in values])
    first, *others = importances(view)
    assert first.axis == "lr" and first.certain and first.share > 0.5
    assert not any(each.certain for each in others) and all(each.share < 0.2 for each in others)
    assert sentence(importances(view)).startswith("lr alone explains ")


def test_a_choice_can_decide() -> None:
    random = Random(2)
    values = [at_random(random) for _ in range(60)]
    extra = {"sgd": 5.0, "adam": 0.0, "rmsprop": 1.0}
    view = finished(WHAT, [(each, extra[str(each["optimizer"])] + random.random()) for each in values])
    assert importances(view)[0].axis == "optimizer"


def test_chance_is_rarely_taken_for_an_effect() -> None:
    random, wrong = Random(3), 0
    for _ in range(200):
        values = [at_random(random) for _ in range(40)]
        view = finished(WHAT, [(each, random.random()) for each in values])
        wrong += any(each.certain for each in importances(view))
    assert wrong <= 20, "5 % are expected"


def test_nothing_explained_is_said() -> None:
    assert "no axis explains" in sentence([Importance("lr", 0.02, False)])
    assert sentence([]) == "importance is known once 10 trials are over"


def test_few_trials_say_nothing() -> None:
    random = Random(4)
    values = [at_random(random) for _ in range(9)]
    assert importances(finished(WHAT, [(each, by_lr(each)) for each in values])) == []


def test_diverged_trials_are_the_worst_and_failed_ones_left_out() -> None:
    random = Random(5)
    events = [opening(WHAT)]
    for number in range(60):
        values = at_random(random)
        diverged = float(values["lr"]) > 0.01
        best = (nan, inf, 0.001)[number % 3] if diverged else random.random()
        events += trial(number, values, best, status="diverged" if diverged else "finished")
    found = importances(fold(*events))
    for number in range(60, 80):
        events += trial(number, at_random(random), nan, status="failed")
    assert importances(fold(*events)) == found
    first = found[0]
    assert first.axis == "lr" and first.certain and first.share > 0.4


def test_all_equal_is_no_effect() -> None:
    random = Random(6)
    found = importances(finished(WHAT, [(at_random(random), 1.0) for _ in range(20)]))
    assert [each.share for each in found] == [0.0, 0.0, 0.0] and not any(each.certain for each in found)


def test_the_figures_are_those_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    random = Random(7)
    costs = [round(random.random(), 1) for _ in range(50)]
    bins = [random.randrange(4) for _ in costs]
    ranks = _ranks(costs)
    assert ranks == stats.rankdata(costs).tolist()
    h, _ = stats.kruskal(
        *[[cost for cost, each in zip(costs, bins, strict=True) if each == k] for k in range(4)]
    )
    expected = max(0.0, (h - 3) / (50 - 4))
    assert _importance("", ranks, bins, 1).share == pytest.approx(expected)
    for freedom in (1, 2, 5, 9):
        for share in (0.95, 0.995):
            assert _chi2_quantile(freedom, share) == pytest.approx(stats.chi2.ppf(share, freedom), rel=0.03)


def test_what_the_seed_explains() -> None:
    random = Random(8)
    what = sweep(LR, seeds=4, trials=40)
    rates: list[dict[str, Value]] = [{"lr": LR.at(place / 9)} for place in range(10) for _ in range(4)]
    axis_decides = finished(what, [(each, by_lr(each) + random.random() / 20) for each in rates], seeds=4)
    seed_decides = finished(what, [(each, random.random()) for each in rates], seeds=4)
    assert (seed_share(axis_decides) or 1) < 0.1
    assert (seed_share(seed_decides) or 0) > 0.8
    assert seed_share(finished(what, [({"lr": LR.at(n / 40)}, 1.0) for n in range(40)])) is None


def test_an_axis_with_a_single_value_explains_nothing() -> None:
    what = sweep(Axis(name="lr", values=(0.1,)), seeds=12, trials=12)
    random = Random(9)
    assert importances(finished(what, [({"lr": 0.1}, random.random()) for _ in range(12)]))[0].share == 0
