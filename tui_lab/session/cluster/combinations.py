"""The combinations of a sweep whose sampler does not learn: the same on every machine."""

from collections.abc import Sequence
from itertools import product
from random import Random

from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.sweeps.sweep import Sweep


def combinations(sweep: Sweep) -> Sequence[dict[str, Value]]:
    """All of them in order; a grid may have fewer than were asked for."""
    if sweep.sampler == "grid":
        found = product(*(axis.values for axis in sweep.axes))
        return [
            dict(zip((a.name for a in sweep.axes), values, strict=True))
            for values, _ in zip(found, range(sweep.combinations), strict=False)
        ]
    random = Random(sweep.seed)
    return [{axis.name: axis.at(random.random()) for axis in sweep.axes} for _ in range(sweep.combinations)]
