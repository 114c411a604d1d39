"""Each rule on a run that shows its sign, and on one that just does not."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.coach.views import NAN, layer, opening, run_of
from tui_lab.coach.advice import Finding
from tui_lab.coach.outcome import outcome
from tui_lab.coach.registry import BY_NAME, RULES
from tui_lab.coach.signs import Signs
from tui_lab.experiment.catalogue import check, entry
from tui_lab.protocol.events import RunEnded
from tui_lab.protocol.layer_events import LayerMeasured
from tui_lab.protocol.view import RunView

FLAT = [0.9] * 12
FALLING = [1.0 / n for n in range(1, 13)]
SWINGING = [0.8, 0.5] * 6
DIVERGED = RunEnded("diverged", "diverged: the loss was NaN at step 7")


def deep(first: float) -> list:  # type: ignore[type-arg]
    return [layer("1 linear 8", first), layer("2 linear 8", 0.01), layer("3 linear 2", 1.0)]


def flat(epochs: int = 12, **figures: float) -> RunView:
    """A run that does not learn, with one layer."""
    return run_of([0.9] * epochs, layers=[layer(**figures)])


def opened(**hyper: object) -> dict[str, object]:
    return {"opened": opening(**hyper)}  # type: ignore[arg-type]


def rare(recall: float, rows: int = 4) -> RunView:
    start = opening(class_rows={"train": (900, 60), "val": (200, rows)})
    return run_of(FALLING, opened=start, class_recall=(0.9, recall))


def good(accuracy: float, loss: float, epochs: int = 3, val_rows: int = 100) -> RunView:
    return run_of([loss] * epochs, opened=opening(val_rows), metrics={"accuracy": accuracy})


def overfitted(epochs: int) -> RunView:
    """A run whose best epoch is longer ago than the coach looks back."""
    return run_of([0.6] * 5 + [0.9] * epochs, [0.3] * 5 + [3.0] * epochs)


SLOW = [1.0 - 0.001 * n for n in range(12)]
RISING = [1.0, 0.6, 0.4, 0.3, 0.2] + [0.2 + 0.02 * n for n in range(1, 11)]
LEARNING = [1.0, 0.6, 0.4, 0.3, 0.25] + [0.25 - 0.02 * n for n in range(1, 11)]
NOISY_FLAT = [0.5, 0.3] + [0.3, 0.27] * 11
LONG = [0.5] * 8 + [0.6] * 62
WAITS = [(0.4, 1.0), (0.6, 1.1)]
Case = tuple[Callable[[], RunView], Callable[[], RunView]]
CASES: dict[str, list[Case]] = {
    "not_finite": [
        (lambda: run_of([0.9, NAN]), lambda: run_of([0.9, 1e9])),
        (lambda: run_of([0.9], end=DIVERGED), lambda: run_of([0.9], end=RunEnded("stopped", "stopped"))),
    ],
    "dead": [
        (lambda: flat(dead=0.6), lambda: flat(dead=0.5)),
        (lambda: flat(3, dead=1.0), lambda: flat(2, dead=1.0)),
    ],
    "vanishing": [
        (lambda: run_of(FLAT, layers=deep(1e-4)),
         lambda: run_of(FLAT, layers=deep(1e-4), **opened(weight_decay=0.1))),  # type: ignore[arg-type]
        (lambda: run_of(FLAT, layers=deep(1e-4)), lambda: run_of(FLAT, layers=deep(2e-3))),
        (lambda: run_of(FLAT, layers=deep(1e-4)), lambda: run_of(FALLING, layers=deep(1e-4))),
        (lambda: run_of(FLAT, layers=deep(1e-4)), lambda: run_of(FLAT, layers=deep(1e-4)[::2])),
    ],
    "exploding": [
        (lambda: run_of([9.0] * 4, layers=[layer(gradient=2.0)]),
         lambda: run_of([9.0] * 4, layers=[layer()])),
        (lambda: run_of([9.0] * 4, layers=[layer(gradient=2.0)]),
         lambda: run_of([4.0] * 4, layers=[layer(gradient=2.0)])),
    ],
    "saturated": [
        (lambda: flat(saturated=0.6), lambda: flat(saturated=0.5)),
    ],
    "update_high": [
        (lambda: flat(update=0.03), lambda: flat(update=0.016)),
        (lambda: flat(update=0.3), lambda: run_of(FALLING, layers=[layer(update=0.3)])),
        (lambda: flat(4, update=0.3),
         lambda: flat(3, update=0.3)),
    ],
    "clipping": [
        (lambda: run_of(FLAT, layers=[layer()], **opened(grad_clip=0.01)),  # type: ignore[arg-type]
         lambda: run_of(FLAT, layers=[layer()], **opened(grad_clip=0.03))),  # type: ignore[arg-type]
        (lambda: run_of(FLAT, layers=[layer()], **opened(grad_clip=0.01)),  # type: ignore[arg-type]
         lambda: run_of(FLAT, layers=[layer()], **opened(grad_clip=0.01, optimizer="adam"))),  # type: ignore[arg-type]
    ],
    "regularised": [
        (lambda: run_of(FLAT, **opened(dropout=0.9)), lambda: run_of(FLAT, **opened(dropout=0.5))),  # type: ignore[arg-type]
        (lambda: run_of(FLAT, **opened(weight_decay=1)), lambda: run_of([0.4] * 9, **opened(weight_decay=1))),  # type: ignore[arg-type]
        (lambda: run_of(FLAT, **opened(dropout=0.9)), lambda: run_of(FALLING[:7], **opened(dropout=0.9))),  # type: ignore[arg-type]
    ],
    "update_low": [
        (lambda: flat(update=5e-5), lambda: flat(update=1.5e-4)),
        (lambda: flat(update=5e-5),
         lambda: run_of([0.4] * 9, layers=[layer(update=5e-5)])),
        (lambda: flat(update=5e-5),
         lambda: run_of(FLAT, layers=[layer(update=5e-5)], lr=0.002)),
    ],
    "lr_high": [
        (lambda: run_of(SWINGING), lambda: run_of([0.55, 0.5] * 6)),
        (lambda: run_of(SWINGING), lambda: run_of([0.2, 0.1] * 6)),
        (lambda: run_of(SWINGING), lambda: run_of(SWINGING[:7])),
        (lambda: run_of(SWINGING), lambda: run_of(SWINGING, [0.6] * 12)),
        (lambda: run_of([3.5] * 6), lambda: run_of([3.5] * 6, [2.9] + [3.5] * 5)),
        (lambda: run_of([3.5] * 6), lambda: run_of([3.5] * 5)),
    ],
    "lr_low": [
        (lambda: run_of(SLOW), lambda: run_of([1.0 - 0.05 * n for n in range(12)])),
        (lambda: run_of(SLOW), lambda: run_of(SLOW, [1.0, 1.01] * 6)),
        (lambda: run_of(SLOW), lambda: run_of(SLOW[:7])),
    ],
    "leak": [
        (lambda: good(1.0, 0.01), lambda: good(0.99, 0.01)),
        (lambda: good(1.0, 0.01), lambda: good(1.0, 0.03)),
        (lambda: good(1.0, 0.01), lambda: good(1.0, 0.01, epochs=6)),
        (lambda: good(1.0, 0.01), lambda: good(1.0, 0.01, val_rows=20)),
    ],
    "overfitting": [
        (lambda: run_of(LEARNING, RISING), lambda: run_of(RISING, RISING)),
        (lambda: run_of(LEARNING, RISING), lambda: run_of(LEARNING[:9], RISING[:9])),
        (lambda: run_of(LEARNING, RISING), lambda: run_of(LEARNING, RISING, **opened(val_rows=4))),  # type: ignore[arg-type]
    ],
    "underfitting": [
        (lambda: run_of([1.0] * 12), lambda: run_of([0.9] * 12)),
        (lambda: run_of([1.0] * 12), lambda: run_of([1.0] * 7)),
        (lambda: run_of([1.0] * 12), lambda: run_of([1.0] * 2 + [0.1] * 10, [1.0] * 12)),
        (lambda: run_of([1.0] * 12), lambda: overfitted(2_500)),
    ],
    "below_linear": [
        (lambda: run_of(FLAT, linear=0.7), lambda: run_of(FLAT, linear=0.88)),
        (lambda: run_of(FLAT, linear=0.7), lambda: run_of(FLAT)),
        (lambda: run_of(FLAT, linear=0.7), lambda: run_of(FLAT[:9], linear=0.7)),
        (lambda: run_of(FLAT, linear=0.7), lambda: run_of([0.7] * 12, FLAT, linear=0.7)),
        (lambda: run_of(FLAT, linear=0.7), lambda: run_of(FLAT, [*[0.9] * 11, 0.72], linear=0.7)),
        (lambda: run_of([0.9 - 0.001 * n for n in range(12)], linear=0.5),
         lambda: run_of([0.9 - 0.02 * n for n in range(12)], linear=0.5)),
    ],
    "plateau": [
        (lambda: run_of(NOISY_FLAT), lambda: run_of([0.5] * 24)),
        (lambda: run_of(NOISY_FLAT), lambda: run_of(NOISY_FLAT, **opened(schedule="cosine"))),  # type: ignore[arg-type]
        (lambda: run_of(NOISY_FLAT), lambda: run_of(NOISY_FLAT[:18])),
    ],
    "too_short": [
        (lambda: run_of(FALLING, **opened(epochs=12)), lambda: run_of(FALLING, **opened(epochs=20))),  # type: ignore[arg-type]
        (lambda: run_of(FALLING, **opened(epochs=12)),  # type: ignore[arg-type]
         lambda: run_of(FALLING[:4] + [0.25] * 8, **opened(epochs=12))),  # type: ignore[arg-type]
        (lambda: run_of(FALLING, **opened(epochs=12)),  # type: ignore[arg-type]
         lambda: run_of(FALLING, **opened(epochs=12, val_rows=5))),  # type: ignore[arg-type]
    ],
    "too_long": [
        (lambda: run_of(LONG, **opened(epochs=80)), lambda: run_of(LONG, **opened(epochs=80, patience=90))),  # type: ignore[arg-type]
        (lambda: run_of(LONG, **opened(epochs=80)), lambda: run_of(LONG[:59], **opened(epochs=80))),  # type: ignore[arg-type]
    ],
    "imbalance": [
        (lambda: rare(0.4), lambda: rare(0.6)),
        (lambda: rare(0.4), lambda: rare(0.4, rows=2)),
    ],
    "small_split": [
        (lambda: run_of(FALLING, **opened(val_rows=20)), lambda: run_of(FALLING, **opened(val_rows=30))),  # type: ignore[arg-type]
    ],
    "dropout_gap": [
        (lambda: run_of(FLAT, [0.7] * 12, **opened(dropout=0.5)),  # type: ignore[arg-type]
         lambda: run_of(FLAT, [0.7] * 12, **opened(dropout=0.2))),  # type: ignore[arg-type]
        (lambda: run_of(FLAT, [0.7] * 12, **opened(dropout=0.5)),  # type: ignore[arg-type]
         lambda: run_of(FLAT, [*[0.7] * 11, 0.95], **opened(dropout=0.5))),  # type: ignore[arg-type]
    ],
    "waiting_gpu": [
        (lambda: run_of(FALLING, gpu=WAITS), lambda: run_of(FALLING, gpu=[(0.7, 1.0)] * 2)),
        (lambda: run_of(FALLING, gpu=WAITS), lambda: run_of(FALLING, gpu=WAITS[:1])),
        (lambda: run_of(FALLING, gpu=[(0.3, 0.2)] * 2), lambda: run_of(FALLING, gpu=[*WAITS, (0.9, 1.0)])),
    ],
}  # fmt: skip


def found(name: str, view: RunView) -> Finding | None:
    return BY_NAME[name].look(Signs(view))


@pytest.mark.parametrize(
    ("name", "sick", "well"),
    [(name, *case) for name, cases in CASES.items() for case in cases],
    ids=[f"{name}-{k}" for name, cases in CASES.items() for k in range(len(cases))],
)
def test_a_rule_sees_its_sign_and_nothing_in_a_run_that_lacks_it(
    name: str, sick: Callable[[], RunView], well: Callable[[], RunView]
) -> None:
    finding = found(name, sick())
    assert finding is not None
    assert found(name, well()) is None


def test_every_rule_is_tested_and_says_what_it_is_about() -> None:
    assert set(CASES) == set(BY_NAME)
    assert len({rule.title for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.about.endswith(".") and rule.source
        assert len(rule.title) <= 32, "it is the label of a mark on the chart"


def test_what_is_proposed_can_be_set_and_would_change_something() -> None:
    for name, cases in CASES.items():
        for sick, _ in cases:
            view = sick()
            finding = found(name, view)
            assert finding is not None and view.hyper is not None
            first, last = finding.epochs
            assert 0 <= first <= last <= len(view.history)
            assert finding.edits or finding.instead, name
            for hyper, value in finding.edits:
                assert entry(hyper)
                assert check(hyper, value) != getattr(view.hyper, hyper), (name, hyper)


losses = st.sampled_from([0.0, 1e-300, 0.3, 0.5, 1.0, 9.0, 1e300, float("inf"), NAN]) | st.floats(0, 2)
figures = st.sampled_from([0.0, 1e-300, 1e-5, 0.1, 1e300, float("inf"), NAN])
hypers = st.fixed_dictionaries(
    {
        "epochs": st.integers(1, 60),
        "dropout": st.sampled_from([0.0, 0.9]),
        "weight_decay": st.sampled_from([0.0, 1.0]),
        "grad_clip": st.sampled_from([0.0, 1e-6]),
        "init": st.sampled_from(["default", "uniform"]),
        "val_rows": st.sampled_from([0, 1, 500]),
    }
)


@given(
    st.lists(st.tuples(losses, losses), max_size=50),
    st.lists(st.builds(layer, st.just("1 linear"), figures, figures, figures, figures, figures), max_size=4),
    hypers,
)
def test_no_run_is_too_odd_for_a_rule(
    pairs: list[tuple[float, float]], layers: list[LayerMeasured], hyper: dict[str, object]
) -> None:
    start = opening(class_rows={"train": (900, 0), "val": (0, 3)}, **hyper)  # type: ignore[arg-type]
    view = run_of([t for t, _ in pairs], [v for _, v in pairs], layers, opened=start)
    for rule in RULES:
        finding = rule.look(Signs(view))
        for name, value in finding.edits if finding is not None else ():
            check(name, value)
    outcome(view)


def test_what_the_gpu_waits_for_is_told() -> None:
    busy, idle = (
        found("waiting_gpu", run_of(FALLING, gpu=WAITS)),
        found("waiting_gpu", run_of(FALLING, gpu=[(0.3, 0.2)] * 2)),
    )
    assert busy is not None and "50 % of the time" in busy.evidence and "for the processor" in busy.evidence
    assert idle is not None and "30 % of the time" in idle.evidence and "for data" in idle.evidence


def test_what_a_linear_model_reaches_is_told_and_a_higher_rate_where_the_losses_fall() -> None:
    stuck, slow = (
        found("below_linear", run_of(FLAT, linear=0.7)),
        found("below_linear", run_of(SLOW, linear=0.5)),
    )
    assert stuck is not None and not stuck.edits and "least squares on the inputs has 0.7" in stuck.evidence
    assert slow is not None and slow.edits == (("lr", 0.03),)


def test_a_short_or_empty_run_is_no_trouble() -> None:
    for rule in RULES:
        for epochs in range(4):
            rule.look(Signs(run_of([0.5] * epochs)))
        assert rule.look(Signs(RunView())) is None
