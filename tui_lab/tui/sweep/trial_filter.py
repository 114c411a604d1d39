"""Filters for trials: `lr<0.01 status=finished`, in the grammar of the list of runs.

A plain word must occur in the number, state, run, message or a value. A condition names an axis, a field or
a metric. All must hold; a condition on a value that a trial lacks does not.
"""

from collections.abc import Callable, Collection
from fnmatch import fnmatchcase
from math import isnan, nan

from tui_lab.errors import InputError, Problems
from tui_lab.experiment.catalogue import Value, format_value
from tui_lab.experiment.metrics import METRICS
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.protocol.sweeps.view import TrialView
from tui_lab.runs.index.conditions import COMPARE, condition_of, words_of
from tui_lab.runs.index.filter import FULL, full_name
from tui_lab.tui.sweep.texts import status_text

FIELDS: dict[str, Callable[[TrialView], Value | None]] = {
    "trial": lambda trial: trial.number,
    "combination": lambda trial: trial.combination,
    "status": lambda trial: trial.status,
    "seed": lambda trial: trial.seed,
    "fold": lambda trial: trial.fold,
    "epoch": lambda trial: trial.epoch,
    "best": lambda trial: trial.best,
    "best_epoch": lambda trial: trial.best_epoch or None,
    "seconds": lambda trial: trial.seconds,
    "worker": lambda trial: trial.worker,
    "kept": lambda trial: trial.kept,
}
ALIASES = {"number": "trial", "state": "status", "epochs": "epoch", "trained": "seconds"}
TrialTest = Callable[[TrialView], bool]


def read_trial_filter(text: str, axes: Collection[str], metric: str) -> list[TrialTest]:
    """What must hold. `metric`: that of the sweep. Raises InputError with everything that is wrong."""
    problems, found = Problems(), []
    for word in words_of(text):
        with problems.caught():
            found.append(_test(word, axes, metric))
    problems.refuse()
    return found


def _test(word: str, axes: Collection[str], metric: str) -> TrialTest:
    condition = condition_of(word)
    if condition is None:
        return _occurs(word.casefold())
    written, sign, wanted = condition
    value = _value_of(written, axes, metric)
    if not wanted.strip():
        raise InputError(f"{written}: add a value to compare with, e.g. {written}=...")
    wanted, number = wanted.strip(), _number(wanted)
    if isnan(number):
        if sign not in ("=", "==", "!="):
            raise InputError(f"{word}: {wanted!r} is not a number; compare a text with = or !=")
        return _text(value, wanted.casefold().replace(" ", "_"), sign == "!=")
    compare = COMPARE[sign]

    def test(trial: TrialView) -> bool:
        found = value(trial)
        return isinstance(found, int | float) and not isnan(found) and compare(found, number)

    return test


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return nan


def _value_of(written: str, axes: Collection[str], metric: str) -> Callable[[TrialView], Value | None]:
    """How a trial's value of that name is found. Raises InputError if trials have none."""
    name = written.casefold()
    for full in (name, full_name(name)):
        if full in axes:
            return lambda trial: trial.values.get(full)
    name = ALIASES.get(name, name)
    if name in (metric, f"best_{metric}") or full_name(name) == f"best_{metric}":
        name = "best"
    if name in FIELDS:
        return FIELDS[name]
    split = "val_" if name.startswith("val_") else "test_"
    bare = name.removeprefix(split)
    bare = FULL.get(bare, bare)
    if bare in METRICS:
        return lambda trial: (trial.metrics if split == "val_" else trial.test).get(bare)
    near = did_you_mean(written, [*axes, *FIELDS, metric, *METRICS]) or (
        f"; name an axis ({', '.join(axes)}), a field ({', '.join(FIELDS)}) or a metric ({metric}, acc, ...)"
    )
    raise InputError(f"trials have no {written!r}{near}")


def _occurs(word: str) -> TrialTest:
    def test(trial: TrialView) -> bool:
        texts = (f"#{trial.number}", status_text(trial), trial.run_id, trial.message, trial.worker)
        return any(word in text.casefold() for text in (*texts, *map(format_value, trial.values.values())))

    return test


def _text(value: Callable[[TrialView], Value | None], wanted: str, negated: bool) -> TrialTest:
    def test(trial: TrialView) -> bool:
        found = value(trial)
        if found is None:
            return False
        shown = format_value(found).casefold()
        return (shown == wanted or ("*" in wanted and fnmatchcase(shown, wanted))) is not negated

    return test
