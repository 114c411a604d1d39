"""The rows of hyperparameters: pure functions from values to lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import get_args

from tui_lab.experiment.catalogue import (
    Hyperparameter,
    Value,
    catalogue,
    counting,
    entry,
    format_value,
    is_used,
    suits,
)
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.knob import Group
from tui_lab.experiment.sources import Inputs
from tui_lab.tui.style.text import Line, Span, apart, clip, line, width_of, wrap

CHANGED = "•"


@cache
def grouped(inputs: Inputs = "columns") -> tuple[tuple[str, tuple[Hyperparameter, ...]], ...]:
    """The hyperparameters that apply to the inputs, by group."""
    entries = [counting(item, inputs) for item in catalogue().values() if suits(item, inputs)]
    groups = ((group, tuple(e for e in entries if e.knob.group == group)) for group in get_args(Group))
    return tuple((group, members) for group, members in groups if members)


@cache
def in_order(inputs: Inputs = "columns") -> tuple[Hyperparameter, ...]:
    """The hyperparameters in the order of the list."""
    return tuple(item for _, members in grouped(inputs) for item in members)


@dataclass(frozen=True, slots=True)
class FormRow:
    """One hyperparameter, ready to be shown.

    `now` is the parent's value if a fork's differs. `asked` is requested but not in force yet; `waits` says
    what it is waiting for. `refused`: why the last edit was refused. `settled`: cannot be changed now.
    """

    entry: Hyperparameter
    value: Value
    changed: bool = False
    now: Value | None = None
    typed: str | None = None
    reason: str = ""
    asked: Value | None = None
    waits: str = ""
    refused: str = ""
    settled: bool = False


def reason_unused(name: str, values: Hyperparameters) -> str:
    """`not used by adagrad`; empty if it is used."""
    if is_used(name, values):
        return ""
    others = (
        str(getattr(values, other))
        for other, allowed in entry(name).knob.used_when
        if getattr(values, other) not in allowed
    )
    return f"not used by {next(others)}"


def row_lines(
    row: FormRow, chosen: bool, focused: bool, width: int, inputs: Inputs = "columns"
) -> list[Line]:
    """A row: cursor, label, value, mark of a change; below it, what does not fit."""
    name = row.entry.knob.label
    style = "faint" if row.reason or row.settled else ""
    sign: Span = ("› " if chosen else "  ", "key" if focused else "dim")
    value = format_value(row.value)
    unit = row.entry.unit_of(row.value)
    if inputs != "columns":
        unit = unit.replace("row", "image")
    unit = f" {unit}" if unit and not row.reason else ""
    mark: Line = ((f" {CHANGED}", "changed"),) if row.changed else (("  ", ""),)
    left: Line = (sign, (name, style or ("bold" if chosen else "")))
    shown: Line = ((value, style or ("changed" if row.changed else "")), (unit, "dim"))
    room = width - width_of(left) - width_of(shown) - 3
    for text in (row.reason, "not used"):
        if row.reason and len(text) + 1 <= room:
            left = (*left, (f" {text}", "faint"))
            break
    below: list[Line] = []
    if row.now is not None:
        now = f"parent {format_value(row.now)}"
        if len(now) + 3 <= room:
            shown = (*shown, (f" ({now})", "dim"))
        else:
            below.append(apart((), clip(((f"({now})", "dim"), ("  ", "")), width), width))
    if row.asked is not None:
        asked = f"→ {format_value(row.asked)} {row.waits}"
        if len(asked) + 2 <= room:
            shown = (*shown, (f" {asked}", "warn"))
        else:
            below.append(apart((), clip(((asked, "warn"), ("  ", "")), width), width))
    if row.refused:
        below += wrap(row.refused, width, "bad", first="  ✗ ")
    if row.typed is not None:
        text = f"typed, not applied: {row.typed}"
        below += wrap(text, width, "warn", first="    ")
    return [_lit(apart(left, (*shown, *mark), width), chosen and focused), *below]


def _lit(spans: Line, lit: bool) -> Line:
    """A line, highlighted if `lit`."""
    if not lit:
        return spans
    on = {"": "row", "bold": "row", "key": "cursor", "changed": "row-changed"}
    return tuple((text, on.get(style, "row-dim")) for text, style in spans)


def limits_text(item: Hyperparameter) -> str:
    """The bounds and the typical range: `> 0, <= 100 · typical 0.0001–0.01`."""
    parts = [item.bounds()]
    if item.knob.typical is not None:
        low, high = (format_value(end) for end in item.knob.typical)
        parts.append(f"typical {low}–{high}")
    return " · ".join(part for part in parts if part)


def help_lines(name: str, values: Hyperparameters, origin: tuple[str, Value], width: int) -> list[Line]:
    """Help on a hyperparameter: name, original value, bounds, why it is not used, description."""
    item = entry(name)
    original = f"{origin[0]} {format_value(origin[1])}"
    lines: list[Line] = [apart(line((name, "bold")), line((original, "dim")), width)]
    lines += wrap(limits_text(item), width, "dim")
    if reason := reason_unused(name, values):
        lines += wrap(f"{reason}: changing it has no effect now", width, "warn")
    chosen = dict(item.knob.choice_help).get(str(getattr(values, name)), "")
    return [*lines, *wrap(f"{item.knob.help} {chosen}".rstrip(), width)]


def named_in(problems: Iterable[str]) -> str | None:
    """The first hyperparameter named in a refusal."""
    words = (word for text in problems for word in text.replace(":", " ").replace(",", " ").split())
    return next((word for word in words if word in catalogue()), None)
