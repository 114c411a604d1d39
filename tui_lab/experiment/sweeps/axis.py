"""An axis of a sweep: a hyperparameter or the width of a layer, with the values it may take."""

from math import ceil, exp, floor, isfinite, log
from typing import Annotated, Self

from pydantic import Field, model_validator

from tui_lab.errors import InputError
from tui_lab.experiment.base import SpecModel
from tui_lab.experiment.catalogue import Value, catalogue, check, entry, format_value, parse
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.sweeps.widths import WIDTH, parse_width, widths
from tui_lab.safe import safe

MOST_VALUES = 1000
_UNSWEPT = {"seed": "use --seeds", "epochs": "all trials have the same number; set it with --set epochs=N"}
"""What cannot be an axis, and what to do instead."""


class Axis(SpecModel):
    """Listed `values`, or a range from `low` to `high`, both inclusive.

    `name`: a hyperparameter, or `width1`, `width2`: the number of units or channels of the first, second
    layer that has one. `log`: a range is uniform in the logarithm. `whole`: its values are whole numbers.
    """

    name: Annotated[str, Field(min_length=1, max_length=40)]
    values: Annotated[tuple[Value, ...], Field(strict=False, max_length=MOST_VALUES)] = ()
    low: float | None = None
    high: float | None = None
    log: bool = False
    whole: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.values:
            if self.low is not None or self.high is not None:
                raise ValueError("either values or a range, not both")
            if len(set(map(format_value, self.values))) < len(self.values):
                raise ValueError("a value is given twice")
        elif self.low is None or self.high is None:
            raise ValueError("needs values, or low and high")
        elif not self.low < self.high:
            raise ValueError(
                f"the range {self.low:g}..{self.high:g} is "
                f"{'empty' if self.low == self.high else 'reversed'}: the lower end comes first"
            )
        elif self.log and self.low <= 0:
            raise ValueError(f"a log scale needs a lower end above 0, not {self.low:g}")
        return self

    @property
    def is_range(self) -> bool:
        return not self.values

    @property
    def numeric(self) -> bool:
        """Whether all its values are numbers, so that they have an order and distances."""
        return self.is_range or all(
            isinstance(value, int | float) and not isinstance(value, bool) for value in self.values
        )

    def at(self, share: float) -> Value:
        """The value at a share of the axis, from 0 to 1: of a range by its scale, of a list by its places."""
        share = min(max(share, 0.0), 1.0)
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        assert self.low is not None and self.high is not None
        if self.whole:  # each whole number gets an equal share of its scale
            found = self._between(self.low - 0.5, self.high + 0.5, share)
            return int(min(max(round(found), ceil(self.low)), floor(self.high)))
        found = self._between(self.low, self.high, share)
        return min(max(float(f"{found:.6g}"), self.low), self.high)

    def _between(self, low: float, high: float, share: float) -> float:
        if self.log:
            return exp(log(low) + share * (log(high) - log(low)))
        return low + share * (high - low)

    def share_of(self, value: Value) -> float:
        """Where a value is on the axis, from 0 to 1; values beyond an end are beyond 0 or 1.

        Of a list, the middle of the value's place; of a range, by its scale. For charts.
        """
        if self.values:
            return (self.values.index(value) + 0.5) / len(self.values) if value in self.values else 0.0
        assert self.low is not None and self.high is not None and not isinstance(value, str)
        if self.log:
            if value <= 0:
                return 0.0
            return (log(value) - log(self.low)) / (log(self.high) - log(self.low))
        return (value - self.low) / (self.high - self.low)

    def text(self) -> str:
        """As it is given with `--over`: `lr=0.0001..0.1:log`, `momentum=0.8,0.9`."""
        if self.values:
            return f"{self.name}={','.join(map(format_value, self.values))}"
        assert self.low is not None and self.high is not None
        ends = f"{format_value(_short(self.low))}..{format_value(_short(self.high))}"
        return f"{self.name}={ends}{':log' if self.log else ''}"


def _short(number: float) -> int | float:
    return int(number) if number == int(number) else number


def parse_axis(text: str, experiment: Experiment) -> Axis:
    """Read `NAME=LOW..HIGH`, `NAME=LOW..HIGH:log` or `NAME=A,B,C`. Raises InputError."""
    name, eq, given = text.partition("=")
    name, given = name.strip(), given.strip()
    if not eq or not given:
        raise InputError(f"{safe(text, 60)!r}: write NAME=LOW..HIGH, NAME=LOW..HIGH:log or NAME=A,B,C")
    _check_name(name, experiment)
    low, dots, high = given.partition("..")
    if high.startswith("."):
        raise InputError(f"{name}: {safe(given, 40)!r}: two dots between the ends, as in 0.1..0.5")
    if not dots:
        listed = [one.strip() for one in given.split(",")]
        if len(listed) > MOST_VALUES:
            raise InputError(f"{name}: at most {MOST_VALUES:,} values")
        return make_axis(Axis, name=name, values=tuple(_value(name, one) for one in listed))
    high, colon, scale = high.partition(":")
    if colon and scale != "log":
        raise InputError(f"{name}: unknown scale {safe(scale, 20)!r}; `:log`, or nothing for a linear scale")
    return range_axis(name, low, high, log=bool(colon))


def range_axis(name: str, low: str, high: str, *, log: bool) -> Axis:
    """The axis of a range whose ends were typed. Raises InputError."""
    if not is_width(name) and entry(name).choices:
        choices = entry(name).bounds()
        raise InputError(f"{name}: has no range; list the values to try, out of {choices}")
    ends: list[float] = []
    for end in (low.strip(), high.strip()):
        try:
            number = float(end)
        except ValueError:
            raise InputError(f"{name}: {safe(end, 40)!r} is not a number") from None
        if not isfinite(number):
            raise InputError(f"{name}: {safe(end, 40)!r} is not a finite number")
        ends.append(number)
    axis = make_axis(Axis, name=name, low=ends[0], high=ends[1], log=log, whole=_is_whole(name))
    for end in (low, high):  # within the bounds that always hold
        _value(name, end.strip())
    return axis


def make_axis(made: type[Axis], **fields: object) -> Axis:
    """An axis of these fields. Raises InputError with what is wrong with them."""
    from pydantic import ValidationError

    try:
        return made.model_validate(fields)
    except ValidationError as error:
        messages = [item["msg"].removeprefix("Value error, ") for item in error.errors(include_url=False)]
        raise InputError([f"{fields.get('name', '')}: {message}" for message in messages]) from None


def typical_axis(name: str, experiment: Experiment) -> Axis | None:
    """The range that is usually worth trying; all choices of a choice; None if nothing is known.

    Of a width: from a quarter of what it is to four times as much.
    """
    if is_width(name):
        now = widths(experiment.model.layers).get(name)
        if now is None:
            return None
        return Axis(name=name, low=float(max(1, now // 4)), high=float(now * 4), log=True, whole=True)
    item = entry(name)
    if name in _UNSWEPT:
        return None
    if item.choices:
        return Axis(name=name, values=item.choices)
    if item.knob.typical is None:
        return None
    low, high = item.knob.typical
    return Axis(
        name=name, low=float(low), high=float(high),
        log=item.knob.scale in ("log", "log2") and low > 0, whole=item.type is int,
    )  # fmt: skip


def is_width(name: str) -> bool:
    """Whether it names a layer's width, not a hyperparameter."""
    return WIDTH.fullmatch(name) is not None


def _is_whole(name: str) -> bool:
    return is_width(name) or entry(name).type is int


def _value(name: str, text: str) -> Value:
    return parse_width(name, text) if is_width(name) else parse(name, text)


def check_value(name: str, value: Value) -> Value:
    """The value, if the hyperparameter or width may have it. Raises InputError."""
    if is_width(name):
        return parse_width(name, format_value(value))
    return check(name, value)


def _check_name(name: str, experiment: Experiment) -> None:
    """Raise InputError if there is nothing of that name that could vary in trials of the experiment."""
    if name in _UNSWEPT:
        raise InputError(f"{name}: cannot be an axis of a sweep; {_UNSWEPT[name]}")
    if is_width(name):
        known = widths(experiment.model.layers)
        if name not in known:
            has = ", ".join(f"{width} ({size})" for width, size in known.items()) or "none"
            raise InputError(f"{name}: the network has no such width; it has: {has}")
    elif name not in catalogue():
        known_names = [*catalogue(), *widths(experiment.model.layers)]
        near = did_you_mean(name, known_names)
        raise InputError(
            f"{safe(name, 40)!r} is neither a hyperparameter nor a width{near}; "
            f"known: {', '.join(known_names)}"
        )
