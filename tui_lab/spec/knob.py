"""What is said of a hyperparameter beside its type: how it is shown, stepped and explained.

A `Knob` stands in the annotation of a field of `Hyperparameters`. The form, the `--set` flag, the
preset check, the sweep space and the docs are made from the two together, so a hyperparameter is
declared in one place only.
"""

from dataclasses import dataclass
from typing import Literal

Scale = Literal["linear", "log", "log2", "choice"]
Group = Literal["optimizer", "schedule", "regularisation", "augmentation", "network", "run"]
"""What a hyperparameter is about: the headings of the form, in this order."""
Conditions = tuple[tuple[str, tuple[object, ...]], ...]


@dataclass(frozen=True, slots=True)
class Knob:
    """The human side of one hyperparameter.

    `scale`: how one notch of left or right moves it: `log` walks 1, 2, 5, 10; `log2` walks
    powers of two; `linear` adds `step`; `choice` takes the neighbour in the list of choices.
    `typical`: the range that usually works, inclusive; not a bound.
    `off`: the value that switches it off, if there is one: a log scale steps down into it.
    `live`: may be changed while training; otherwise a change needs a new run.
    `used_when`: other hyperparameters and the values they must have for this one to matter.
    `images`: matters only where the inputs are images; `colour`: only where these are image files.
    """

    label: str
    help: str
    group: Group
    scale: Scale = "linear"
    step: float = 1
    typical: tuple[float, float] | None = None
    unit: str = ""
    off: float | None = None
    live: bool = False
    used_when: Conditions = ()
    images: bool = False
    colour: bool = False


def when(**conditions: object) -> Conditions:
    """Write `when(optimizer=("sgd", "rmsprop"))` for `used_when`; a bare value stands for itself."""
    return tuple((name, v if isinstance(v, tuple) else (v,)) for name, v in conditions.items())
