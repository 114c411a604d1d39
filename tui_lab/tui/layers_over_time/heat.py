"""Heat maps over time as plain data: one row a layer, or a layer's histogram."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Protocol

from tui_lab.protocol.layer_events import Histogram
from tui_lab.tui.chart.curves.axes import Limits, ticks, unit
from tui_lab.tui.chart.curves.frame import ChartData
from tui_lab.tui.layers_over_time.findings import quantile
from tui_lab.tui.layers_over_time.quantities import Scale
from tui_lab.tui.layers_over_time.shades import levels
from tui_lab.tui.style.text import cut

NAME_MOST = 24
_INNER = 0.005
"""On either side, the share of values that an axis of a histogram may leave out."""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A row of the map: its label, a level for each measurement, and whether it is selected."""

    label: str
    levels: Sequence[float | None]
    chosen: bool = False


class Heat(Protocol):
    """What a map shows, for as many rows as fit."""

    scale: Scale
    fine: bool
    """Whether there may be two rows in a cell."""

    def rows(self, most: int) -> list[HeatRow]:
        """At most `most` rows, from the top."""
        ...

    def ends(self) -> tuple[str, str]:
        """What the lowest and the highest level mean."""
        ...


@dataclass(frozen=True, slots=True)
class HeatData:
    """A map under the x axis and the marks of `chart`, within `limits`; `xs`: where the measurements are."""

    chart: ChartData
    heat: Heat
    xs: Sequence[float]
    limits: Limits

    def places(self, columns: int) -> list[int]:
        """For each column the latest measurement at its right edge or before; -1 where there is none yet."""
        low, high = self.limits
        edges = (
            low * (high / low) ** (k / columns) if self.chart.log_x else low + (high - low) * k / columns
            for k in range(1, columns + 1)
        )
        slack = 1e-9 * (abs(high) + abs(low))
        return [bisect_right(self.xs, edge + slack) - 1 for edge in edges]

    def column(self, x: float, columns: int) -> int:
        """The column of a place on the x axis; -1 outside."""
        if not self.limits[0] <= x <= self.limits[1]:
            return -1
        return min(columns - 1, int(unit(x, self.limits, self.chart.log_x) * columns))


class LayerHeat:
    """Layer by step: the rows are layers, thick if there is room; of many, those around the selected one."""

    fine = False

    def __init__(self, figures: dict[str, list[float]], scale: Scale, chosen: str) -> None:
        self.scale = scale
        self._names, self._chosen = list(figures), chosen
        self._levels, self._low, self._high = levels(list(figures.values()), scale)

    def ends(self) -> tuple[str, str]:
        return self._low, self._high

    def rows(self, most: int) -> list[HeatRow]:
        names = self._names
        if not names or most < 1:
            return []
        thick = max(1, min(4, most // len(names)))
        count = min(len(names), most // thick)
        at = names.index(self._chosen) if self._chosen in names else 0
        first = max(0, min(at - count // 2, len(names) - count))
        found: list[HeatRow] = []
        for name, row in list(zip(names, self._levels, strict=True))[first : first + count]:
            label, chosen = cut(name, NAME_MOST), name == self._chosen
            found += [HeatRow(label if k == 0 else "", row, chosen) for k in range(thick)]
        return found


class HistogramHeat:
    """A histogram at each step, the largest values at the top; the fullest bin of a step is brightest."""

    scale: Scale = "size"
    fine = True

    def __init__(self, histograms: Sequence[Histogram | None], whole: bool) -> None:
        """`whole`: also the outermost values are on the axis."""
        self._histograms = histograms
        self._limits = _value_limits(histograms, whole)

    def ends(self) -> tuple[str, str]:
        return "none", "most"

    def rows(self, most: int) -> list[HeatRow]:
        if self._limits is None or most < 1:
            return []
        low, high = self._limits
        size = (high - low) / most
        columns = [None if one is None else _densities(one, low, size, most) for one in self._histograms]
        labels = {
            min(most - 1, max(0, int((high - tick.value) / size))): tick.label
            for tick in ticks(self._limits, max(2, most // 6))
        }
        return [
            HeatRow(
                labels.get(row, ""),
                [None if column is None else column[most - 1 - row] for column in columns],
            )
            for row in range(most)
        ]


def _value_limits(histograms: Sequence[Histogram | None], whole: bool) -> Limits | None:
    found = [one for one in histograms if one is not None and isfinite(one.low) and any(one.counts)]
    if not found:
        return None
    low = min(one.low if whole else quantile(one, _INNER) for one in found)
    high = max(one.high if whole else quantile(one, 1 - _INNER) for one in found)
    pad = 0.0 if high > low else abs(low) / 10 or 1.0
    return low - pad, high + pad


def _densities(histogram: Histogram, low: float, size: float, count: int) -> list[float | None]:
    """For each of `count` intervals of the axis, from the lowest, how full it is beside the fullest."""
    if not isfinite(histogram.low) or not any(histogram.counts):
        return [None] * count
    bins = len(histogram.counts)
    width = (histogram.high - histogram.low) / bins
    if width <= 0:
        place = int((histogram.low - low) / size)
        return [1.0 if k == min(max(place, 0), count - 1) else 0.0 for k in range(count)]
    found = [0.0] * count
    for k in range(count):
        begin = (low + k * size - histogram.low) / width
        end = begin + size / width
        first, last = max(0, int(begin)), min(bins - 1, int(end))
        for place in range(first, last + 1):
            part = min(end, place + 1) - max(begin, place)
            if part > 0:
                found[k] += histogram.counts[place] * part
    most = max(found) or 1.0
    return [value / most for value in found]
