"""The settings of a run as names and short values: hyperparameters, and what else is not the default.

Hyperparameters have their own names, anything else its path in a preset, such as `model.layers`.
"""

import json
from collections.abc import Iterator, Mapping
from math import inf
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:  # importing pydantic takes 0.1 s, which an up-to-date list does not need
    from tui_lab.experiment.experiment import Experiment

Scalar = float | int | bool | str
_LONGEST, _FEW = 200, 20


def settings_of(experiment: "Experiment") -> dict[str, Scalar]:
    """Everything in the experiment that is not the default, except hyperparameters and device."""
    given = experiment.model_dump(
        mode="json", exclude={"preset", "hyperparameters", "device"}, exclude_defaults=True
    )
    split = given["data"].get("split", {})
    if split.get("seed") == experiment.hyperparameters.seed:  # as it is where nothing is said, too
        del split["seed"]
    return {name: _short(value) for name, value in flat(given, most=_FEW)}


def asked_of_preset(experiment: "Experiment") -> dict[str, Scalar]:
    """All settings of a preset's experiment."""
    hyper: Mapping[str, Scalar] = experiment.hyperparameters.model_dump(mode="json")
    return {**hyper, **settings_of(experiment)}


def flat(values: Mapping[str, Any], place: str = "", most: float = inf) -> Iterator[tuple[str, Any]]:
    """The values of nested dicts by their paths, `model.layers`; a dict of more than `most` is a value."""
    for name, value in values.items():
        if isinstance(value, dict) and len(value) <= most:
            yield from flat(value, f"{place}{name}.", most)
        else:
            yield place + name, value


def _short(value: Any) -> Scalar:
    """A value as a short text; different values have different texts."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST - 9]}…{crc32(text.encode('utf-8', 'surrogatepass')):08x}"
