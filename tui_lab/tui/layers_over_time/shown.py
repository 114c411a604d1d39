"""What the screen shows: of which run, which quantity, which layer; and the pictures of it."""

from bisect import bisect_right
from dataclasses import dataclass, field
from math import isfinite

from tui_lab.protocol.layer_events import LayerMeasured, LayersMeasured
from tui_lab.protocol.view import RunView
from tui_lab.tui.chart.curves.axes import Limits, fit_x
from tui_lab.tui.chart.curves.frame import ChartData, Mark
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.chart.curves.series import RUNS, Role, Series
from tui_lab.tui.chart.readout import X_LABELS, notes_of, place_text
from tui_lab.tui.chart.run_series import Tracks, edit_marks
from tui_lab.tui.layers_over_time.findings import Finding, finding
from tui_lab.tui.layers_over_time.heat import Heat, HeatData, HistogramHeat, LayerHeat
from tui_lab.tui.layers_over_time.quantities import (
    HEALTHY,
    QUANTITIES,
    Distribution,
    Figure,
    Quantity,
    histograms,
    layer_names,
    values,
)

NOTHING = (
    "Nothing was measured of the layers of this run: it is too young, was trained with --no-diagnostics or "
    "TUI_LAB_DIAGNOSTICS=0, or by an earlier version."
)


@dataclass(slots=True)
class LayersShown:
    """The state of the screen.

    What follows from the rest is updated by `follow`: `xs`, the places of the measurements on the x axis;
    `rows`, the figure of each layer that has it; `names`, the layers that have the quantity, or all if none
    has; `roles`, the colours of their lines: of many, some have one, among them the selected layer.
    """

    view: RunView | None = None
    quantity: Quantity = QUANTITIES[0]
    layer: str = ""
    heat: bool = False
    turned: set[str] = field(default_factory=set)
    """The quantities whose y axis is not on its usual scale."""
    xs: list[float] = field(default_factory=list)
    rows: dict[str, list[float]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    roles: dict[str, Role] = field(default_factory=dict)
    _tracks: Tracks = field(default_factory=Tracks)

    @property
    def measured(self) -> list[LayersMeasured]:
        return self.view.layers if self.view is not None else []

    @property
    def as_lines(self) -> bool:
        """Whether lines are shown, not a map."""
        return isinstance(self.quantity, Figure) and not self.heat

    def follow(self, view: RunView | None, lens: Lens) -> None:
        """Take over what has happened, and what was chosen."""
        self.view = view
        self._tracks.begin()
        if view is not None:
            place = self._tracks.own.follow(view, "loss").places(lens.x)
            self.xs = place([event.step for event in view.layers])
        quantity, names = self.quantity, layer_names(self.measured)
        self.rows = values(self.measured, quantity) if isinstance(quantity, Figure) else {}
        having = set(self.rows)
        if isinstance(quantity, Distribution) and names:
            having = {layer.layer for layer in self.measured[-1].layers if quantity.value(layer)}
        self.names = [name for name in names if name in having] or names
        if self.layer not in self.names:
            self.layer = self.names[0] if names else ""
        self.roles = self._roles()

    def place_at(self, lens: Lens) -> int:
        """The number of the measurement at the cursor, else of the latest."""
        last = len(self.measured) - 1
        if lens.cursor is None:
            return last
        return max(0, min(last, bisect_right(self.xs, lens.cursor) - 1))

    def chosen(self, lens: Lens) -> LayerMeasured | None:
        """The selected layer there; None if it was not measured."""
        layers = self.measured[self.place_at(lens)].layers if self.measured else ()
        return next((layer for layer in layers if layer.layer == self.layer), None)

    def finding(self, lens: Lens) -> Finding | None:
        """What the figures there say."""
        if not self.measured:
            return None
        return finding(self.measured, self.place_at(lens), self.quantity, self.layer)

    def choose(self, direction: int) -> None:
        """Select the next or previous layer."""
        names = self.names
        if self.layer in names:
            self.layer = names[max(0, min(len(names) - 1, names.index(self.layer) + direction))]

    def turn(self, direction: int) -> None:
        """Go to the next or previous quantity."""
        place = QUANTITIES.index(self.quantity) + direction
        self.quantity = QUANTITIES[place % len(QUANTITIES)]

    def _roles(self) -> dict[str, Role]:
        names = self.names
        if len(names) > len(RUNS):
            last, at = len(names) - 1, names.index(self.layer)
            kept = {k * last // (len(RUNS) - 1) for k in range(len(RUNS))}
            if at not in kept:
                kept = kept - {min(kept - {0, last}, key=lambda place: abs(place - at))} | {at}
            names = [names[place] for place in sorted(kept)]
        return dict(zip(names, RUNS, strict=False))

    # Pictures

    def chart(self, lens: Lens) -> ChartData:
        """The lines of the quantity, or, for a map, where the cursor can stop."""
        quantity, hint = self.quantity, NOTHING
        series: tuple[Series, ...] = (Series("", self.xs, [0.0] * len(self.xs), "run1"),)
        log_y = isinstance(quantity, Figure) and quantity.log != (quantity.name in self.turned)
        if isinstance(quantity, Figure):
            series = self._lines(quantity)
            hint = hint if not self.measured else f"no layer of this network has this figure: {quantity.name}"
        return ChartData(
            series=tuple(line for line in series if len(line.x)),
            marks=self._marks(lens),
            log_x=lens.log_x,
            log_y=log_y,
            x_limits=lens.window,
            y_limits=(0.0, 1.0) if quantity.scale == "share" and not log_y else None,
            whole=True,
            x_label=X_LABELS[lens.x],
            y_label=quantity.short if isinstance(quantity, Figure) else quantity.name,
            x_whole=lens.x != "time",
            hint=hint,
            notes=tuple(note for note in notes_of(lens) if "log y" not in note and "whole" not in note),
            readout="" if lens.cursor is None else f"at {place_text(lens)}",
        )

    def _lines(self, figure: Figure) -> tuple[Series, ...]:
        found = self.rows
        lines = [Series("", self.xs, row, self.roles.get(name, "raw")) for name, row in found.items()]
        lines.sort(key=lambda line: line.role != "raw")  # those, drawn as bands, take hardly any time
        if self.layer in found:  # on top
            lines = [line for line in lines if line.y is not found[self.layer]]
            lines.append(Series("", self.xs, found[self.layer], self.roles[self.layer]))
        if figure.scale == "band" and found:
            ends = [self.xs[0], self.xs[-1]]
            healthy = f"healthy: {HEALTHY[0]:g} to {HEALTHY[1]:g}"
            lines = [
                *(Series(healthy if k else "", ends, [edge, edge], "gone") for k, edge in enumerate(HEALTHY)),
                *lines,
            ]
        return tuple(lines)

    def map(self, lens: Lens, chart: ChartData) -> HeatData:
        """The heat map of the quantity, or the histograms of the selected layer, marked as `chart` is."""
        quantity = self.quantity
        heat: Heat
        if isinstance(quantity, Distribution):
            heat = HistogramHeat(histograms(self.measured, quantity, self.layer), lens.whole)
        else:
            heat = LayerHeat(self.rows, quantity.scale, self.layer)
        return HeatData(chart, heat, self.xs, self._limits(lens))

    def _limits(self, lens: Lens) -> Limits:
        xs = [x for x in self.xs if x > 0] if lens.log_x else self.xs
        whole = fit_x(xs[0], xs[-1], log=lens.log_x) if xs else (1.0, 2.0)
        return lens.window if lens.window and all(map(isfinite, lens.window)) else whole

    def _marks(self, lens: Lens) -> tuple[Mark, ...]:
        view = self.view
        if view is None:
            return ()
        place = self._tracks.own.places(lens.x)
        marks = edit_marks(view, place)
        if view.best is not None:
            marks.append(Mark(place([view.best.step])[0], f"best {view.best.epoch}"))
        if lens.cursor is not None:
            marks.append(Mark(lens.cursor, "", None, "cursor"))
        return tuple(marks)
