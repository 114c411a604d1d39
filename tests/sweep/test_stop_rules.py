from math import inf, nan
from random import Random

import pytest

from tests.sweep.sweeps import LR, sweep
from tui_lab.sweep.defaults import default_warm_up
from tui_lab.sweep.stop_rule import Look, StopRule
from tui_lab.sweep.stop_rules import make_stop_rule


def rule(stop: str, warm_up: int = 3, epochs: int = 81) -> StopRule:
    return make_stop_rule(sweep(LR, stop=stop, warm_up=warm_up, epochs=epochs))


def looks(found: StopRule) -> list[int]:
    epoch, all_of_them = 0, []
    while (look := found.next_look(epoch)) is not None:
        all_of_them.append(look)
        epoch = look
    return all_of_them


def verdict(found: StopRule, cost: float, *others: float | None) -> str:
    return found.verdict(Look(len(others), 3, cost, dict(enumerate(others))))


def test_when_it_is_looked() -> None:
    assert looks(rule("none")) == []
    assert looks(rule("asha")) == [3, 9, 27]
    assert looks(rule("asha", warm_up=10, epochs=50)) == [10, 30]
    assert looks(rule("asha", warm_up=9, epochs=100)) == [9, 27], "not as late as 81"
    assert looks(rule("asha", warm_up=5, epochs=5)) == []
    assert looks(rule("median", warm_up=10, epochs=100)) == list(range(10, 100, 5))
    assert looks(rule("median", warm_up=3, epochs=8)) == [3, 4, 5, 6, 7]
    assert rule("median", warm_up=10, epochs=100).next_look(12) == 15


def test_halving_keeps_the_best_third() -> None:
    asha = rule("asha")
    assert verdict(asha, 9.0) == "go_on", "the first always goes on"
    assert verdict(asha, 1.0, 2.0) == "go_on"
    assert verdict(asha, 2.0, 1.0) == "give_up"
    assert verdict(asha, 2.0, 1.0, 3.0, 4.0) == "go_on", "second of four: a third of four is two, rounded up"
    assert verdict(asha, 2.5, 1.0, 2.0, 4.0, 5.0, 6.0) == "give_up", "third of six"


def test_of_equal_trials_the_earlier_is_better() -> None:
    assert verdict(rule("asha"), 1.0, 1.0) == "give_up"


def test_it_waits_only_where_it_matters() -> None:
    asha = rule("asha")
    assert verdict(asha, 1.0, None) == "wait"
    assert verdict(asha, 5.0, 1.0, 2.0, 3.0, None) == "give_up", "whatever the unknown one reaches"
    assert verdict(asha, 0.0, 1.0, 2.0, 3.0, None) == "go_on", "second of five at worst"
    assert verdict(asha, 1.5, 1.0, 2.0, 3.0, None) == "wait"


@pytest.mark.parametrize("stop", ("asha", "median"))
def test_without_a_finite_cost_it_is_given_up(stop: str) -> None:
    for cost in (inf, nan):
        assert verdict(rule(stop), cost) == "give_up"
        assert verdict(rule(stop), cost, None, None) == "give_up"


def test_the_median_rule() -> None:
    median = rule("median")
    assert verdict(median, 9.0, 1.0, 2.0, 3.0, 4.0) == "go_on", "four earlier trials are too few"
    assert verdict(median, 9.0, 1.0, 2.0, 3.0, 4.0, 5.0) == "give_up"
    assert verdict(median, 3.0, 1.0, 2.0, 3.0, 4.0, 5.0) == "go_on", "the median itself is not worse"
    assert verdict(median, 3.1, 1.0, 2.0, 3.0, 4.0, 5.0) == "give_up"
    assert verdict(median, 3.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0) == "go_on", "as many are better as worse"
    assert verdict(median, 9.0, 1.0, 2.0, 3.0, 4.0, None) == "wait"
    assert verdict(median, 9.0, 1.0, 2.0, 3.0, None) == "go_on", "four at most"
    assert verdict(median, 9.0, 1.0, 2.0, 3.0, 4.0, 5.0, None) == "give_up"


@pytest.mark.parametrize("stop", ("asha", "median"))
def test_the_verdict_is_that_of_when_all_is_known(stop: str) -> None:
    """Whatever is unknown: a verdict given earlier is the one that would be given in the end."""
    random, found = Random(1), rule(stop)
    waited = 0
    for _ in range(3000):
        others: dict[int, float | None] = {n: random.randrange(8) / 4 for n in range(random.randrange(14))}
        hidden = {n: cost if random.random() < 0.7 else None for n, cost in others.items()}
        ended = {n for n in others if hidden[n] is None and random.random() < 0.3}
        cost = random.randrange(8) / 4
        finally_ = {n: each for n, each in others.items() if n not in ended}
        early = found.verdict(Look(20, 3, cost, hidden))
        final = found.verdict(Look(20, 3, cost, finally_))
        assert final != "wait", "never when all are known"
        assert early in ("wait", final)
        waited += early == "wait"
    assert 0 < waited < 1200


def in_parallel(found: StopRule, costs: list[float], at_once: int, seed: int) -> tuple[set[int], int]:
    """Train trials of random speeds, `at_once` in order: who is given up, and how often one waited."""
    random = Random(seed)
    trials, waits = len(costs), 0
    epoch, state = [0] * trials, ["waiting"] * trials
    for turn in range(1_000_000):
        active = [n for n in range(trials) if state[n] == "running"]
        for n in [n for n in range(trials) if state[n] == "waiting"][: at_once - len(active)]:
            state[n] = "running"
            active.append(n)
        if not active:
            return {n for n in range(trials) if state[n] == "given_up"}, waits
        moved = False
        for n in active:
            if random.random() < 0.5 + 0.5 * (n % 2):  # half of them are slower
                look = found.next_look(epoch[n] - 1) if epoch[n] else None
                if look == epoch[n]:
                    others = {
                        m: costs[m] if epoch[m] >= look else None
                        for m in range(n)
                        if epoch[m] >= look or state[m] in ("running", "waiting")
                    }
                    verdict = found.verdict(Look(n, look, costs[n], others))
                    if verdict == "wait":
                        waits += 1
                        continue
                    if verdict == "give_up":
                        state[n] = "given_up"
                        moved = True
                        continue
                epoch[n] += 1
                moved = True
                if epoch[n] >= 81:
                    state[n] = "finished"
            else:
                moved = True
        assert moved, f"all of {active} stand still at turn {turn}"
    raise AssertionError


@pytest.mark.parametrize("stop", ("asha", "median"))
def test_who_is_given_up_does_not_depend_on_how_many_train_at_once(stop: str) -> None:
    random = Random(5)
    costs = [random.gauss(1, 0.3) for _ in range(120)]
    one, none = in_parallel(rule(stop), costs, 1, 0)
    assert none == 0 and len(one) > 50
    for at_once in (2, 7, 64):
        given_up, waits = in_parallel(rule(stop), costs, at_once, at_once)
        assert given_up == one
        assert waits < 0.2 * 120 * 81


def test_the_default_warm_up() -> None:
    assert [default_warm_up(epochs, "asha") for epochs in (1, 2, 10, 50, 81, 300, 2700)] == [
        1, 2, 3, 3, 3, 11, 100,
    ]  # fmt: skip
    assert default_warm_up(300, "median") == 30
    assert default_warm_up(300, "none") == 300, "never"
