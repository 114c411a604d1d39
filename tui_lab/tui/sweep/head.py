"""The lines above all views: how far the sweep is, what is best, and what to know about it."""

from bisect import bisect_right
from itertools import accumulate

from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.tui.state.sweeps import FollowedSweep
from tui_lab.tui.style.format import duration
from tui_lab.tui.style.marks import MARKS
from tui_lab.tui.style.text import Line, Span, apart, clip, line, wrap
from tui_lab.tui.sweep.edge import Edge
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.texts import metric_text, spread_text, test_text, values_text
from tui_lab.tui.widgets.lines import Lines

ENOUGH = 3
"""From so many ended trials on, the time that is left can be estimated."""
ROOMY = 100
_EARLY = ("given_up", "dropped", "diverged", "failed")


class Head(Lines):
    """Three lines; in a tall screen a fourth."""

    def __init__(self, feed: FollowedSweep, shown: SweepShown, edge: Edge) -> None:
        super().__init__(id="sweep-head")
        self._feed, self._trials, self._edge = feed, shown, edge
        self.tall = False

    def lines(self, width: int) -> list[Line]:
        found = [_progress(self._feed, self._trials, width), _best(self._trials, width)]
        told = self._edge.words
        how = self._feed.view.how
        third = [clip(((f"⚠ {told}", "warn"),), width)] if told else []
        if how and (self.tall or not third):
            third.append(clip(line(("trained: ", "faint"), (how, "dim")), width))
        if self._feed.problem:
            third = wrap(self._feed.problem, width, "bad", first="⚠ ")[:2]
        return [*found, *third]


def _progress(feed: FollowedSweep, shown: SweepShown, width: int) -> Line:
    """`● running  640 of 1,000 done · 64 running (512 given up)     2:10 min, about 1:00 min left`"""
    view = feed.view
    state = view.status if feed.alive or view.status not in ("running", "paused") else "interrupted"
    mark, style = MARKS[state]
    if view.sweep is None:
        return line((f"{mark} {state}", style), ("  nothing has been recorded yet", "dim"))
    counts = dict.fromkeys((*_EARLY, "running", "waiting", "stopped"), 0)
    for trial in view.trials:
        counts[trial.status] = counts.get(trial.status, 0) + 1
    counts["waiting"] += max(0, view.sweep.trials - len(view.trials))
    early = ", ".join(f"{counts[name]:,} {name.replace('_', ' ')}" for name in _EARLY if counts[name])
    spans: list[Span] = [
        (f"{mark} {state}", style),
        (f"  {shown.over:,} of {max(view.sweep.trials, len(view.trials)):,} done", ""),
    ]
    spans += [
        (f" · {counts[name]:,} {name}", "") for name in ("running", "waiting", "stopped") if counts[name]
    ]
    spans.append((f" ({early})" if early else "", "dim"))
    about = "about " if width >= ROOMY else ""
    left = seconds_left(view) if state == "running" else None
    right = duration(view.seconds) + (f", {about}{duration(max(1, left))} left" if left is not None else "")
    return apart(line(*spans), line((right, "dim")), width)


def _best(shown: SweepShown, width: int) -> Line:
    """The best so far: of combinations that are trained several times the one with the best mean."""
    group, best, metric = shown.best_group, shown.leader, shown.metric
    if best is None:
        return line(("best  ", "head"), ("no trial has a value yet", "dim"))
    if group is not None and shown.view.sweep is not None:
        count, all_of_it = group.spread.count if group.spread else 0, shown.view.sweep.repeats
        values = values_text(group.values) or "all trials have the same values"
        of = f"{count}" if count == all_of_it else f"{count} of {all_of_it}"
        noun = "folds and seeds" if shown.view.sweep.folds else "seeds"
        return clip(
            line(
                ("best  ", "head"), (f"{metric} {spread_text(group.spread)}", "best"),
                (f" over {of} {noun}  ", "dim"), (values, ""),
            ),
            width,
        )  # fmt: skip
    tested = f", test {test_text(best)}" if test_text(best) else ""
    return clip(
        line(
            ("best  ", "head"), (f"{metric} {metric_text(metric, best.best)}", "best"),
            (f"  #{best.number}{tested}  ", "dim"), (values_text(best.values), ""),
        ),
        width,
    )  # fmt: skip


def seconds_left(view: SweepView) -> float | None:
    """How long the rest takes if its trials train as many epochs as those that have ended: one at epoch 30
    as many as those did that got beyond 30.

    None while too few have ended to tell.
    """
    sweep, trained = view.sweep, sum(trial.epoch for trial in view.trials)
    ended = sorted(trial.epoch for trial in view.trials if trial.over)
    if sweep is None or len(ended) < ENOUGH or not trained or view.seconds <= 0:
        return None
    beyond = [0, *accumulate(reversed(ended))]
    """The sum of the largest k of them."""
    going = [trial.epoch for trial in view.trials if not trial.over]
    going += [0] * max(0, sweep.trials - len(view.trials))
    epochs = 0.0
    for epoch in going:
        more = len(ended) - bisect_right(ended, epoch)
        last = beyond[more] / more if more else sweep.experiment.hyperparameters.epochs
        epochs += max(0.0, last - epoch)
    left = epochs * view.seconds / trained
    if sweep.budget_s is not None:
        left = min(left, max(0.0, sweep.budget_s - view.seconds))
    return left
