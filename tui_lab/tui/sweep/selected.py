"""The lines below all views: the latest message, or the selected trial."""

from math import isfinite

from tui_lab.protocol.sweeps.view import TrialView
from tui_lab.tui.style.text import Line, Span, clip, line
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.texts import MARKS, metric_text, status_text, test_text, value_text, values_text
from tui_lab.tui.widgets.lines import NoticeLines


class SelectedLines(NoticeLines):
    """Two lines, so that the view above does not move."""

    def __init__(self, shown: SweepShown) -> None:
        super().__init__(id="sweep-selected")
        self._trials = shown

    def lines(self, width: int) -> list[Line]:
        found = [*self.notice_lines(width)[:2], *selected_lines(self._trials, width)][:2]
        return [*found, (), ()][:2]


def selected_lines(shown: SweepShown, width: int) -> list[Line]:
    """The selected trial: state, value and rank; and the values of its axes."""
    trial = shown.chosen
    if trial is None:
        return []
    mark, style = MARKS[trial.status]
    rank = f", {shown.rank:,} of {len(shown.ranked):,}" if shown.rank is not None else ""
    value = f"{shown.metric} {metric_text(shown.metric, trial.best)}" if isfinite(trial.best) else "no value"
    tested = f" · test {test_text(trial)}" if test_text(trial) else ""
    where = f"  on {trial.worker}" if ":" in trial.worker else ""  # a machine, in a sweep on several
    head = line(
        (f"#{trial.number} ", "bold"), (f"{mark} {status_text(trial)}", style),
        (f"  epoch {trial.epoch} · {value}{rank}{tested}", "dim"),
        (where, "dim"), (f"  {trial.message}" if trial.message else "", "dim"),
    )  # fmt: skip
    return [clip(head, width), clip(line(*_values(shown, trial)), width)]


def _values(shown: SweepShown, trial: TrialView) -> list[Span]:
    """Seed and values; those that the best trial does not have come first, beside its own."""
    best = shown.best
    other = best.values if best is not None else {}
    differs = [name for name, value in trial.values.items() if name in other and other[name] != value]
    same = {name: value for name, value in trial.values.items() if name not in differs}
    fold = f", fold {trial.fold}" if trial.fold is not None else ""
    spans: list[Span] = [(f"seed {trial.seed}{fold}  ", "dim")]
    for name in differs:
        comma = "" if name == differs[-1] and not same else ", "
        spans.append((f"{name} {value_text(trial.values[name])}", ""))
        spans.append((f" (best {value_text(other[name])}){comma}", "dim"))
    return [*spans, (values_text(same), "")]
