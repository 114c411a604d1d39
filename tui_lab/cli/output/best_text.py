"""What `tui-lab best` says of a sweep."""

from dataclasses import asdict

from tui_lab.cli.output.sweeps_text import with_deviation
from tui_lab.cli.output.text_table import Column, number, table
from tui_lab.data.messages import counted
from tui_lab.experiment.metrics import main_metric, short_name
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.runs.files.strict_json import Json, strict
from tui_lab.sweep.columns import FOLD, SEED, setting_of
from tui_lab.sweep.edges import edge_warnings
from tui_lab.sweep.groups import Combined, Group, grouped, ranked_combinations, spread_over_seeds
from tui_lab.sweep.importance import importances, seed_share, sentence


def best_text(view: SweepView, count: int) -> str:
    """The best trials, or combinations where each has several, as a text for `put`."""
    assert view.sweep is not None
    if view.sweep.repeats > 1:
        return _combinations_text(view, count)
    ranked = view.ranked()[:count]
    test = _test_metric(view)
    columns = [
        Column("TRIAL", right=True),
        *_axis_columns(view),
        Column(_heading(view), right=True),
        Column("EPOCH", right=True, spare=2),
        *([Column(f"TEST {short_name(test).upper()}", right=True)] if test else []),
        Column("STATUS", spare=3),
        Column("RUN", spare=4),
    ]
    rows = [
        [
            str(trial.number),
            *_settings(view, trial),
            number(trial.best),
            str(trial.best_epoch),
            *([number(trial.test.get(test))] if test else []),
            trial.status.replace("_", " "),
            trial.run_id,
        ]
        for trial in ranked
    ]
    return table(columns, rows)


def groups_text(view: SweepView, axis: Axis) -> str:
    """The trials by the values of an axis, as a text for `put`."""
    columns = [
        Column(axis.name.upper()),
        Column("TRIALS", right=True),
        Column("BEST", right=True),
        Column("MEAN", right=True),
        Column("BEST TRIAL", right=True, spare=1),
    ]
    rows = [
        [
            group.label,
            str(len(group.trials)),
            number(group.best.best if group.best else None),
            with_deviation(group.spread),
            str(group.best.number) if group.best else "-",
        ]
        for group in grouped(view, axis)
    ]
    return table(columns, rows)


def findings(view: SweepView) -> list[str]:
    """What is to be read from the sweep as a whole: one sentence for each finding."""
    assert view.sweep is not None
    found: list[str] = []
    if (share := seed_share(view)) is not None:
        usual = spread_over_seeds(view)
        spread = f", and a deviation of {usual:.2g} within a combination" if usual else ""
        found.append(f"seeds and folds explain {share:.0%} of the order of the trials{spread}")
    ranked = importances(view)
    if ranked and view.sweep.axes:
        certain = [each for each in ranked if each.certain]
        listed = ", ".join(f"{each.axis} {each.share:.0%}" for each in certain)
        found.append(f"importance: {listed}" if len(certain) > 1 else sentence(ranked))
    if halved := sum(trial.status == "given_up" for trial in view.trials):
        epochs = "their best epoch so far counts"
        found.append(f"{counted(halved, 'trial was', 'trials were')} given up early; {epochs}")
    return [*found, *(warning.sentence for warning in edge_warnings(view))]


def on_from(sweep_id: str, view: SweepView) -> list[str]:
    """How to go on with the best trial, in lines."""
    best = view.best()
    if best is None:
        return []
    trial = f"{sweep_id}/{best.number}"
    return [
        f"the best trial is an ordinary run, {trial}:",
        *(f"  tui-lab {command} {trial}" for command in ("attach", "evaluate", "export")),
        f"  tui-lab fork {trial} {epochs_to_fork(view, best)}",
        "all trials as a table:",
        f"  tui-lab export {sweep_id} --to csv -o FILE",
    ]


def epochs_to_fork(view: SweepView, trial: TrialView) -> str:
    """How long a fork of a trial trains: as long again."""
    assert view.sweep is not None
    return f"--epochs {trial.epoch + view.sweep.experiment.hyperparameters.epochs}"


def best_json(sweep_id: str, view: SweepView, count: int) -> dict[str, Json]:
    """The best combinations with their trials, and what is to be read from the sweep, for `--json`."""
    assert view.sweep is not None
    share = seed_share(view)
    found: dict[str, object] = {
        "sweep": sweep_id,
        "status": view.status,
        "metric": view.sweep.metric,
        "lower_is_better": view.lower_is_better,
        "trials": view.sweep.trials,
        "over": sum(trial.over for trial in view.trials),
        "best": [_combination_json(each) for each in ranked_combinations(view)[:count]],
        "importance": [asdict(each) for each in importances(view)],
        "seed_share": share,
        "edges": [
            {"axis": each.axis.name, "end": each.end, "wider": each.wider.text(), "message": each.sentence}
            for each in edge_warnings(view)
        ],
    }
    return {name: strict(value, []) for name, value in found.items()}


def groups_json(view: SweepView, axis: Axis) -> Json:
    """The trials by the values of an axis, for `--json`."""
    return [_group_json(group) for group in grouped(view, axis)]


def _combinations_text(view: SweepView, count: int) -> str:
    ranked = ranked_combinations(view)[:count]
    test = _test_metric(view)
    halved, without = any(each.given_up for each in ranked), any(each.failed for each in ranked)
    columns = [
        *_axis_columns(view),
        Column(f"MEAN {_heading(view)}", right=True),
        Column("OF", right=True),
        *([Column("GIVEN UP", right=True, spare=3)] if halved else []),
        *([Column("DIVERGED", right=True, spare=2)] if without else []),
        *([Column(f"TEST {short_name(test).upper()}", right=True)] if test else []),
        Column("BEST TRIAL", right=True, spare=1),
    ]
    rows = [
        [
            *_settings(view, each.trials[0]),
            with_deviation(each.spread),
            f"{each.spread.count if each.spread else 0}/{len(each.trials)}",
            *([str(each.given_up)] if halved else []),
            *([str(each.failed)] if without else []),
            *([with_deviation(each.test_spread(test))] if test else []),
            str(min(each.trials, key=lambda trial: (view.cost(trial.best), trial.number)).number),
        ]
        for each in ranked
    ]
    return table(columns, rows)


def _axis_columns(view: SweepView) -> list[Column]:
    assert view.sweep is not None
    return [Column(axis.name.upper(), right=axis.numeric) for axis in view.sweep.axes]


def _settings(view: SweepView, trial: TrialView) -> list[str]:
    assert view.sweep is not None
    return [setting_of(trial, axis.name) or "-" for axis in view.sweep.axes]


def _heading(view: SweepView) -> str:
    assert view.sweep is not None
    return view.sweep.metric.replace("_", " ").upper()


def _test_metric(view: SweepView) -> str | None:
    """The metric of the test split that is shown: the task's main one."""
    names = dict.fromkeys(name for trial in view.trials for name in trial.test)
    return main_metric(names)


def _combination_json(each: Combined) -> dict[str, object]:
    return {
        "values": each.values,
        "spread": None if each.spread is None else asdict(each.spread),
        "given_up": each.given_up,
        "without_value": each.without,
        "trials": [_trial_json(trial) for trial in each.trials],
    }


def _trial_json(trial: TrialView) -> dict[str, object]:
    return {
        "trial": trial.number,
        SEED: trial.seed,
        FOLD: trial.fold,
        "status": trial.status,
        "epochs": trial.epoch,
        "best": trial.best,
        "best_epoch": trial.best_epoch,
        "metrics": trial.metrics,
        "test": trial.test,
        "seconds": trial.seconds,
        "run": trial.run_id,
    }


def _group_json(group: Group) -> Json:
    found = {
        "label": group.label,
        "trials": len(group.trials),
        "best": group.best.best if group.best else None,
        "best_trial": group.best.number if group.best else None,
        "spread": None if group.spread is None else asdict(group.spread),
    }
    return strict(found, [])
