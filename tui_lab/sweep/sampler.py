"""What chooses the combinations of a sweep."""

from collections.abc import Iterable
from math import isfinite, nan
from typing import Protocol

from tui_lab.experiment.catalogue import Value

Combination = dict[str, Value]
"""A value of each axis, by its name."""


class Sampler(Protocol):
    """Chooses combinations, in order; the same ones after the same calls."""

    learns: bool
    """Whether results change what is asked next."""

    def ask(self) -> Combination | None:
        """The next combination; None if there is no further one, as in a grid."""

    def tell(self, combination: Combination, result: float) -> None:
        """What a combination reached: see `result_of`."""


def result_of(bests: Iterable[float]) -> float:
    """What a combination reached: the mean of its trials' values of the metric; NaN if none has any."""
    known = [best for best in bests if isfinite(best)]
    return sum(known) / len(known) if known else nan
