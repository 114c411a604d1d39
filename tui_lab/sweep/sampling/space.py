"""The space of combinations that some axes span."""

from collections.abc import Collection, Mapping, Sequence
from math import ceil, floor, prod

from tui_lab.experiment.catalogue import Value, format_value
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.sweep.sampler import Combination

Key = tuple[str, ...]
"""The values of a combination as text, in the order of the axes: equal for equal combinations."""


class Space:
    """All combinations of the values of some axes. `size`: how many there are; None if they are uncountable.

    Without an axis there is one combination, the empty one.
    """

    def __init__(self, axes: Sequence[Axis]) -> None:
        self.axes = tuple(axes)
        counts = [count_of(axis) for axis in axes]
        self.size: int | None = None if None in counts else prod(count for count in counts if count)

    def key(self, combination: Mapping[str, Value]) -> Key:
        return tuple(format_value(combination.get(axis.name, "")) for axis in self.axes)

    def at(self, shares: Sequence[float]) -> Combination:
        """The combination at a share of each axis, each from 0 to 1."""
        return {axis.name: axis.at(share) for axis, share in zip(self.axes, shares, strict=True)}

    def untried(self, tried: Collection[Key], start: int) -> Combination | None:
        """The first one that is not tried yet, from number `start` on and around; None if all are.

        Raises ValueError if they are uncountable.
        """
        if self.size is None:
            raise ValueError("these combinations cannot be counted")
        for step in range(min(self.size, len(tried) + 1)):
            found = self._number((start + step) % self.size)
            if self.key(found) not in tried:
                return found
        return None

    def _number(self, number: int) -> Combination:
        found: Combination = {}
        for axis in reversed(self.axes):
            number, place = divmod(number, count_of(axis) or 1)
            found[axis.name] = axis.values[place] if axis.values else _lowest(axis) + place
        return {axis.name: found[axis.name] for axis in self.axes}


def count_of(axis: Axis) -> int | None:
    """How many values it has; None for a range of fractions."""
    if axis.values:
        return len(axis.values)
    if not axis.whole:
        return None
    assert axis.high is not None
    return max(1, floor(axis.high) - _lowest(axis) + 1)


def spaced(axis: Axis, count: int) -> list[Value]:
    """About so many values, evenly on its scale and with both ends: the middle for one, all of a list.

    Fewer of a range of whole numbers that has no more.
    """
    if axis.values:
        return list(axis.values)
    all_of_it = count_of(axis)
    if all_of_it is not None and all_of_it <= count:
        return [_lowest(axis) + place for place in range(all_of_it)]
    if count == 1:
        return [axis.at(0.5)]
    return list(dict.fromkeys(axis.at(step / (count - 1)) for step in range(count)))


def holds(axis: Axis, value: Value | None) -> bool:
    """Whether it is one of the axis's values, as the axis is now."""
    if axis.values:
        return value in axis.values
    assert axis.low is not None and axis.high is not None
    return value is not None and not isinstance(value, str) and axis.low <= value <= axis.high


def _lowest(axis: Axis) -> int:
    assert axis.low is not None
    return ceil(axis.low)
