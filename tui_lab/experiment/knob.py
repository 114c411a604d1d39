"""How a hyperparameter is shown, stepped and explained.

A `Knob` is part of the annotation of a field of `Hyperparameters`. The form, the `--set` flag, preset
validation, the sweep space and the docs all come from these two, so a hyperparameter is declared in one
place only.
"""

from dataclasses import dataclass
from typing import Literal

Scale = Literal["linear", "log", "log2", "nines", "choice"]
Group = Literal["optimizer", "run", "schedule", "regularisation", "augmentation", "network"]
"""Groups of hyperparameters: the headings of the form, in this order. What is tuned most comes first."""
TakesEffect = Literal["next step", "next epoch", "new run"]
"""When a change of a running training is in force."""
Conditions = tuple[tuple[str, tuple[object, ...]], ...]


@dataclass(frozen=True, slots=True)
class Knob:
    """The user-facing side of one hyperparameter.

    `takes_effect`: when a change is in force; "new run": not during training.
    `kept_in_fork`: whether a fork has to keep the parent's value, because the weights depend on it. Must be
    given for what takes effect in a new run only; a fork can change anything else, as an edit can.
    `shapes_network`: shapes a list of layers; has no effect on any other network.
    `scale`: what one notch does: `log` goes through 1, 2, 5, 10; `log2` through powers of two; `nines`
    through 0.9, 0.95, 0.98, 0.99 and so on; `linear` adds `step`; `choice` takes the next of the choices.
    `typical`: the range that usually works, inclusive; not a bound.
    `off`: the value that turns it off, if there is one: a log scale ends in it.
    `used_when`: other hyperparameters and the values they must have for this one to have an effect.
    `images`: applies only if the inputs are images; `colour`: only if they are image files.
    `later`: it came after the first version whose exports are to stay the same: an export leaves it out where
    it has its default.
    `also`: what other libraries call it, to suggest our name for it.
    `choice_help`: a sentence about each choice.
    """

    label: str
    help: str
    group: Group
    takes_effect: TakesEffect
    kept_in_fork: bool | None = None
    shapes_network: bool = False
    scale: Scale = "linear"
    step: float = 1
    typical: tuple[float, float] | None = None
    unit: str = ""
    off: float | None = None
    used_when: Conditions = ()
    images: bool = False
    colour: bool = False
    later: bool = False
    also: tuple[str, ...] = ()
    choice_help: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.live == (self.kept_in_fork is not None):
            raise TypeError(f"{self.label}: say `kept_in_fork` if, and only if, it takes effect in a new run")

    @property
    def live(self) -> bool:
        """Whether it can be changed during training; otherwise a change needs a new run or a fork."""
        return self.takes_effect != "new run"


def when(**conditions: object) -> Conditions:
    """Shorthand for `used_when`: `when(optimizer=("sgd", "rmsprop"))`; a single value needs no tuple."""
    return tuple((name, v if isinstance(v, tuple) else (v,)) for name, v in conditions.items())
