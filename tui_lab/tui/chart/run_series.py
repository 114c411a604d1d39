"""Runs as the chart shows them: curves, marks and notes."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isfinite

from tui_lab.experiment.catalogue import format_value
from tui_lab.experiment.metrics import short_name
from tui_lab.protocol.ledger import entries
from tui_lab.protocol.steering_events import Edited
from tui_lab.protocol.view import RunView
from tui_lab.protocol.view_state import Series as Measurements
from tui_lab.tui.chart.curves.axes import Limits
from tui_lab.tui.chart.curves.epoch_series import EPOCHLY, EXACT, Placement, Track
from tui_lab.tui.chart.curves.frame import Baseline, ChartData, Mark
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.chart.curves.series import RUNS, Role, Series
from tui_lab.tui.chart.curves.smoothing import running_mean, smoothed
from tui_lab.tui.chart.curves.step_series import StepTrack
from tui_lab.tui.chart.readout import X_LABELS, gap_of, notes_of, place_text, readout
from tui_lab.tui.style.text import cut

STOPS: frozenset[Role] = frozenset({"val", "step", *RUNS})
"""Curves at whose points the cursor stops: at the ends of epochs, except for values of each step."""
PORTION = 2**16
"""The number of epochs that one frame takes in: more would hold up the keys."""
FEW_STOPS, FEW_EPOCHS = 4, 2
"""With fewer stops, the cursor also stops at steps; with fewer epochs, a discarded part shows its steps."""
Y_LABELS = {"learning rate": "lr", "seconds per epoch": "s"}


def metrics_of(view: RunView | None) -> tuple[str, ...]:
    """What can be drawn of a run: its metrics, and what else was recorded by epoch or by step."""
    last = view.history[-1] if view is not None and view.history else None
    named = ("loss", *(last.metrics if last else ()), *EPOCHLY)
    steps = view.series if view is not None else ()
    return (*named, *(name for name in steps if name not in {*named, *EPOCHLY.values()}))


Advised = tuple[str, int, int] | None
"""What the coach says, in a few words, and the first and the last epoch that show it."""


@dataclass(slots=True)
class Tracks:
    """Kept between frames: the epochs of a run, of its parent, and those discarded by an undo."""

    own: Track = field(default_factory=lambda: Track(PORTION))
    parent: Track = field(default_factory=lambda: Track(PORTION))
    own_steps: StepTrack = field(default_factory=StepTrack)
    parent_steps: StepTrack = field(default_factory=StepTrack)
    _discarded: list[Track] = field(default_factory=list)

    def discarded(self, view: RunView, metric: str) -> list[Track]:
        """A track for each part of a run that an undo discarded."""
        known = self._discarded
        self._discarded = [
            next((track for track in known if track.is_of(branch.history)), Track(PORTION)).take(
                branch.history, metric, branch.step
            )
            for branch in view.undone
        ]
        return self._discarded

    @property
    def behind(self) -> bool:
        """Whether the next frame will have more epochs, though nothing new has happened."""
        return any(track.behind for track in (self.own, self.parent, *self._discarded))

    def begin(self) -> None:
        """A new frame: what it does not show is not waited for."""
        for track in (self.own, self.parent, *self._discarded):
            track.behind = False


def chart_data(
    view: RunView | None,
    hint: str,
    lens: Lens,
    parent: RunView | None = None,
    tracks: Tracks | None = None,
    advised: Advised = None,
) -> ChartData:
    """The chart of a run, seen through a lens; `hint` is shown while there is no point.

    With the `tracks` of the previous frame, only new epochs are processed. `advised`: what to mark of it.
    """
    label = X_LABELS[lens.x]
    tracks = tracks or Tracks()
    tracks.begin()
    exact = lens.metric in EXACT
    if exact:
        lens = replace(lens, smooth=0.0)
    behind = []
    if parent is not None:
        ends = _ends(tracks.parent.follow(parent, lens.metric), lens, "parent", "gone")
        behind = [_with_steps(ends, parent, tracks.parent, tracks.parent_steps, lens, "gone")]
    if view is None or view.model is None:
        y_label = Y_LABELS.get(lens.metric) or short_name(lens.metric)
        return ChartData(
            tuple(behind), (), None, lens.log_x, lens.log_y, x_label=label, y_label=y_label, hint=hint
        )
    own = tracks.own.follow(view, lens.metric)
    place = own.places(lens.x)
    if lens.discarded:
        behind = [*_discarded(view, lens, place, tracks), *behind]
    series = [line for line in (*behind, *_own(view, own, tracks.own_steps, lens)) if line.x]
    level = view.model.baseline.get(lens.metric)
    return ChartData(
        series=tuple(series),
        marks=(*_marks(view, lens, place), *_evidence(view, place, advised)),
        baseline=None if level is None else Baseline(level, "baseline"),
        log_x=lens.log_x,
        log_y=lens.log_y,
        x_limits=lens.window,
        whole=lens.whole or exact,
        x_label=label,
        y_label=Y_LABELS.get(lens.metric) or short_name(lens.metric),
        x_whole=lens.x != "time",
        hint=hint,
        notes=notes_of(lens),
        gap=gap_of(own),
        readout=readout(own, series, lens),
    )


def compared_data(runs: Sequence[tuple[Track, Role]], lens: Lens) -> ChartData:
    """The validation curves of several runs, seen through a lens; their names are in the table."""
    series = [line for track, role in runs if (line := validation(track, lens, role)).x]
    return ChartData(
        series=tuple(series),
        marks=() if lens.cursor is None else (Mark(lens.cursor, "", None, "cursor"),),
        log_x=lens.log_x,
        log_y=lens.log_y,
        x_limits=lens.window,
        whole=lens.whole,
        x_label=X_LABELS[lens.x],
        y_label=Y_LABELS.get(lens.metric) or short_name(lens.metric),
        x_whole=lens.x != "time",
        hint="none of them has finished an epoch yet",
        notes=notes_of(lens),
        readout="" if lens.cursor is None else f"at {place_text(lens)}",
    )


def span_of(data: ChartData) -> Limits:
    """The first and the last x of the data."""
    ends = [(line.x[0], line.x[-1]) for line in data.series if line.x and line.fits]
    if not ends:
        return 0.0, 1.0
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    return (low, high) if high > low else (low, low + 1.0)


def stops_of(data: ChartData) -> list[float]:
    """Where the cursor can stop: at the ends of epochs; while there are very few, also at steps."""
    stops = sorted({x for line in data.series if line.role in STOPS for x in line.x})
    if len(stops) < FEW_STOPS:
        stops = sorted({*stops, *(x for line in data.series if line.role == "raw" for x in line.x)})
    return stops


def validation(track: Track, lens: Lens, role: Role) -> Series:
    """The validation curve of one of several runs, smoothed if the lens says so."""
    line = _ends(track, lens, "", role)
    return replace(line, y=smoothed(line.x, line.y, _span(line, lens)))


def _ends(track: Track, lens: Lens, label: str, role: Role) -> Series:
    return Series(label, track.ends.xs(lens.x), track.ends.values, role)


def _steps(series: Measurements, metric: str) -> list[tuple[int, float]]:
    """What was measured at steps under that name in the chart."""
    return series.get(EPOCHLY.get(metric, metric), [])


def _validated(view: RunView, metric: str) -> bool:
    """Whether it has a curve of the validation split, which the values of steps are drawn behind."""
    return metric == "loss" or metric in view.history.names("metrics")


def _with_steps(
    ends: Series, view: RunView, track: Track, steps: StepTrack, lens: Lens, role: Role
) -> Series:
    """The values of steps in place of those at the ends of epochs, from the first step that has one."""
    points = _steps(view.series, lens.metric)
    if not points or _validated(view, lens.metric):
        return ends
    before = bisect_left(track.ends.steps, points[0][0])
    steps.follow(points, track, lens.x)
    return replace(ends, x=[*ends.x[:before], *steps.x], y=[*ends.y[:before], *steps.values], role=role)


def _own(view: RunView, track: Track, by_step: StepTrack, lens: Lens) -> list[Series]:
    """Single steps in the back, the mean of each epoch over them, validation on top."""
    if not _validated(view, lens.metric):
        line = _with_steps(_ends(track, lens, lens.metric, "val"), view, track, by_step, lens, "step")
        if not lens.smooth:
            return [line]
        return [
            replace(line, label="", role="raw"),
            replace(line, y=smoothed(line.x, line.y, _span(line, lens))),
        ]
    lines = [_ends(track, lens, "validation", "val")]
    means = Series("training", track.means.xs(lens.x), track.means.values, "train")
    if points := _steps(view.series, lens.metric):
        by_step.follow(points, track, lens.x)
        steps = Series("steps", by_step.x, by_step.values, "raw")
        lines = [steps, _training(means, steps, lens), *lines]
    elif any(map(isfinite, means.y)):
        lines = [replace(means, y=smoothed(means.x, means.y, _span(means, lens))), *lines]
    return lines


def _training(means: Series, steps: Series, lens: Lens) -> Series:
    """The mean of each epoch; before the first one has ended, the running mean of its steps.

    Smoothed, it is the mean over a span of x: of steps if the span is shorter than two epochs.
    """
    if not means.x:
        if lens.smooth:
            return replace(means, x=steps.x, y=smoothed(steps.x, steps.y, _span(steps, lens)))
        return replace(means, x=steps.x, y=running_mean(steps.y))
    if not lens.smooth:
        return means
    span = max(_span(steps, lens), _span(means, lens))
    longest = (means.x[-1] - means.x[0]) / max(1, len(means.x) - 1) if len(means.x) > 1 else span
    source = steps if steps.x and span < 2 * longest else means
    return replace(means, x=source.x, y=smoothed(source.x, source.y, span))


def _span(line: Series, lens: Lens) -> float:
    """The width of the smoothing window in units of x, the same for steps and epochs."""
    return lens.smooth * (line.x[-1] - line.x[0]) if line.x else 0.0


def _discarded(view: RunView, lens: Lens, place: Placement, tracks: "Tracks") -> list[Series]:
    """Undone parts of a run: shown, but ignored by the axes, since they may have diverged.

    Not so learning rates: an undone edit of it would be out of view.
    """
    found: list[Series] = []

    def add(steps: Sequence[float], values: list[float]) -> None:
        label = "" if found or not steps else "discarded"
        found.append(Series(label, place(steps), values, "gone", fits=lens.metric in EXACT))

    validated = _validated(view, lens.metric)
    for branch, track in zip(view.undone, tracks.discarded(view, lens.metric), strict=True):
        points = _steps(branch.series, lens.metric)
        if not validated or len(branch.history) < FEW_EPOCHS:
            add([step for step, _ in points], [value for _, value in points])
        if validated or not points:
            add(track.ends.steps, track.ends.values)
        if lens.metric == "loss":
            add(track.means.steps, track.means.values)
    return [line for line in found if line.x]


def _evidence(view: RunView, place: Placement, advised: Advised) -> list[Mark]:
    """Where what the coach says begins and ends."""
    if advised is None:
        return []
    label, *epochs = advised
    ends = [view.history.at(epoch) for epoch in sorted(set(epochs))]
    there = [end for end in ends if end is not None]
    labels = [label, *[""] * len(there)]
    places = place([end.step for end in there])
    return [Mark(x, label, None, "advice") for x, label in zip(places, labels, strict=False)]


def edit_marks(view: RunView, place: Placement) -> list[Mark]:
    """A line for each edit in effect."""
    marks: list[Mark] = []
    told = (entry for entry in entries(view) if not entry.undone)
    edits = sorted((entry.event for entry in told if isinstance(entry.event, Edited)), key=lambda e: e.step)
    for edit, x in zip(edits, place([edit.step for edit in edits]), strict=True):
        marks.append(Mark(x, f"{cut(edit.name, 20)} {cut(format_value(edit.new), 12)}", None, "edit"))
    return marks


def _marks(view: RunView, lens: Lens, place: Placement) -> tuple[Mark, ...]:
    marks = edit_marks(view, place)
    best = view.best
    if best is not None and lens.metric == "loss":
        marks.append(Mark(place([best.step])[0], f"best {best.epoch}", best.val_loss))
    if lens.cursor is not None:
        marks.append(Mark(lens.cursor, "", None, "cursor"))
    return tuple(marks)
