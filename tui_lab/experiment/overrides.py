"""`--set NAME=VALUE` and similar flags, applied on top of a preset's hyperparameters."""

from collections.abc import Iterable

from tui_lab.errors import Problems
from tui_lab.experiment.catalogue import Value, parse
from tui_lab.experiment.hyperparameters import Hyperparameters


def override(base: Hyperparameters, settings: Iterable[str]) -> Hyperparameters:
    """Apply `name=value` texts in order. Raises one InputError with everything that is wrong."""
    changed: dict[str, Value] = {}
    problems = Problems()
    for setting in settings:
        name, eq, text = setting.partition("=")
        if not eq:
            problems.append(f"{setting!r}: write NAME=VALUE, e.g. lr=0.01")
            continue
        with problems.caught():
            changed[name.strip()] = parse(name.strip(), text)
    problems.refuse()
    return base.model_copy(update=changed)
