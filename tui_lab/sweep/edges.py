"""Whether the best combinations lie at the end of an axis, so that better ones may lie beyond it."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import log10, sqrt
from typing import Literal

from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import Value, entry, format_value
from tui_lab.experiment.sweeps.axis import Axis, check_value, is_width
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.sweep.groups import Combined, ranked_combinations

End = Literal["lower", "upper"]
LEAST_COMBINATIONS = 10
_OUTER = 0.1
"""The part of a range that counts as its end; of a list it is the last value."""
_LEAST_BEST = 3
_LEVEL = Fraction(1, 20)
"""The probability that axes without an effect, all together, lead to a warning."""


@dataclass(frozen=True, slots=True)
class EdgeWarning:
    """The best `count` combinations lie at an end of `axis`; `wider` is the axis that goes on beyond it.

    `trials`: what the combinations are to be called: a combination trained once is a trial.
    """

    axis: Axis
    end: End
    wider: Axis
    count: int
    called: str = "trials"

    @property
    def sentence(self) -> str:
        name, direction = self.axis.name, "upwards" if self.end == "upper" else "downwards"
        at = format_value(_ends(self.axis)[self.end == "upper"])
        return (
            f"the best {self.count} {self.called} lie at the {self.end} end of {name} ({at}): "
            f"widen {name} {direction}"
        )


def edge_warnings(view: SweepView) -> list[EdgeWarning]:
    """The axes of numbers that should be wider, in their order.

    Of the combinations whose trials are all over, 10 at least, the best ones, 3 at least, all lie in the
    outer tenth of a range by its scale, or at the last value of a list. The best ones of an axis without an
    effect can lie there by chance: with n combinations of which r lie at the end, the best m all do with
    the probability r/n * (r-1)/(n-1) * ... (hypergeometric). The warning needs an m for which this is below
    5 % over both ends of all such axes. No warning is given where the axis cannot be wider.
    """
    assert view.sweep is not None
    ranked = [each for each in ranked_combinations(view) if each.over]
    if len(ranked) < LEAST_COMBINATIONS:
        return []
    axes = [axis for axis in view.sweep.axes if axis.numeric and len(axis.values) != 1]
    called = "combinations" if view.sweep.repeats > 1 else "trials"
    found: list[EdgeWarning] = []
    for axis in axes:
        ends: tuple[End, End] = ("lower", "upper")
        for end in ends:
            count = _best_at(axis, end, ranked, _LEVEL / (2 * len(axes)))
            wider = widened(axis, end) if count else None
            if wider is not None:
                found.append(EdgeWarning(axis, end, wider, count, called))
    return found


def widened(axis: Axis, end: End) -> Axis | None:
    """The axis with a range that goes further at one end, or with a further value; None if there is no room.

    On a log scale by the square root of its length, from 3 to 10 times, to 1, 2 or 5; on a linear one by half
    its length. Where the hyperparameter's bound is nearer, up to it, or half the way if it is excluded.
    """
    low, high = _ends(axis)
    log = axis.log or (bool(axis.values) and low > 0 and high / low >= 10)
    edge, other = (high, low) if end == "upper" else (low, high)
    if axis.values:
        ordered = sorted(map(float, axis.values), reverse=end == "lower")
        before = ordered[-2]
        wanted = edge * edge / before if log else edge + (edge - before)
    elif log:
        factor = min(max(sqrt(high / low), 3.0), 10.0)
        wanted = edge * factor if end == "upper" else edge / factor
    else:
        wanted = edge + (edge - other) / 2
    whole = axis.whole or all(isinstance(value, int) for value in axis.values or (0.5,))
    value = _within(axis.name, _round(wanted, whole=whole, log=log, end=end), edge, whole=whole)
    if value is None:
        return None
    if axis.values:
        values = (*axis.values, value) if end == "upper" else (value, *axis.values)
        return axis.model_copy(update={"values": values})
    return axis.model_copy(update={"high" if end == "upper" else "low": float(value)})


def _best_at(axis: Axis, end: End, ranked: Sequence[Combined], level: Fraction) -> int:
    """How many of the best lie at the end, one after the other; 0 if that may be chance, or these are few."""
    at_end = [_is_at(axis, end, each.values[axis.name]) for each in ranked]
    count = next((place for place, at in enumerate(at_end) if not at), len(at_end))
    if count < _LEAST_BEST or count == len(at_end):
        return 0
    there, chance = sum(at_end), Fraction(1)
    for place in range(count):
        chance *= Fraction(there - place, len(at_end) - place)
    return count if chance < level else 0


def _is_at(axis: Axis, end: End, value: Value) -> bool:
    assert not isinstance(value, str)
    if axis.values:
        return value >= _ends(axis)[1] if end == "upper" else value <= _ends(axis)[0]
    share = axis.share_of(value)
    return share >= 1 - _OUTER if end == "upper" else share <= _OUTER


def _ends(axis: Axis) -> tuple[float, float]:
    if axis.values:
        numbers = [value for value in axis.values if not isinstance(value, str)]
        return min(numbers), max(numbers)
    assert axis.low is not None and axis.high is not None
    return axis.low, axis.high


def _round(value: float, *, whole: bool, log: bool, end: End) -> float:
    """The value as one would give it: whole, or on a log scale 1, 2 or 5 times a power of ten."""
    if whole:
        return float(round(value)) if end == "upper" else float(int(value))
    if not log or value <= 0:
        return float(f"{value:.2g}")
    power = 10.0 ** int(f"{value:e}".partition("e")[2])
    return min((float(f"{m * power:g}") for m in (1, 2, 5, 10)), key=lambda near: abs(log10(near / value)))


def _within(name: str, wanted: float, edge: float, *, whole: bool) -> Value | None:
    """The wanted value, or the nearest beyond `edge` that the hyperparameter may have; None if none is."""
    for value in (wanted, *_up_to_bound(name, wanted, edge)):
        given = int(value) if whole else float(f"{value:.6g}")
        if given == edge or (given > edge) != (wanted > edge):
            continue
        try:
            return check_value(name, given)
        except InputError:
            continue
    return None


def _up_to_bound(name: str, wanted: float, edge: float) -> list[float]:
    if is_width(name):
        return [1.0] if wanted < edge else [65_536.0]
    bound = entry(name).low if wanted < edge else entry(name).high
    return [] if bound is None else [bound, (edge + bound) / 2]
