"""A sweep: an experiment, what varies in it, and how its trials are chosen and given up."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from tui_lab.errors import Problems
from tui_lab.experiment.base import SpecModel
from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.folds import fold_experiments
from tui_lab.experiment.metrics import lower_is_better
from tui_lab.experiment.sweeps.axis import Axis, check_value, is_width
from tui_lab.experiment.sweeps.choices import SamplerName, StopRuleName
from tui_lab.experiment.sweeps.widths import with_widths

MOST_TRIALS = 100_000
VAL_LOSS = "val_loss"


class Sweep(SpecModel):
    """What a sweep is asked to do.

    `experiment`: that of every trial, but for the `axes`, the seed and the fold. `trials`: how many are
    trained in all: each combination of values is trained with each of so many `seeds` (from the experiment's
    on) and, if `folds` is not 0, on each fold. `sampler` chooses combinations, from `seed`. `metric`: what is
    compared, of the validation split: `val_loss`, `val_accuracy`. `stop`: which trials are given up early,
    after at least `warm_up` epochs. `budget_s`: the sweep stops after so many seconds of training, each time
    it is begun or resumed; None for no limit. `name`: what the user called it; empty for the preset's.
    """

    experiment: Experiment
    axes: Annotated[tuple[Axis, ...], Field(strict=False, max_length=50)] = ()
    trials: Annotated[int, Field(ge=1, le=MOST_TRIALS)]
    seeds: Annotated[int, Field(ge=1, le=1000)] = 1
    folds: Annotated[int, Field(ge=0, le=50)] = 0
    sampler: SamplerName = "sobol"
    stop: StopRuleName = "none"
    metric: Annotated[str, Field(pattern=r"^val_[a-z0-9_]{1,40}$")] = VAL_LOSS
    warm_up: Annotated[int, Field(ge=1)] = 1
    budget_s: Annotated[float, Field(gt=0)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    name: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = [axis.name for axis in self.axes]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{', '.join(twice)}: given twice")
        if self.folds == 1:
            raise ValueError("folds: at least 2, or 0 for none")
        if not self.axes and self.seeds == 1 and not self.folds:
            raise ValueError("nothing varies: give --over, --seeds or --folds")
        return self

    @property
    def repeats(self) -> int:
        """How often each combination is trained: once for each seed and fold."""
        return self.seeds * max(1, self.folds)

    @property
    def combinations(self) -> int:
        return -(-self.trials // self.repeats)

    @property
    def lower_is_better(self) -> bool:
        return lower_is_better(self.metric.removeprefix("val_"))

    def axis(self, name: str) -> Axis:
        """Raises KeyError if nothing of that name varies."""
        for axis in self.axes:
            if axis.name == name:
                return axis
        raise KeyError(name)

    def with_axis(self, axis: Axis) -> Self:
        """The same with another axis of that name."""
        axes = tuple(axis if axis.name == each.name else each for each in self.axes)
        return self.model_copy(update={"axes": axes})


def experiment_of(sweep: Sweep, values: dict[str, Value], seed: int, fold: int | None) -> Experiment:
    """The experiment of a trial: its values, its seed, its fold. Raises InputError with all that is wrong."""
    experiment, problems = sweep.experiment, Problems()
    checked: dict[str, Value] = {}
    for name, value in values.items():
        with problems.caught():
            checked[name] = check_value(name, value)
    problems.refuse()
    sizes = {name: value for name, value in checked.items() if is_width(name) and isinstance(value, int)}
    settings = {name: value for name, value in checked.items() if name not in sizes}
    model = experiment.model
    if sizes:
        model = model.model_copy(update={"layers": with_widths(model.layers, sizes)})
    hyper = experiment.hyperparameters.model_copy(update={**settings, "seed": seed})
    made = experiment.model_copy(update={"model": model, "hyperparameters": hyper})
    return made if fold is None else fold_experiments(made, sweep.folds)[fold]


def middle_experiment(sweep: Sweep) -> Experiment:
    """The experiment of a trial at the middle of all axes, as it is tried before. Raises InputError."""
    middle = {axis.name: axis.at(0.5) for axis in sweep.axes}
    seed = sweep.experiment.hyperparameters.seed
    return experiment_of(sweep, middle, seed, 0 if sweep.folds else None)
