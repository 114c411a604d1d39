"""The learning-rate finder in words, and its data for the chart."""

from math import isfinite
from statistics import median

from tui_lab.experiment.catalogue import format_value
from tui_lab.protocol.lr_finder import RatesTried
from tui_lab.tui.chart.curves.frame import Baseline, ChartData, Mark
from tui_lab.tui.chart.curves.series import Series
from tui_lab.tui.inspect.screen import AnswerText
from tui_lab.tui.style.format import number
from tui_lab.tui.style.text import Line, wrap

CEILING = 1.3
"""Losses above this many times the one before are left out of the chart."""


class RatesText(AnswerText[RatesTried]):
    """What was tried, what is suggested, and what that means."""

    def __init__(self, lr: float) -> None:
        super().__init__(id="rates-text")
        self._lr = lr

    def lines(self, width: int) -> list[Line]:
        found = self.found
        told = wrap(self.words, width, "accent") if self.words else []
        if found is None:
            return told
        where = f"the weights after step {found.step:,}" if found.step else "new weights"
        what = (
            f"{len(found.losses[0])} runs of {found.steps} steps at each rate, from {where}, on a copy; "
            f"the loss of training rows was {number(found.start)} before"
        )
        return [*wrap(_advice(found, self._lr), width), *wrap(what, width, "dim"), *told]


def _advice(found: RatesTried, lr: float) -> str:
    suggested, lost = found.suggestion(), found.too_high_from()
    too_high = (
        f" From {format_value(float(f'{lost:.1e}'))} on, all runs end with a higher loss."
        if isfinite(lost)
        else ""
    )
    if suggested is None:
        return (
            "No rate lowers the loss by more than runs of one rate differ: the weights may be as good as can "
            "be, or the runs are too short to tell." + too_high
        )
    good = f"{format_value(suggested.low)} to {format_value(suggested.high)}"
    if suggested.low == suggested.high:
        good = format_value(suggested.low)
    place = "within" if suggested.low <= lr <= suggested.high else "below" if lr < suggested.low else "above"
    now = f"lr is {format_value(lr)}, {place} that."
    return f"Good: {good}. Suggested: {format_value(suggested.rate)}; {now}{too_high}"


def rates_chart(found: RatesTried | None, lr: float, *, log_y: bool) -> ChartData:
    """The loss by rate: the middle run, and the lowest and the highest."""
    if found is None:
        return ChartData(hint="")
    most = CEILING * found.start
    shown = [
        (rate, runs) for rate, runs in zip(found.rates, found.losses, strict=True) if median(runs) <= most
    ]
    rates = [rate for rate, _ in shown]
    marks = [Mark(lr, "lr", role="edit")]
    if (suggested := found.suggestion()) is not None:
        marks.append(Mark(suggested.rate, "suggested", role="best"))
    return ChartData(
        series=(
            Series("lowest and highest", rates, [min(runs) for _, runs in shown], "raw", fits=False),
            Series("", rates, [min(max(runs), most) for _, runs in shown], "raw", fits=False),
            Series(f"loss after {found.steps} steps", rates, [median(runs) for _, runs in shown], "val"),
        ),
        marks=tuple(marks),
        baseline=Baseline(found.start, "before"),
        log_x=True,
        log_y=log_y,
        x_limits=(found.rates[0], found.rates[-1] * 1.2),
        notes=(f"above {number(most)} not drawn",) if len(rates) < len(found.rates) else (),
        whole=True,
        x_label="lr",
        x_whole=False,
    )
