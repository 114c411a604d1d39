"""The hyperparameters as a table: the source of the form, the flags and the docs."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, get_args, get_origin

import annotated_types as at
from pydantic import ValidationError

from tui_lab.errors import InputError
from tui_lab.experiment.base import explain
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.knob import Knob
from tui_lab.experiment.nearest import nearest
from tui_lab.experiment.sources import Inputs
from tui_lab.safe import safe

Value = bool | int | float | str
"""The type of a hyperparameter's value; numbers are finite."""
_TRUE = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_MANTISSAS = (1, 2, 5)
_NINES = (0.0, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999)


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """One hyperparameter: its name, its type (float, int, bool or str), its default, bounds and `Knob`.

    `low` and `high` are None if there is no bound; `low_open` and `high_open` tell whether the bound
    itself is excluded. `choices` is empty unless only listed values are allowed.
    """

    name: str
    type: type
    default: Value
    knob: Knob
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    choices: tuple[Value, ...] = ()

    def allows(self, value: float) -> bool:
        """Whether a number lies within the bounds."""
        above = self.low is None or value > self.low or (value == self.low and not self.low_open)
        below = self.high is None or value < self.high or (value == self.high and not self.high_open)
        return above and below

    def unit_of(self, value: Value) -> str:
        """The unit to write after a value: `epochs`, `1 epoch`."""
        return self.knob.unit.removesuffix("s") if value == 1 else self.knob.unit

    def bounds(self) -> str:
        """The bounds as text, such as `> 0, <= 100` or `sgd | adam`."""
        if self.choices:
            return " | ".join(format_value(choice) for choice in self.choices)
        low = "" if self.low is None else f"{'>' if self.low_open else '>='} {format_value(self.low)}"
        high = "" if self.high is None else f"{'<' if self.high_open else '<='} {format_value(self.high)}"
        return ", ".join(part for part in (low, high) if part)


@cache
def catalogue() -> dict[str, Hyperparameter]:
    """All hyperparameters by name, in the order of their declaration."""
    return {name: _entry(name) for name in Hyperparameters.model_fields}


def names_where(test: Callable[[Knob], object]) -> tuple[str, ...]:
    """The hyperparameters whose knob passes a test, in the order of their declaration."""
    return tuple(name for name, item in catalogue().items() if test(item.knob))


def _entry(name: str) -> Hyperparameter:
    info = Hyperparameters.model_fields[name]
    knob = next(item for item in info.metadata if isinstance(item, Knob))
    if info.annotation is bool:
        return Hyperparameter(name, bool, info.default, knob, choices=(False, True))
    if get_origin(info.annotation) is Literal:
        return Hyperparameter(name, str, info.default, knob, choices=get_args(info.annotation))
    bounds: dict[str, Any] = {}
    for item in info.metadata:
        match item:
            case at.Gt(gt):
                bounds |= {"low": gt, "low_open": True}
            case at.Ge(ge):
                bounds |= {"low": ge}
            case at.Lt(lt):
                bounds |= {"high": lt, "high_open": True}
            case at.Le(le):
                bounds |= {"high": le}
    return Hyperparameter(name, int if info.annotation is int else float, info.default, knob, **bounds)


def entry(name: str) -> Hyperparameter:
    """The hyperparameter of that name. Raises InputError naming the nearest one."""
    found = catalogue().get(name)
    if found is None:
        near = meant(name)
        raise InputError(
            f"{name!r} is not a hyperparameter{f' (did you mean {near!r}?)' if near else ''}. "
            f"Known: {', '.join(catalogue())}"
        )
    return found


def meant(name: str) -> str:
    """The hyperparameter that a misspelt name, or a name from another library, refers to; empty if none."""
    names = {
        _plain(said): item.name
        for item in catalogue().values()
        for said in (*item.knob.also, item.knob.label, item.name)
    }
    near = nearest(_plain(name), names)
    return names[near] if near else ""


def _plain(name: str) -> str:
    """A name without the differences between `learning_rate`, `learningRate` and `Learning rate`."""
    return re.sub(r"[\W_]", "", name.lower())


def parse(name: str, text: str) -> Value:
    """Parse text typed for the hyperparameter `name`, validated as a preset file is.

    Numbers are written with a point; whole numbers may be written `1e3`. Raises InputError.
    """
    item = entry(name)
    return check(name, _read(item, text.strip()))


def check(name: str, value: object) -> Value:
    """Return `value` if the hyperparameter `name` may have it. Raises InputError otherwise."""
    entry(name)
    try:
        checked = Hyperparameters.__pydantic_validator__.validate_assignment(
            Hyperparameters.model_construct(), name, value
        )
    except ValidationError as error:
        raise explain(error) from None
    result: Value = getattr(checked, name)
    return result


def check_live(name: str, instead: str) -> None:
    """Raise InputError with what to do `instead` if the hyperparameter `name` cannot change during a run."""
    if not entry(name).knob.live:
        raise InputError(f"{name} cannot change during a run: {instead}")


def _read(item: Hyperparameter, text: str) -> Value:
    shown = safe(text, 60)
    if not text:
        raise InputError(f"{item.name}: empty; expected {item.bounds() or 'a value'}")
    if item.type is bool:
        if text.lower() not in _TRUE:
            raise InputError(f"{item.name}: must be true or false (given: {shown})")
        return _TRUE[text.lower()]
    if item.type is str:
        return text.lower().replace("-", "_") if text not in item.choices else text
    if "," in text:
        raise InputError(f"{item.name}: {_without_commas(item, text)} (given: {shown})")
    if re.fullmatch(r"[+-]?\d{1,40}" if item.type is int else r"[+-]?\d{1,15}", text):
        return int(text)  # for a float as well, so that an error quotes what was typed
    try:
        number = float(text)
    except ValueError:
        raise InputError(f"{item.name}: must be a number, {item.bounds()} (given: {shown})") from None
    if not math.isfinite(number):
        raise InputError(f"{item.name}: must be a finite number (given: {shown})")
    if item.type is int:
        if number != int(number):
            raise InputError(f"{item.name}: must be a whole number (given: {shown})")
        return int(number)
    return number


def _without_commas(item: Hyperparameter, text: str) -> str:
    """How to write a number that was typed with commas."""
    plain, point = text.replace(",", ""), text.replace(",", ".")
    if item.type is int and re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", text):
        return f"write the number without commas: {plain}"
    if item.type is float and re.fullmatch(r"[+-]?(\d+\.\d*|\.\d+)(e[+-]?\d+)?", point, re.IGNORECASE):
        return f"write a decimal point, not a comma: {point}"
    return f"must be a {'whole number' if item.type is int else 'number'} without commas"


def notch(name: str, value: Value, direction: Literal[-1, 1]) -> Value:
    """The next value in that direction, or `value` itself at the end of the range."""
    item = entry(name)
    if item.choices:
        place = item.choices.index(value) + direction
        return item.choices[max(0, min(place, len(item.choices) - 1))]
    assert isinstance(value, int | float)
    walk = {"log": _log_notch, "log2": _log2_notch, "nines": _nines_notch}.get(item.knob.scale, _add)
    moved = walk(item, value, direction)
    moved = int(moved) if item.type is int else float(moved) + 0.0  # + 0.0: never -0.0
    return moved if item.allows(moved) else value


def _add(item: Hyperparameter, value: float, direction: int) -> float:
    places = max(0, -math.floor(math.log10(item.knob.step)))
    moved = round(value + direction * item.knob.step, places)
    if not item.allows(moved) and direction < 0 and item.low is not None and not item.low_open:
        return item.low
    return moved


def _log2_notch(_item: Hyperparameter, value: float, direction: int) -> float:
    exponent = math.log2(value)
    return 2.0 ** (math.floor(exponent) + 1 if direction > 0 else math.ceil(exponent) - 1)


def _nines_notch(_item: Hyperparameter, value: float, direction: int) -> float:
    """Go through the steps of a log scale, counted from 1 down."""
    if direction > 0:
        return min((step for step in _NINES if step > value), default=value)
    return max((step for step in _NINES if step < value), default=value)


def _log_notch(item: Hyperparameter, value: float, direction: int) -> float:
    """Go through 1, 2, 5, 10; below the smallest typical value comes `off`."""
    off = item.knob.off
    smallest = min(1.0, item.knob.typical[0]) if item.knob.typical else 1.0
    if item.type is int:
        smallest = 1
    if value <= 0:
        return smallest if direction > 0 else value
    if off is not None and direction < 0 and value <= smallest:
        return off
    exponent = math.floor(math.log10(value * (1 + 1e-9)))
    ladder = [float(f"{m}e{e}") for e in range(exponent - 1, exponent + 2) for m in _MANTISSAS]
    if direction > 0:
        return min(step for step in ladder if step > value * (1 + 1e-9))
    return max(step for step in ladder if step < value * (1 - 1e-9))


def is_used(name: str, values: Hyperparameters) -> bool:
    """Whether the hyperparameter has an effect, given the others (beta2 has none with SGD)."""
    return all(getattr(values, other) in allowed for other, allowed in entry(name).knob.used_when)


def suits(item: Hyperparameter, inputs: Inputs) -> bool:
    """Whether the hyperparameter applies to such inputs; augmentation does not apply to columns."""
    knob = item.knob
    return inputs == "pictures" or not (knob.colour or (knob.images and inputs == "columns"))


def counting(item: Hyperparameter, inputs: Inputs) -> Hyperparameter:
    """The hyperparameter with the unit that such inputs have: images are no rows."""
    if inputs != "pictures" or item.knob.unit != "rows":
        return item
    return replace(item, knob=replace(item.knob, unit="images"))


def format_value(value: Value) -> str:
    """A value as one would type it: `0.001`, `1e-05`, `true`, `adam`; `parse` reads it back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        short = f"{value:.6g}"
        return short if float(short) == value else repr(value)
    return str(value)
