"""The differences between the experiments of several runs."""

from collections.abc import Sequence
from typing import Any

from tui_lab.experiment.catalogue import format_value
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.settings import flat

Setting = tuple[Any, Any]
"""The initial value and the one at the end; they differ if it was edited."""
_ABSENT: Setting = (None, None)


def differing(views: Sequence[RunView]) -> dict[str, list[Setting]]:
    """The settings in which the runs differ, by name, with one value per run in their order.

    A hyperparameter goes by its name, anything else by its path: `model.layers`, `data.file`. A value that
    was edited during a run differs from the same value unedited. None: the run has no such setting.
    """
    every = [_settings(view) for view in views]
    names = dict.fromkeys(name for settings in every for name in settings)
    found = {name: [settings.get(name, _ABSENT) for settings in every] for name in names}
    return {name: values for name, values in found.items() if any(value != values[0] for value in values)}


def setting_text(setting: Setting) -> str:
    """A setting as short text: `0.01`, `0.01→0.001` if it was edited, `–` if there is none."""
    asked, at_end = setting
    return _text(asked) if asked == at_end else f"{_text(asked)}→{_text(at_end)}"


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return format_value(value) if isinstance(value, bool | int | float | str) else str(value)


def _settings(view: RunView) -> dict[str, Setting]:
    if view.experiment is None:
        return {}
    asked = view.experiment.model_dump(mode="json")
    hyper: dict[str, Any] = asked.pop("hyperparameters")
    if asked["data"]["split"]["seed"] is None:  # then the run's own seed splits the rows
        asked["data"]["split"]["seed"] = hyper["seed"]
    at_end = view.hyper.model_dump(mode="json") if view.hyper else hyper
    found = {name: (value, at_end.get(name, value)) for name, value in hyper.items()}
    return found | {name: (value, value) for name, value in flat(asked)}
