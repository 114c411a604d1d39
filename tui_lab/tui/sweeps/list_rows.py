"""The rows of the list of sweeps: pure functions from lines of the list to text."""

from tui_lab.experiment.metrics import short_name
from tui_lab.tui.state.sweeps import SweepLine
from tui_lab.tui.style.format import count, duration, plural, when
from tui_lab.tui.style.marks import MARKS
from tui_lab.tui.style.text import Line, apart, clip, cut, fill, line, wrap
from tui_lab.tui.sweep.texts import metric_text

_STATE, _TRIALS, _BEST, _STARTED = 11, 12, 15, 13
_WIDE_FROM, _PRESET, _VARIES, _SPREAD = 100, 14, 18, 8
EMPTY = "No sweeps yet: S in the lab sets one up."


def heading(width: int) -> Line:
    """The titles of the columns."""
    return _cells("  SWEEP", "PRESET", "STATE", "TRIALS", "BEST", "VARIES", "STARTED", width, "head")


def row(sweep: SweepLine, selected: bool, focused: bool, now: float, width: int) -> Line:
    """One sweep."""
    mark, style = MARKS[sweep.state]
    broken = sweep.state == "broken"
    cells = _cells(
        f"{'› ' if selected else '  '}{sweep.title}",
        sweep.preset,
        f"{mark} {sweep.state}",
        "–" if broken else f"{count(sweep.over)}/{count(sweep.trials)}",
        _best(sweep, wide=width >= _WIDE_FROM),
        "" if broken else ", ".join(sweep.varies) or "seeds only",
        when(sweep.began or None, now),
        width,
        "bold" if selected else "",
        style,
    )
    if not (selected and focused):
        return cells
    return tuple((text, "row" if style in ("", "bold") else "row-dim") for text, style in cells)


def _best(sweep: SweepLine, *, wide: bool) -> str:
    """`loss 0.523`: with the metric, as each sweep may have its own; where there is room, `± 0.012`."""
    if sweep.best != sweep.best:
        return "–"
    metric = short_name(sweep.metric.removeprefix("val_"))
    return f"{metric} {_value(sweep) if wide else metric_text(sweep.metric, sweep.best)}"


def _value(sweep: SweepLine) -> str:
    """The value, with its standard deviation if it is a mean."""
    spread = "" if sweep.deviation is None else f" ± {sweep.deviation:.2g}"
    return metric_text(sweep.metric, sweep.best) + spread


def _cells(
    title: str, preset: str, state: str, trials: str, best: str, varies: str, started: str,
    width: int, style: str, state_style: str = "",
) -> Line:  # fmt: skip
    """The columns; preset and axes only where there is room."""
    wide = width >= _WIDE_FROM
    best_size = _BEST + (_SPREAD if wide else 0)
    right = line(
        (fill(state, _STATE + 2), state_style or style),
        (cut(trials, _TRIALS).rjust(_TRIALS), style),
        (cut(best, best_size).rjust(best_size), style),
        ("  ", style),
        (fill(varies, _VARIES) if wide else "", "head" if style == "head" else "dim"),
        (cut(started, _STARTED).rjust(_STARTED), "head" if style == "head" else "dim"),
    )
    room = max(4, width - sum(len(text) for text, _ in right) - 1 - (_PRESET if wide else 0))
    left = line((fill(title, room), style), (fill(preset, _PRESET) if wide else "", style))
    return clip(apart(left, right, width), width)


def details(sweep: SweepLine, width: int) -> list[Line]:
    """The selected sweep in full."""
    mark, style = MARKS[sweep.state]
    lines = [clip(line((sweep.title, "bold"), (f"  {sweep.id}", "dim")), width)]
    if sweep.state == "broken":
        return [*lines, *wrap(sweep.message or "cannot be read", width, "warn", first=f"{mark} ")]
    done = f"{count(sweep.over)} of {plural(sweep.trials, 'trial')} done"
    running = f", {count(sweep.running)} running" if sweep.training and sweep.running else ""
    trained = f", {duration(sweep.seconds)} of training"
    lines += wrap(f"{sweep.state}: {done}{running}{trained}", width, style, first=f"{mark} ")
    if sweep.best == sweep.best:
        of = ", mean of the best combination" if sweep.repeats > 1 else ""
        lines += wrap(f"best {sweep.metric} {_value(sweep)}{of}", width, first="★ ")
    varies = ", ".join(sweep.varies) or "nothing but the seed"
    lines += wrap(f"{sweep.preset}; varies: {varies}", width, "dim")
    return lines + (wrap(sweep.message, width, "dim") if sweep.message else [])
