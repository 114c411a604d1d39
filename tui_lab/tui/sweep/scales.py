"""An axis of a sweep as a scale of charts, wide enough for all values that were tried."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log

from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.tui.chart.curves.axes import Limits, Tick, ticks
from tui_lab.tui.sweep.texts import value_text


@dataclass(frozen=True, slots=True)
class Bins:
    """Parts of a scale, in order. `labels`: what each holds. `ends`: where it begins and ends, 0 to 1."""

    scale: "AxisScale"
    labels: tuple[str, ...]
    ends: tuple[Limits, ...]

    def of(self, value: Value) -> int:
        """The part that a value is in."""
        return min(int(self.scale.place(value) * len(self.labels)), len(self.labels) - 1)


class AxisScale:
    """`axis` with the values tried, which may lie beyond its range or not be among its values."""

    def __init__(self, axis: Axis, tried: Iterable[Value] = ()) -> None:
        self.axis, self.name = axis, axis.name
        self.values: tuple[Value, ...] = ()
        self.limits: Limits = (0.0, 1.0)
        self.log = axis.log and axis.is_range
        if axis.is_range:
            assert axis.low is not None and axis.high is not None
            numbers = [float(value) for value in tried if not isinstance(value, str)]
            if self.log:
                numbers = [value for value in numbers if value > 0]
            self.limits = min((axis.low, *numbers)), max((axis.high, *numbers))
        else:
            listed: Sequence[Value] = tuple(dict.fromkeys((*axis.values, *tried)))
            self.values = tuple(sorted(listed) if axis.numeric else listed)
        self._places = {value: (k + 0.5) / len(self.values) for k, value in enumerate(self.values)}

    def place(self, value: Value) -> float:
        """Where a value is, from 0 to 1; of a list, the middle of its part."""
        if not self.axis.is_range:
            return self._places.get(value, 0.0)
        low, high = self.limits
        if isinstance(value, str) or (self.log and value <= 0):
            return 0.0
        if self.log:
            return min(max((log(value) - log(low)) / (log(high) - log(low)), 0.0), 1.0)
        return min(max((value - low) / (high - low), 0.0), 1.0)

    def at(self, place: float) -> float:
        """The number at a place of a range."""
        low, high = self.limits
        if self.log:
            return exp(log(low) + place * (log(high) - log(low)))
        return low + place * (high - low)

    def bins(self, most: int) -> Bins:
        """At most so many parts: a value each if there are few, else equal parts of the scale."""
        most = max(1, most)
        if self.axis.is_range:
            return self._parts(most)
        count = min(most, len(self.values))
        each: list[list[Value]] = [[] for _ in range(count)]
        for value in self.values:
            each[min(int(self._places[value] * count), count - 1)].append(value)
        labels = (
            value_text(some[0]) if len(some) == 1 else f"{value_text(some[0])}…{value_text(some[-1])}"
            for some in each
        )
        return Bins(self, tuple(labels), _even(count))

    def _parts(self, most: int) -> Bins:
        low, high = self.limits
        if self.axis.whole and not self.log and high - low + 1 <= most:
            count = int(high - low) + 1
            whole = AxisScale(Axis(name=self.name, values=tuple(range(int(low), int(high) + 1))))
            return Bins(whole, whole.bins(count).labels, _even(count))
        middles = [self.at((k + 0.5) / most) for k in range(most)]
        labels = [value_text(round(middle) if self.axis.whole else middle, 2) for middle in middles]
        return Bins(self, tuple(labels), _even(most))

    def ends(self) -> tuple[str, str]:
        """The lower and the upper end as texts; nothing of a list, whose values have names."""
        if not self.axis.is_range:
            return "", ""
        low, high = (int(end) if self.axis.whole else end for end in self.limits)
        return value_text(low), value_text(high)

    def ticks(self, count: int) -> list[Tick]:
        """About `count` labelled places, from 0 to 1."""
        if not self.axis.is_range:
            every = max(1, -(-len(self.values) // max(1, count)))
            return [Tick(self._places[value], value_text(value)) for value in self.values[::every]]
        found = ticks(self.limits, count, log=self.log, whole=self.axis.whole)
        return [Tick(self.place(tick.value), tick.label) for tick in found]


def _even(count: int) -> tuple[Limits, ...]:
    return tuple((k / count, (k + 1) / count) for k in range(count))
