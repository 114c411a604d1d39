"""Values and trials of a sweep as short texts."""

from collections.abc import Mapping
from math import isfinite, nan

from tui_lab.experiment.catalogue import Value, format_value
from tui_lab.experiment.metrics import main_metric, short_name
from tui_lab.protocol.spread import Spread
from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.tui.style.format import number, score
from tui_lab.tui.style.text import cut

MARKS: dict[str, tuple[str, str]] = {
    "waiting": ("○", "dim"),
    "running": ("●", "accent"),
    "finished": ("✓", "good"),
    "given_up": ("↓", "dim"),
    "dropped": ("−", "dim"),
    "diverged": ("∞", "bad"),
    "failed": ("✗", "bad"),
    "stopped": ("■", "warn"),
}
"""Each state of a trial with a distinct symbol."""
ENDED_EARLY = frozenset({"given_up", "dropped", "diverged", "failed"})
"""The states of trials whose curves are dim."""
_LONGEST = 24


def sweep_title(view: SweepView, sweep_id: str) -> str:
    """`rates · 1f3a`: its name, or else its preset, and the end of its id, which tells apart those with the
    same one.
    """
    if view.sweep is None:
        return sweep_id
    return f"{cut(view.sweep.name or view.sweep.experiment.preset, 30)} · {sweep_id.rpartition('-')[2]}"


def value_text(value: Value, digits: int = 3) -> str:
    """A value of an axis in few digits: `0.00316`, `1.5e-4`, `64`, `adam`."""
    if not isinstance(value, float):
        return cut(format_value(value), _LONGEST)
    if value and abs(value) < 1e-3:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{value:.{digits}g}".replace("e+0", "e")


def values_text(values: Mapping[str, Value]) -> str:
    """`lr 0.00316, momentum 0.9`."""
    return ", ".join(f"{cut(name, _LONGEST)} {value_text(value)}" for name, value in values.items())


def status_text(trial: TrialView) -> str:
    """The state in words: `given up`; `running, kept`."""
    return trial.status.replace("_", " ") + (", kept" if trial.kept else "")


def metric_text(metric: str, value: float) -> str:
    """A value of the sweep's metric."""
    return score(metric.removeprefix("val_"), value) if isfinite(value) else "–"


def test_score(trial: TrialView) -> tuple[str, float] | None:
    """The metric that says most about the test split, and its value; None if it was not tested."""
    name = main_metric(trial.test)
    return None if name is None else (name, trial.test[name])


def test_text(trial: TrialView) -> str:
    """`acc 0.971`."""
    found = test_score(trial)
    return "" if found is None else f"{short_name(found[0])} {score(*found)}"


def mean_of(spread: Spread | None) -> float:
    """The mean; NaN without any."""
    return nan if spread is None else spread.mean


def spread_text(spread: Spread | None) -> str:
    """`0.0312 ± 0.0021`, the mean and the standard deviation; `–` without any."""
    if spread is None:
        return "–"
    return number(spread.mean) + ("" if spread.deviation is None else f" ± {number(spread.deviation)}")
