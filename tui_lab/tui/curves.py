"""Runs as the chart shows them: which curves, marks and words there are."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite

from tui_lab.protocol.ledger import entries
from tui_lab.protocol.steering import Edited
from tui_lab.protocol.view import RunView
from tui_lab.safe import safe
from tui_lab.spec.catalogue import format_value
from tui_lab.tui.chart import Baseline, ChartData, Mark, Series
from tui_lab.tui.chart.axes import Limits
from tui_lab.tui.chart.lens import Lens, smoothed, usual
from tui_lab.tui.chart.series import Role
from tui_lab.tui.format import SHORT, number
from tui_lab.tui.track import EPOCHLY, Place, Track, value_of

BRIEF: dict[Role, str] = {"train": "train", "val": "val"}
"""What a curve is called where there is little room."""
Y_LABELS = {**SHORT, "learning rate": "lr", "seconds per epoch": "s"}
X_LABELS = {"epoch": "epoch", "step": "step", "time": "s"}


def metrics_of(view: RunView | None) -> tuple[str, ...]:
    """What of a run can be drawn."""
    last = view.history[-1] if view is not None and view.history else None
    return ("loss", *(last.metrics if last else ()), *EPOCHLY)


@dataclass(slots=True)
class Tracks:
    """What is kept from one frame to the next: the epochs of a run, and of the one it was forked from."""

    own: Track = field(default_factory=Track)
    parent: Track = field(default_factory=Track)


def chart_data(
    view: RunView | None, hint: str, lens: Lens, parent: RunView | None = None, tracks: Tracks | None = None
) -> ChartData:
    """What is to be drawn of a run, through a lens; `hint` is read while there is no point.

    With the `tracks` of the frame before only what is new is taken in.
    """
    label = X_LABELS[lens.x]
    tracks = tracks or Tracks()
    gone = (
        []
        if parent is None
        else [validation(tracks.parent.follow(parent, lens.metric), lens, "parent", "gone")]
    )
    if view is None or view.model is None:
        y_label = Y_LABELS.get(lens.metric, lens.metric)
        return ChartData(
            tuple(gone), (), None, lens.log_x, lens.log_y, x_label=label, y_label=y_label, hint=hint
        )
    own = tracks.own.follow(view, lens.metric)
    place = own.places(lens.x)
    series = [
        *(line for line in (*_undone(view, lens, place), *gone) if line.x),
        *_own(view, own, lens, place),
    ]
    level = view.model.baseline.get(lens.metric)
    y_limits, outside = _clipped(series, lens)
    return ChartData(
        series=tuple(series),
        marks=_marks(view, lens, series, place),
        baseline=None if level is None else Baseline(level, "baseline"),
        log_x=lens.log_x,
        log_y=lens.log_y,
        x_limits=lens.window,
        y_limits=y_limits,
        x_label=label,
        y_label=Y_LABELS.get(lens.metric, lens.metric),
        x_whole=lens.x != "time",
        hint=hint,
        note=_note(lens, outside),
        readout=_readout(series, lens),
    )


def compared_data(runs: Sequence[tuple[Track, Role]], lens: Lens) -> ChartData:
    """The validation curves of several runs, through a lens; their names stand elsewhere."""
    series = [line for track, role in runs if (line := validation(track, lens, "", role)).x]
    y_limits, outside = _clipped(series, lens)
    return ChartData(
        series=tuple(series),
        marks=() if lens.cursor is None else (Mark(lens.cursor, "", None, "cursor"),),
        log_x=lens.log_x,
        log_y=lens.log_y,
        x_limits=lens.window,
        y_limits=y_limits,
        x_label=X_LABELS[lens.x],
        y_label=Y_LABELS.get(lens.metric, lens.metric),
        x_whole=lens.x != "time",
        hint="no epoch of them is done yet",
        note=_note(lens, outside),
        readout="" if lens.cursor is None else f"at {X_LABELS[lens.x]} {number(lens.cursor)}",
    )


def span_of(data: ChartData) -> Limits:
    """The first and the last x that there is."""
    ends = [(line.x[0], line.x[-1]) for line in data.series if line.x]
    if not ends:
        return 0.0, 1.0
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    return (low, high) if high > low else (low, low + 1.0)


def _own(view: RunView, track: Track, lens: Lens, place: Place) -> list[Series]:
    at_ends, values = track.xs(lens.x), track.values
    name = "validation" if lens.metric not in EPOCHLY else lens.metric
    if lens.metric != "loss":
        return _with_raw(Series(name, at_ends, values, "val"), lens)
    losses = [loss for _, loss in view.step_losses]
    train = Series("training", place([step for step, _ in view.step_losses]), losses, "train")
    return [*_with_raw(train, lens), *_with_raw(Series(name, at_ends, values, "val"), lens)]


def _with_raw(series: Series, lens: Lens) -> list[Series]:
    """A curve smoothed, with the raw one dim behind it."""
    if not lens.smooth:
        return [series]
    raw = Series("", series.x, series.y, "raw")
    return [raw, Series(series.label, series.x, smoothed(list(series.y), lens.smooth), series.role)]


def _undone(view: RunView, lens: Lens, place: Place) -> list[Series]:
    """What counts no more: the y axis is not for it, as it may have blown up."""
    found: list[Series] = []
    for branch in view.undone if lens.metric == "loss" else ():
        steps = [step for step, _ in branch.step_losses]
        found.append(Series("", place(steps), [loss for _, loss in branch.step_losses], "gone", fits=False))
    for branch in view.undone:
        ends = [ended.step for ended in branch.history]
        values = [value_of(ended, lens.metric) for ended in branch.history]
        found.append(Series("", place(ends), values, "gone", fits=False))
    return found


def validation(track: Track, lens: Lens, label: str, role: Role) -> Series:
    """The validation curve of a run, one point an epoch."""
    return Series(label, track.xs(lens.x), smoothed(track.values, lens.smooth), role)


def _marks(view: RunView, lens: Lens, series: Sequence[Series], place: Place) -> tuple[Mark, ...]:
    marks: list[Mark] = []
    told = (entry for entry in entries(view) if not entry.undone)
    edits = sorted((entry.event for entry in told if isinstance(entry.event, Edited)), key=lambda e: e.step)
    for edit, x in zip(edits, place([edit.step for edit in edits]), strict=True):
        marks.append(Mark(x, f"{safe(edit.name, 20)} {safe(format_value(edit.new), 12)}", None, "edit"))
    best = view.best
    if best is not None and lens.metric == "loss":
        shown = next((line for line in reversed(series) if line.role == "val"), None)
        at = place([best.step])[0]
        height = best.val_loss if shown is None or not lens.smooth else value_at(shown, at)
        marks.append(Mark(at, f"best {best.epoch}", height))
    if lens.cursor is not None:
        marks.append(Mark(lens.cursor, "", None, "cursor"))
    return tuple(marks)


def _clipped(series: Sequence[Series], lens: Lens) -> tuple[Limits | None, int]:
    """Limits without outliers, and how many points lie outside of them."""
    if not lens.clip:
        return None, 0
    values = [y for line in series if line.role != "gone" for y in line.y if y > 0 or not lens.log_y]
    limits = usual(values)
    if limits is None:
        return None, 0
    outside = sum(1 for value in values if isfinite(value) and not limits[0] <= value <= limits[1])
    return limits, outside


def _note(lens: Lens, outside: int) -> str:
    parts = [f"smooth {lens.smooth:g}"] if lens.smooth else []
    if lens.clip:
        parts.append(f"{outside:,} outlier{'' if outside == 1 else 's'} hidden")
    if lens.window is not None:
        parts.append("zoomed, 0 shows all")
    return " · ".join(parts)


def _readout(series: Sequence[Series], lens: Lens) -> str:
    """Every curve at the cursor."""
    if lens.cursor is None:
        return ""
    parts = [f"{X_LABELS[lens.x]} {number(lens.cursor)}"]
    parts += [
        f"{BRIEF.get(line.role, line.label)} {number(value_at(line, lens.cursor))}"
        for line in series
        if line.label
    ]
    return "  ".join(parts)


def value_at(line: Series, x: float) -> float | None:
    """The last value at or before x, else the first; None if there is none."""
    if not line.x:
        return None
    return line.y[max(0, bisect_right(line.x, x) - 1)]
