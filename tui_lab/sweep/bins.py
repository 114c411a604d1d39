"""The values of an axis that trials have, put into bins."""

from collections.abc import Sequence

from tui_lab.experiment.catalogue import Value, format_value
from tui_lab.experiment.sweeps.axis import Axis


def bins_of(axis: Axis, values: Sequence[Value], most: int) -> list[int]:
    """The number of the bin of each value: from 0, in the order of the axis, without empty ones.

    Of a choice each value is one; so it is of numbers if there are at most so many different ones. Other
    numbers are put into `most` bins of about equally many values (quantiles); equal ones are never parted.
    """
    if not axis.numeric:
        order = {format_value(value): place for place, value in enumerate(axis.values)}
        for value in values:  # a choice that the axis has no more
            order.setdefault(format_value(value), len(order))
        return _numbered([order[format_value(value)] for value in values])
    numbers = [float(value) for value in values]
    different = sorted(set(numbers))
    if len(different) <= most:
        return [different.index(number) for number in numbers]
    first: dict[float, int] = {}
    for rank, number in enumerate(sorted(numbers)):
        first.setdefault(number, rank)
    return _numbered([first[number] * most // len(numbers) for number in numbers])


def _numbered(bins: list[int]) -> list[int]:
    """The same bins numbered from 0 without a gap."""
    places = {each: place for place, each in enumerate(sorted(set(bins)))}
    return [places[each] for each in bins]
