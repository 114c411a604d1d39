from math import log
from random import Random

import pytest

from tests.sweep.sweeps import LR, MOMENTUM, OPTIMIZER, finished, sweep
from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.sweep.edges import EdgeWarning, edge_warnings, widened

WHAT = sweep(LR, MOMENTUM, OPTIMIZER, trials=100)


def at_random(random: Random) -> dict[str, Value]:
    return {axis.name: axis.at(random.random()) for axis in WHAT.axes}


def with_best_lr(lr: float, trials: int = 60) -> list[tuple[dict[str, Value], float]]:
    random = Random(1)
    values = [at_random(random) for _ in range(trials)]
    return [(each, abs(log(float(each["lr"]) / lr)) + random.random() / 10) for each in values]


def test_the_best_at_the_upper_end() -> None:
    (warning,) = edge_warnings(finished(WHAT, with_best_lr(1.0)))
    assert (warning.axis, warning.end) == (LR, "upper")
    assert warning.sentence == (
        f"the best {warning.count} trials lie at the upper end of lr (0.1): widen lr upwards"
    )
    assert warning.count >= 3
    assert (warning.wider.low, warning.wider.high, warning.wider.log) == (1e-4, 1.0, True)


def test_the_best_at_the_lower_end() -> None:
    (warning,) = edge_warnings(finished(WHAT, with_best_lr(1e-5)))
    assert warning.end == "lower" and warning.wider.low == 1e-5
    assert warning.sentence.endswith("at the lower end of lr (0.0001): widen lr downwards")


def test_no_warning_where_the_best_lie_inside_or_there_are_few() -> None:
    assert edge_warnings(finished(WHAT, with_best_lr(0.01))) == []
    assert edge_warnings(finished(WHAT, with_best_lr(1.0, trials=9))) == []


def test_an_axis_without_an_effect_rarely_leads_to_a_warning() -> None:
    random = Random(2)
    wrong = 0
    for _ in range(300):
        wrong += bool(
            edge_warnings(finished(WHAT, [(at_random(random), random.random()) for _ in range(50)]))
        )
    assert wrong <= 25, "5 % are expected at most"


def short_list(at_the_end: int, each: int) -> list[EdgeWarning]:
    """So many trials of each of three widths; so many of the best ones have the largest width."""
    widths = Axis(name="width1", values=(16, 32, 64))
    order = [64] * at_the_end + [16, 32] * each + [64] * (each - at_the_end)
    trials: list[tuple[dict[str, Value], float]] = [
        ({"width1": width, "lr": float(place)}, float(place)) for place, width in enumerate(order)
    ]
    return edge_warnings(finished(sweep(widths), trials))


def test_the_best_of_a_short_list_may_lie_at_its_end_by_chance() -> None:
    assert short_list(3, each=10) == [], "3 %, at either end"
    assert short_list(4, each=10)[0].count == 4
    assert short_list(3, each=3) == [], "nine trials are too few"


def test_a_list_of_numbers_gets_a_further_value_and_choices_none() -> None:
    widths = Axis(name="width1", values=(16, 64, 32))
    what = sweep(widths, OPTIMIZER, trials=36)
    random = Random(3)
    trials: list[tuple[dict[str, Value], float]] = [
        ({"width1": width, "optimizer": name}, 1 / int(str(width)) + random.random() / 1000)
        for width in widths.values
        for name in OPTIMIZER.values
        for _ in range(4)
    ]
    view = finished(what, [({**each, "lr": 0.1 + n}, cost) for n, (each, cost) in enumerate(trials)])
    (warning,) = edge_warnings(view)
    assert warning.sentence == "the best 12 trials lie at the upper end of width1 (64): widen width1 upwards"
    assert warning.wider.values == (16, 64, 32, 96)


def test_seeds_make_one_combination() -> None:
    what = sweep(LR, seeds=3, trials=90)
    rates: list[dict[str, Value]] = [{"lr": LR.at(place / 39)} for place in range(40) for _ in range(3)]
    (warning,) = edge_warnings(finished(what, [(each, 1 / float(each["lr"])) for each in rates], seeds=3))
    assert "combinations lie" in warning.sentence


@pytest.mark.parametrize(
    ("axis", "end", "expected"),
    (
        (LR, "upper", (1e-4, 1.0)),
        (Axis(name="lr", low=0.01, high=0.02, log=True), "upper", (0.01, 0.05)),
        (Axis(name="lr", low=0.01, high=20.0, log=True), "upper", (0.01, 100.0)),
        (Axis(name="momentum", low=0.5, high=0.9), "upper", (0.5, 0.95)),
        (Axis(name="momentum", low=0.5, high=0.9), "lower", (0.3, 0.9)),
        (Axis(name="momentum", low=0.1, high=0.9), "lower", (0.0, 0.9)),
        (Axis(name="width1", low=4, high=64, log=True, whole=True), "upper", (4, 256)),
        (Axis(name="width1", low=2, high=64, log=True, whole=True), "lower", (1, 64)),
        (Axis(name="batch_size", low=16, high=32, whole=True), "upper", (16, 40)),
    ),
)  # fmt: skip
def test_wider_axes(axis: Axis, end: str, expected: tuple[float, float]) -> None:
    wider = widened(axis, end)  # type: ignore[arg-type]
    assert wider is not None and (wider.low, wider.high) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("axis", "end"),
    (
        (Axis(name="dropout", low=0.0, high=0.5), "lower"),
        (Axis(name="lr", low=1.0, high=100.0, log=True), "upper"),
        (Axis(name="width1", low=1, high=64, whole=True), "lower"),
        (Axis(name="dropout", values=(0.0, 0.5)), "lower"),
    ),
)
def test_beyond_a_bound_nothing_is_proposed(axis: Axis, end: str) -> None:
    assert widened(axis, end) is None  # type: ignore[arg-type]


def test_a_list_is_continued_by_its_last_step() -> None:
    momenta = widened(Axis(name="momentum", values=(0.8, 0.9)), "upper")
    rates = widened(Axis(name="lr", values=(0.001, 0.01, 0.1)), "lower")
    assert momenta is not None and momenta.values == (0.8, 0.9, 0.95)
    assert rates is not None and rates.values == (0.0001, 0.001, 0.01, 0.1)
