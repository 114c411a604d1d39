import sys
from itertools import product
from math import inf, log, nan
from statistics import median

import pytest

from tests.sweep.sweeps import LR, MOMENTA, MOMENTUM, OPTIMIZER, STEP_SIZE, WIDTH, sweep, valley
from tui_lab.errors import InputError
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.sweep.sampler import Combination
from tui_lab.sweep.samplers import make_sampler
from tui_lab.sweep.sampling.costs import without_outliers
from tui_lab.sweep.sampling.points import grid_steps
from tui_lab.sweep.sampling.space import Space, spaced

GP = pytest.param("gp", marks=pytest.mark.slow)  # a second for each combination
SAMPLERS = ("grid", "random", "sobol", "tpe", "cma")
LEARNING = ("tpe", "cma", GP)


def asked(what: Sweep, count: int) -> list[Combination]:
    sampler = make_sampler(what, (), ())
    return [found for _ in range(count) if (found := sampler.ask()) is not None]


def searched(what: Sweep, count: int, together: int = 1) -> list[tuple[Combination, float]]:
    """So many combinations, asked for `together` at a time, and what they reached."""
    sampler = make_sampler(what, (), ())
    results: list[tuple[Combination, float]] = []
    while len(results) < count:
        asked = [found for _ in range(together) if (found := sampler.ask()) is not None]
        for combination in asked:
            results.append((combination, valley(combination)))
            sampler.tell(*results[-1])
    return results


def test_a_grid_is_all_combinations_in_order() -> None:
    found = asked(sweep(MOMENTA, OPTIMIZER, sampler="grid"), 12)
    expected = [
        {"momentum": momentum, "optimizer": optimizer}
        for momentum, optimizer in product(MOMENTA.values, OPTIMIZER.values)
    ]
    assert found == expected


def test_a_grid_gives_ranges_as_many_steps_as_fit() -> None:
    assert grid_steps([LR, MOMENTUM], 50) == [7, 7]
    assert grid_steps([LR, OPTIMIZER], 20) == [6, 3]
    assert grid_steps([LR, STEP_SIZE], 100) == [25, 4], "a range of four whole numbers has no more"
    assert grid_steps([LR, MOMENTUM, OPTIMIZER], 3) == [1, 1, 3]
    assert spaced(LR, 4) == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1])
    assert spaced(LR, 1) == pytest.approx([10**-2.5], rel=1e-5)
    assert spaced(STEP_SIZE, 4) == [1, 2, 3, 4]
    assert len(asked(sweep(LR, MOMENTUM, sampler="grid", trials=50), 100)) == 49


def test_seeds_alone_are_one_combination() -> None:
    for name in ("sobol", "grid", "random"):
        assert asked(sweep(seeds=4, sampler=name), 3) == [{}]


def test_sobol_points_are_those_of_scipy_or_as_even() -> None:
    qmc = pytest.importorskip("scipy.stats").qmc
    square = [Axis(name="dropout", low=0.0, high=0.999999), Axis(name="momentum", low=0.0, high=0.999999)]
    found = [list(map(float, each.values())) for each in asked(sweep(*square, sampler="sobol"), 64)]
    at_random = [list(map(float, each.values())) for each in asked(sweep(*square, sampler="random"), 64)]
    own = qmc.discrepancy(found)
    assert own < 3 * qmc.discrepancy(qmc.Sobol(2, seed=0).random(64))
    assert own < qmc.discrepancy(at_random) / 5
    for place in range(2):  # a net: one point in each of 64 equal parts of each axis
        assert sorted(int(point[place] / 0.999999 * 64) for point in found) == list(range(64))


@pytest.mark.parametrize("name", SAMPLERS)
def test_all_values_lie_on_their_axes(name: str) -> None:
    what = sweep(LR, MOMENTA, WIDTH, OPTIMIZER, sampler=name, trials=40)
    for combination, _ in searched(what, 16):
        assert list(combination) == ["lr", "momentum", "width1", "optimizer"]
        assert 1e-4 <= combination["lr"] <= 1e-1  # type: ignore[operator]
        assert combination["lr"] == float(f"{combination['lr']:.6g}")
        assert combination["momentum"] in MOMENTA.values
        assert combination["width1"] in range(4, 65) and isinstance(combination["width1"], int)
        assert combination["optimizer"] in OPTIMIZER.values


@pytest.mark.parametrize("name", SAMPLERS)
def test_no_combination_comes_twice_and_a_finite_space_ends(name: str) -> None:
    what = sweep(STEP_SIZE, OPTIMIZER, sampler=name, trials=12)
    sampler, found = make_sampler(what, (), ()), []
    while (combination := sampler.ask()) is not None:
        found.append(combination)
        sampler.tell(combination, len(found) % 5)
    space = Space(what.axes)
    assert len(found) == len({space.key(each) for each in found}) == space.size == 12
    assert sampler.ask() is None
    assert make_sampler(what, found, ()).ask() is None


@pytest.mark.parametrize("name", [*SAMPLERS, GP])
def test_a_sampler_made_from_what_was_asked_and_told_goes_on_as_the_old_one(name: str) -> None:
    what = sweep(LR, MOMENTA, OPTIMIZER, sampler=name, trials=40)
    sampler = make_sampler(what, (), ())
    asked: list[Combination] = []
    results: list[tuple[Combination, float]] = []
    for number in range(20):
        again = make_sampler(what, asked, results).ask() if number in (0, 7, 13, 19) else None
        combination = sampler.ask()
        assert combination is not None
        assert again in (None, combination), number
        asked.append(combination)
        if number % 3:  # told late, and not in the order in which they were asked for
            results.append((asked[number - 1], valley(asked[number - 1])))
            sampler.tell(*results[-1])


def test_the_order_of_results_does_not_matter_to_cma() -> None:
    what = sweep(LR, MOMENTUM, sampler="cma", trials=60)
    one, other = make_sampler(what, (), ()), make_sampler(what, (), ())
    first, second = [[sampler.ask() for _ in range(18)] for sampler in (one, other)]
    assert first == second
    for combination in first:
        assert combination is not None
        one.tell(combination, valley(combination))
    for combination in reversed(second):
        assert combination is not None
        other.tell(combination, valley(combination))
        other._distribution()  # type: ignore[attr-defined]
    assert one.ask() == other.ask()


@pytest.mark.parametrize("name", ("random", "sobol"))
def test_another_seed_gives_other_points(name: str) -> None:
    assert asked(sweep(LR, sampler=name), 3) != asked(sweep(LR, sampler=name, seed=1), 3)


@pytest.mark.parametrize("name", LEARNING)
def test_learning_finds_better_ones_than_chance(name: str) -> None:
    count = 20 if name == "gp" else 40  # a model of the results takes half a second
    what = sweep(LR, MOMENTUM, OPTIMIZER, sampler=name, trials=50)
    found = [cost for _, cost in searched(what, count, together=2)]
    by_chance = [cost for _, cost in searched(what.model_copy(update={"sampler": "random"}), 40)]
    assert median(found[count // 2 :]) < median(by_chance) / 1.5
    assert make_sampler(what, (), ()).learns


@pytest.mark.parametrize("name", LEARNING)
def test_higher_is_better_for_an_accuracy(name: str) -> None:
    what = sweep(LR, sampler=name, trials=50, metric="val_accuracy")
    sampler = make_sampler(what, (), ())
    for _ in range(13 if name == "gp" else 30):
        combination = sampler.ask()
        assert combination is not None
        sampler.tell(combination, 1 - (log(float(combination["lr"]) / 0.05)) ** 2)
    later = [float(found["lr"]) for _ in range(3) if (found := sampler.ask()) is not None]
    assert 0.01 < median(later) <= 0.1


@pytest.mark.parametrize("name", LEARNING)
def test_trials_that_diverged_are_avoided(name: str) -> None:
    what = sweep(LR, MOMENTUM, sampler=name, trials=50)
    sampler = make_sampler(what, (), ())
    for number in range(22):
        combination = sampler.ask()
        assert combination is not None
        diverged = float(combination["lr"]) > 0.003
        sampler.tell(combination, (nan, inf, 1e30)[number % 3] if diverged else valley(combination))
    later = [float(found["lr"]) for _ in range(4) if (found := sampler.ask()) is not None]
    assert sum(lr > 0.003 for lr in later) <= 1


@pytest.mark.parametrize("name", LEARNING)
def test_nothing_but_divergence_is_survived(name: str) -> None:
    sampler = make_sampler(sweep(LR, MOMENTUM, sampler=name, trials=50), (), ())
    for _ in range(15):
        combination = sampler.ask()
        assert combination is not None
        sampler.tell(combination, nan)


@pytest.mark.parametrize("name", SAMPLERS)
def test_it_goes_on_after_an_axis_was_changed(name: str) -> None:
    first = sweep(LR, MOMENTUM, sampler=name, trials=40)
    results = searched(first, 14)
    wider = first.with_axis(Axis(name="lr", low=0.2, high=1.0, log=True))
    sampler = make_sampler(wider, [combination for combination, _ in results], results)
    for _ in range(4):
        combination = sampler.ask()
        assert combination is not None and 0.2 <= float(combination["lr"]) <= 1.0


def test_sobol_goes_on_where_it_was_after_an_axis_was_changed() -> None:
    first = sweep(LR, MOMENTUM, sampler="sobol")
    wider = first.with_axis(Axis(name="lr", low=1e-4, high=1.0, log=True))
    assert make_sampler(wider, asked(first, 5), ()).ask() == asked(wider, 6)[5]


def test_the_last_untried_combination_is_found() -> None:
    many = Axis(name="batch_size", low=1, high=5000, log=True, whole=True)
    for name in ("sobol", "random"):
        what = sweep(many, sampler=name, trials=10)
        tried: list[Combination] = [{"batch_size": size} for size in range(1, 5001) if size != 4321]
        assert make_sampler(what, tried, ()).ask() == {"batch_size": 4321}


@pytest.mark.parametrize("name", LEARNING)
def test_a_missing_package_is_said(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_lab.sweep.samplers.find_spec", lambda package: None)
    with pytest.raises(InputError, match=rf"the sampler {name} needs .*: pip install 'tui-lab\[sweep\]'"):
        make_sampler(sweep(LR, sampler=name), (), ())


def test_outliers_do_not_drown_the_others() -> None:
    assert without_outliers([1, 2, 3, 4, 5, inf, 1e30]) == [1, 2, 3, 4, 5, 11, 11]
    assert without_outliers([1, 1, 1, 1, 5, inf]) == [1, 1, 1, 1, 5, 5]
    assert without_outliers([inf, 1.0]) == [1.0, 0.0]


def test_cma_needs_numbers() -> None:
    with pytest.raises(InputError, match="cma needs an axis of numbers"):
        make_sampler(sweep(OPTIMIZER, sampler="cma"), (), ())


def test_what_does_not_learn_needs_no_optuna(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    for name in ("grid", "random", "sobol"):
        assert asked(sweep(LR, sampler=name), 2)
