"""What differs between trials."""

from collections.abc import Sequence

from tui_lab.experiment.catalogue import format_value
from tui_lab.protocol.sweeps.view import TrialView

SEED, FOLD = "seed", "fold"


def differing(trials: Sequence[TrialView]) -> list[str]:
    """The axes of which these trials have several values, in order; then `seed` and `fold`, likewise."""
    names = dict.fromkeys(name for trial in trials for name in trial.values)
    return [name for name in (*names, SEED, FOLD) if len({setting_of(trial, name) for trial in trials}) > 1]


def setting_of(trial: TrialView, name: str) -> str:
    """A value of a trial as text, by the name of its axis, or its `seed` or `fold`; empty if it has none."""
    if name == SEED:
        return str(trial.seed)
    if name == FOLD:
        return "" if trial.fold is None else str(trial.fold)
    return format_value(trial.values[name]) if name in trial.values else ""


def settings_text(trial: TrialView, names: Sequence[str]) -> str:
    """Some of them as one would type them: `lr=0.01 optimizer=adam`."""
    return " ".join(f"{name}={setting_of(trial, name)}" for name in names)
