"""`--set NAME=VALUE` and similar flags, applied on top of a preset's hyperparameters."""

from collections.abc import Iterable

from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import Value, parse
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.safe import safe


def override(base: Hyperparameters, settings: Iterable[str]) -> Hyperparameters:
    """Apply `name=value` texts in order. Raises one InputError with everything that is wrong."""
    changed: dict[str, Value] = {}
    problems: list[str] = []
    for setting in settings:
        name, eq, text = setting.partition("=")
        if not eq:
            problems.append(f"{safe(setting, 80)!r}: write NAME=VALUE, e.g. lr=0.01")
            continue
        try:
            changed[name.strip()] = parse(name.strip(), text)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return base.model_copy(update=changed)
