"""The form of a sweep: what varies, and the settings; from it the sweep is made. No widgets."""

from dataclasses import dataclass
from math import prod

from pydantic import ValidationError

from tui_lab.errors import InputError, Problems
from tui_lab.experiment.base import explain
from tui_lab.experiment.catalogue import Hyperparameter, Value, entry
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.metrics import metrics_of
from tui_lab.experiment.sweeps.axis import Axis, is_width, parse_axis, typical_axis
from tui_lab.experiment.sweeps.choices import SamplerName
from tui_lab.experiment.sweeps.sweep import MOST_TRIALS, VAL_LOSS, Sweep
from tui_lab.experiment.sweeps.widths import widths
from tui_lab.sweep.defaults import default_trials, default_warm_up
from tui_lab.sweep.sampling.points import grid_steps
from tui_lab.tui.lab.form.hyperparameter_rows import grouped, reason_unused
from tui_lab.tui.style.format import count, plural
from tui_lab.tui.sweeps.options import OPTIONS, SAMPLERS, STOPS, OptionName, SweepOptions

UNSWEPT = {
    "seed": "the seed does not vary as an axis: set `seeds` below",
    "epochs": "all trials have the same number of epochs: change it in the lab, pane 3",
}
"""Why a row cannot be marked."""
WIDTHS = "layer widths"


@dataclass(frozen=True, slots=True)
class AxisRow:
    """A hyperparameter or width: what it is now, whether it varies, and over which range, as it is typed.

    `reason`: why it has no effect with the present values; empty if it has.
    """

    name: str
    label: str
    value: Value
    marked: bool
    text: str
    reason: str = ""


class SweepForm:
    """What is set so far. It is kept while the lab is open; `renew` gives it the experiment as it is now."""

    def __init__(self, experiment: Experiment) -> None:
        self.options = SweepOptions()
        self.place = 0
        """The selected row: first those of the axes, then the settings."""
        self._marked: set[str] = set()
        self._typed: dict[str, str] = {}
        """The ranges that differ from the typical ones, also of rows that are not marked now."""
        self.renew(experiment)

    def renew(self, experiment: Experiment) -> None:
        """Take another experiment, whose layers may differ; ranges of what it has are kept."""
        self.experiment = experiment
        self.groups = self._groups(experiment)
        self.names = tuple(name for _, names in self.groups for name in names)
        self.place = min(self.place, len(self.names) + len(OPTIONS) - 1)
        options = self.options
        options.metrics = (VAL_LOSS, *(f"val_{metric.name}" for metric in metrics_of(experiment.task)))
        options.metric = options.metric if options.metric in options.metrics else VAL_LOSS

    @staticmethod
    def _groups(experiment: Experiment) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The names of the rows, by group as in the lab's form; the widths follow the network."""
        found = [(group, tuple(map(_name, items))) for group, items in grouped(experiment.data.inputs)]
        if wide := tuple(widths(experiment.model.layers)):
            place = next((k for k, (group, _) in enumerate(found, 1) if group == "network"), len(found))
            found.insert(place, (WIDTHS, wide))
        return tuple(found)

    # What is selected

    @property
    def selected(self) -> str:
        """The name of the selected axis; empty if a setting is selected."""
        return self.names[self.place] if self.place < len(self.names) else ""

    @property
    def option(self) -> OptionName | None:
        """The selected setting; None if a hyperparameter or width is selected."""
        place = self.place - len(self.names)
        return OPTIONS[place] if place >= 0 else None

    def move(self, steps: int) -> None:
        self.place = max(0, min(self.place + steps, len(self.names) + len(OPTIONS) - 1))

    def jump(self) -> None:
        """Go from the axes to the settings, or back to the first axis that is marked."""
        if self.option is None:
            self.place = len(self.names)
        else:
            self.place = next((k for k, name in enumerate(self.names) if name in self._marked), 0)

    # What varies

    def row(self, name: str) -> AxisRow:
        """One row of the form."""
        values, reason = self.experiment.hyperparameters, ""
        if is_width(name):
            value: Value = widths(self.experiment.model.layers)[name]
            label = f"width {name.removeprefix('width')}"
        else:
            value, label = getattr(values, name), entry(name).knob.label
            reason = reason_unused(name, values) if self._settled(name) else ""
        return AxisRow(name, label, value, name in self._marked, self.text(name), reason)

    def _settled(self, name: str) -> bool:
        """Whether nothing that decides if it is used varies itself."""
        return not any(other in self._marked for other, _ in entry(name).knob.used_when)

    def text(self, name: str) -> str:
        """The range as it is typed, by default the typical one; empty if none is known."""
        if name in self._typed:
            return self._typed[name]
        typical = typical_axis(name, self.experiment)
        return typical.text().partition("=")[2] if typical is not None else ""

    def mark(self, name: str) -> None:
        """Let it vary over its range, or not any more. Raises InputError if it cannot vary."""
        if name in self._marked:
            self._marked.discard(name)
            return
        if name in UNSWEPT:
            raise InputError(UNSWEPT[name])
        if not self.text(name):
            raise InputError(f"{name}: no typical range is known; Enter types one")
        parse_axis(f"{name}={self.text(name)}", self.experiment)
        self._marked.add(name)

    def set_range(self, name: str, text: str) -> None:
        """Let it vary over a range that was typed; empty: not at all. Raises InputError."""
        if name in UNSWEPT:
            raise InputError(UNSWEPT[name])
        text = text.strip().removeprefix(f"{name}=").strip()
        if not text:
            self._marked.discard(name)
            self._typed.pop(name, None)
            return
        parse_axis(f"{name}={text}", self.experiment)
        self._typed[name] = text
        self._marked.add(name)

    def reset(self, name: str) -> None:
        """Go back to the typical range."""
        self._typed.pop(name, None)
        if not self.text(name):
            self._marked.discard(name)

    @property
    def marked(self) -> tuple[str, ...]:
        """The names of what varies, in the order of the rows."""
        return tuple(name for name in self.names if name in self._marked)

    def axes(self) -> tuple[Axis, ...]:
        """Raises InputError with all that is wrong."""
        problems, found = Problems(), []
        for name in self.marked:
            with problems.caught():
                found.append(parse_axis(f"{name}={self.text(name)}", self.experiment))
        problems.refuse()
        return tuple(found)

    # The sweep

    def sampler(self) -> SamplerName:
        """The sampler: as it is set, or a grid if that is possible, or else Sobol."""
        if self.options.sampler != "auto":
            return self.options.sampler
        grid, trials = _grid(self.axes()), self.options.trials
        return "grid" if grid and (trials is None or trials >= grid * self.options.repeats) else "sobol"

    def trials(self) -> int:
        """How many trials there will be: as is set, or all combinations of a grid, or as many as usual."""
        axes, options = self.axes(), self.options
        if options.trials is not None:
            return options.trials
        usual = default_trials(axes)
        if self.sampler() == "grid":
            usual = prod(grid_steps(axes, usual))
        return min(usual * options.repeats, MOST_TRIALS)

    def sweep(self) -> Sweep:
        """The sweep as it is set. Raises InputError with all that is wrong."""
        options, axes = self.options, self.axes()
        if not axes and options.repeats == 1:
            raise InputError("nothing varies yet: mark a hyperparameter with space, or set seeds above 1")
        try:
            return Sweep(
                experiment=self.experiment,
                axes=axes,
                trials=self.trials(),
                seeds=options.seeds,
                folds=options.folds,
                sampler=self.sampler(),
                stop=options.stop,
                metric=options.metric,
                warm_up=default_warm_up(self.experiment.hyperparameters.epochs, options.stop),
                budget_s=options.budget_s,
                name=options.name,
            )
        except ValidationError as error:
            raise explain(error) from None

    def words(self) -> str:
        """What will be trained: `96 trials: 32 combinations of 2 hyperparameters × 3 seeds, Sobol, ASHA`.

        Raises InputError with what is still wrong.
        """
        sweep = self.sweep()
        options = self.options
        factors = [_varied(sweep)] if sweep.axes else []
        factors += [plural(sweep.seeds, "seed")] if sweep.seeds > 1 else []
        factors += [plural(sweep.folds, "fold")] if sweep.folds else []
        if len(factors) > 1 and sweep.trials % sweep.repeats:
            factors[-1] += " (not all of the last combination)"
        parts = [" × ".join(factors)]
        if sweep.axes:
            parts.append(SAMPLERS[sweep.sampler][0])
        parts.append(STOPS[sweep.stop][0])
        if options.budget_s is not None:
            parts.append(f"at most {options.text('budget')}")
        return f"{count(sweep.trials)} {'trial' if sweep.trials == 1 else 'trials'}: {', '.join(parts)}"


def _grid(axes: tuple[Axis, ...]) -> int:
    """How many combinations the listed values make; 0 if an axis is a range."""
    return prod(len(axis.values) for axis in axes)


def _name(item: Hyperparameter) -> str:
    return item.name


def _varied(sweep: Sweep) -> str:
    """`32 combinations of 2 hyperparameters and 1 width`."""
    wide = sum(is_width(axis.name) for axis in sweep.axes)
    kinds = [plural(len(sweep.axes) - wide, "hyperparameter")] if wide < len(sweep.axes) else []
    kinds += [plural(wide, "width")] if wide else []
    return f"{plural(sweep.combinations, 'combination')} of {' and '.join(kinds)}"
