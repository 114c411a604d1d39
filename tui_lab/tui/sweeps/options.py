"""The settings of a sweep besides its axes: how many trials, how they are chosen and given up. No widgets."""

from dataclasses import dataclass
from typing import Literal, get_args

from tui_lab.errors import InputError
from tui_lab.experiment.sweeps.budget import budget_text, parse_budget
from tui_lab.experiment.sweeps.choices import SamplerName, StopRuleName
from tui_lab.experiment.sweeps.sweep import MOST_TRIALS, VAL_LOSS
from tui_lab.tui.style.text import cut

OptionName = Literal["trials", "seeds", "folds", "budget", "sampler", "stop", "metric", "name"]
OPTIONS: tuple[OptionName, ...] = get_args(OptionName)
SAMPLERS: dict[SamplerName | Literal["auto"], tuple[str, str]] = {
    "auto": ("auto", "A grid if all values are listed and there are trials enough, or else Sobol."),
    "sobol": ("Sobol", "Spreads combinations evenly over all axes; a good first choice."),
    "grid": ("grid", "Every combination of listed values; a range is divided into equal steps."),
    "random": ("random", "Each combination by chance, independent of the others."),
    "tpe": ("TPE", "Looks where earlier trials were good, one axis at a time. Needs Optuna."),
    "cma": ("CMA-ES", "Moves a normal distribution towards good trials; for numbers only. Needs Optuna."),
    "gp": ("GP", "Fits a Gaussian process to the trials so far; for few, costly trials. Needs Optuna."),
}
"""What the screen calls a sampler, and a sentence on it."""
STOPS: dict[StopRuleName, tuple[str, str]] = {
    "none": ("no stop rule", "Every trial trains all of its epochs."),
    "asha": ("ASHA", "Successive halving: at each of a few epochs only the better trials go on."),
    "median": ("median", "A trial is given up when it is worse than the median of the others."),
}
HELP: dict[OptionName, str] = {
    "trials": "How many trainings in all; auto: all combinations of listed values, or else 16 to 64.",
    "seeds": "Each combination is trained with so many seeds, so that chance is seen as a spread.",
    "folds": "Cross-validation: each combination is trained on so many folds of the data.",
    "budget": "The sweep ends after so much training time: 90s, 10m, 2h. Empty for no limit.",
    "sampler": "How combinations are chosen.",
    "stop": "Which trials are given up early.",
    "metric": "What is compared, on the validation split.",
    "name": "What the sweep is called; empty for the name of its preset.",
}
LONGEST_NAME = 60
_BUDGETS = (60.0, 300.0, 600.0, 1800.0, 3600.0, 4 * 3600.0, 12 * 3600.0)
_FOLDS = (0, 2, 3, 4, 5, 10)
_SEEDS = (1, 2, 3, 5, 8, 10, 16, 32)


@dataclass(slots=True)
class SweepOptions:
    """The settings as they are now. `trials` None: as many as `auto`; `budget_s` None: no limit.

    `metrics`: what can be compared.
    """

    metrics: tuple[str, ...] = (VAL_LOSS,)
    trials: int | None = None
    seeds: int = 1
    folds: int = 0
    budget_s: float | None = None
    sampler: SamplerName | Literal["auto"] = "auto"
    stop: StopRuleName = "none"
    metric: str = VAL_LOSS
    name: str = ""

    @property
    def repeats(self) -> int:
        """How often each combination is trained."""
        return self.seeds * max(1, self.folds)

    def text(self, option: OptionName) -> str:
        """The value as it is typed; empty if it is not set."""
        match option:
            case "trials":
                return "" if self.trials is None else str(self.trials)
            case "folds":
                return str(self.folds) if self.folds else ""
            case "budget":
                return "" if self.budget_s is None else budget_text(self.budget_s)
            case _:
                return str(getattr(self, option))

    def help(self, option: OptionName) -> str:
        """What the setting does, with a sentence on the present choice."""
        choice = ""
        if option == "sampler":
            choice = SAMPLERS[self.sampler][1]
        elif option == "stop":
            choice = STOPS[self.stop][1]
        return f"{HELP[option]} {choice}".rstrip()

    def choices(self, option: OptionName) -> tuple[str, ...]:
        """What can be chosen; empty for a setting that is typed."""
        by_name = {"sampler": tuple(SAMPLERS), "stop": tuple(STOPS), "metric": self.metrics}
        return by_name.get(option, ())

    def turn(self, option: OptionName, direction: int, auto: int) -> None:
        """The next or previous value; choices go round. `auto`: how many trials there are if none is set."""
        if choices := self.choices(option):
            place = choices.index(getattr(self, option)) + direction
            setattr(self, option, choices[place % len(choices)])
        elif option == "trials":
            now = self.trials or auto
            self.trials = max(1, min(_next_multiple(now, self.repeats, direction), MOST_TRIALS))
        elif option == "seeds":
            self.seeds = int(_neighbour(self.seeds, _SEEDS, direction))
        elif option == "folds":
            self.folds = int(_neighbour(self.folds, _FOLDS, direction))
        elif option == "budget":
            self.budget_s = _neighbour(self.budget_s or 0.0, (0.0, *_BUDGETS), direction) or None

    def type(self, option: OptionName, text: str) -> None:
        """Set a value that was typed; empty for none. Raises InputError."""
        text = text.strip()
        match option:
            case "trials":
                self.trials = _whole(option, text, 1, MOST_TRIALS) if text not in ("", "auto") else None
            case "seeds":
                self.seeds = _whole(option, text or "1", 1, 1000)
            case "folds":
                folds = _whole(option, text if text not in ("", "none") else "0", 0, 50)
                if folds == 1:
                    raise InputError("folds: at least 2, or 0 for none")
                self.folds = folds
            case "budget":
                self.budget_s = parse_budget(text) if text not in ("", "0", "none") else None
            case "name":
                if len(text) > LONGEST_NAME:
                    raise InputError(f"name: at most {LONGEST_NAME} characters, not {len(text)}")
                self.name = text
            case _:
                raise InputError(f"{option}: choose with the left and right keys")


def _next_multiple(now: int, of: int, direction: int) -> int:
    return (now // of + 1) * of if direction > 0 else (-(-now // of) - 1) * of or of


def _neighbour(now: float, ladder: tuple[float, ...], direction: int) -> float:
    if direction > 0:
        return min((step for step in ladder if step > now), default=now)
    return max((step for step in ladder if step < now), default=now)


def _whole(option: str, text: str, least: int, most: int) -> int:
    try:
        number = float(text)
    except ValueError:
        number = least - 1.0
    if not least <= number <= most or number != int(number):
        raise InputError(
            f"{option}: must be a whole number from {least} to {most:,} (given: {cut(text, 40)})"
        )
    return int(number)
