"""The columns of the table of trials: texts, and what to sort by."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.metrics import lower_is_better, short_name
from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.runs.index.differences import title_of
from tui_lab.tui.style.format import score as score_text
from tui_lab.tui.sweep.groups import TrialGroup
from tui_lab.tui.sweep.texts import mean_of, metric_text, spread_text, status_text, test_score, value_text

Sortable = float | str | None
_STATES = ("running", "waiting", "finished", "stopped", "given_up", "dropped", "diverged", "failed")


@dataclass(frozen=True, slots=True)
class TrialColumn:
    """`text`, `key`: of a trial; None as a key comes last. `of_group`, `group_key`: the same of a group; by
    default the text if all its trials have the same one, and the key of its best trial.
    """

    name: str
    title: str
    text: Callable[[TrialView], str]
    key: Callable[[TrialView], Sortable]
    setting: bool = False
    of_group: Callable[[TrialGroup], str] | None = None
    group_key: Callable[[TrialGroup], Sortable] | None = None

    def group_text(self, group: TrialGroup) -> str:
        """What is the same in all its trials, or from the lowest to the highest number."""
        if self.of_group is not None:
            return self.of_group(group)
        texts = {self.text(trial) for trial in group.trials}
        if len(texts) == 1:
            return texts.pop()
        ends = sorted(group.trials, key=lambda trial: sort_key(self.key(trial)))
        if all(isinstance(self.key(trial), int | float) for trial in (ends[0], ends[-1])):
            low, high = sorted((ends[0], ends[-1]), key=lambda trial: abs(sort_key(self.key(trial))[1]))
            return f"{self.text(low)}–{self.text(high)}"
        return f"{len(texts)} values"

    def group_sort(self, group: TrialGroup) -> Sortable:
        return self.group_key(group) if self.group_key is not None else self.key(group.first)


def columns_of(view: SweepView, trials: list[TrialView], group_by: str = "") -> list[TrialColumn]:
    """Number, state, scores, then the axes in which these trials differ, seed and fold."""
    metric = view.sweep.metric if view.sweep is not None else "val_loss"

    def cost(value: float) -> Sortable:
        return view.cost(value) if isfinite(value) else None

    found = [
        TrialColumn(
            "trial", title_of(group_by).upper() if group_by else "TRIAL",
            lambda trial: f"#{trial.number}", lambda trial: trial.number,
            of_group=lambda group: f"{group.label} ×{len(group.trials)}",
        ),
        TrialColumn(
            "status", "STATUS", status_text, lambda trial: _STATES.index(trial.status), of_group=_states,
        ),
        TrialColumn(
            "best", short_name(metric).upper(), lambda trial: metric_text(metric, trial.best),
            lambda trial: cost(trial.best), of_group=lambda group: spread_text(group.spread),
            group_key=lambda group: cost(mean_of(group.spread)),
        ),
    ]  # fmt: skip
    tested = next((known[0] for trial in trials if (known := test_score(trial)) is not None), None)
    if tested is not None:
        found.append(_test_column(tested))
    found.append(TrialColumn("epoch", "EPOCH", lambda trial: str(trial.epoch), lambda trial: -trial.epoch))
    found += [_axis_column(name) for name in _differing(view, trials)]
    if len({trial.seed for trial in trials}) > 1:
        found.append(TrialColumn("seed", "SEED", lambda trial: str(trial.seed), lambda trial: trial.seed))
    if len({trial.fold for trial in trials}) > 1:
        found.append(
            TrialColumn(
                "fold", "FOLD", lambda trial: "–" if trial.fold is None else str(trial.fold),
                lambda trial: trial.fold,
            )
        )  # fmt: skip
    return found


def in_common(view: SweepView, trials: list[TrialView]) -> dict[str, Value]:
    """The axes of which all of these trials have the same value, with it."""
    same = set(_axes(view)) - set(_differing(view, trials))
    return {name: trials[0].values[name] for name in _axes(view) if name in same} if trials else {}


def _axes(view: SweepView) -> list[str]:
    return [] if view.sweep is None else [axis.name for axis in view.sweep.axes]


def _differing(view: SweepView, trials: list[TrialView]) -> list[str]:
    if len(trials) < 2:
        return _axes(view)
    return [name for name in _axes(view) if len({trial.values.get(name) for trial in trials}) > 1]


def _axis_column(name: str) -> TrialColumn:
    def key(trial: TrialView) -> Sortable:
        return trial.values.get(name)

    def text(trial: TrialView) -> str:
        return value_text(trial.values[name]) if name in trial.values else "–"

    return TrialColumn(name, title_of(name).upper(), text, key, setting=True)


def _test_column(name: str) -> TrialColumn:
    sign = 1 if lower_is_better(name) else -1

    def key(trial: TrialView) -> Sortable:
        found = trial.test.get(name)
        return sign * found if found is not None and isfinite(found) else None

    return TrialColumn(
        "test", f"TEST {short_name(name).upper()}", lambda trial: score_text(name, trial.test.get(name)), key,
        of_group=lambda group: spread_text(group.test),
        group_key=lambda group: sign * group.test.mean if group.test is not None else None,
    )  # fmt: skip


def _states(group: TrialGroup) -> str:
    over = sum(trial.over for trial in group.trials)
    return "done" if over == len(group.trials) else f"{over} done"


def sort_key(value: Sortable) -> tuple[int, float, str]:
    """Numbers before texts."""
    if isinstance(value, str):
        return 1, 0.0, value
    return 0, float(value or 0.0), ""
