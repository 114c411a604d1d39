"""From command-line arguments to a sweep."""

from argparse import Namespace
from collections.abc import Sequence
from math import prod
from pathlib import Path

from pydantic import ValidationError

from tui_lab.cli.arguments.experiment_args import asked_experiment, run_name
from tui_lab.errors import InputError, Problems
from tui_lab.experiment.base import explain
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.metrics import METRICS, metrics_of
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.sweeps.axis import Axis, parse_axis
from tui_lab.experiment.sweeps.budget import parse_budget
from tui_lab.experiment.sweeps.choices import SamplerName
from tui_lab.experiment.sweeps.sweep import MOST_TRIALS, VAL_LOSS, Sweep
from tui_lab.runs.sweeps.names import check_free
from tui_lab.safe import safe
from tui_lab.sweep.defaults import default_trials, default_warm_up


def asked_sweep(args: Namespace, root: Path) -> Sweep:
    """The sweep that is asked for. Raises InputError with everything that is wrong."""
    problems = Problems()
    experiment: Experiment | None = None
    name, count, seeds, folds, warm_up, budget = "", None, 1, 0, None, None
    axes: list[Axis] = []
    with problems.caught():
        experiment = asked_experiment(args)
    with problems.caught():
        name = run_name(args)
        if args.study is None:
            check_free(root, name, "--name: ")
    with problems.caught():
        count = whole_number(args.trials, "--trials", MOST_TRIALS)
    with problems.caught():
        seeds = whole_number(args.seeds, "--seeds", 1000) or 1
    with problems.caught():
        folds = whole_number(args.folds, "--folds", 50, least=2) or 0
    with problems.caught():
        warm_up = whole_number(args.warm_up, "--warm-up", 10_000_000)
    with problems.caught("--"):
        budget = None if args.budget is None else parse_budget(args.budget)
    if experiment is not None:
        with problems.caught():
            _check_metric(args.metric, experiment)
        for text in args.over:
            with problems.caught("--over: "):
                axes.append(parse_axis(text, experiment))
    if warm_up is not None and args.stop == "none":
        problems.append("--warm-up: only with --stop asha or --stop median")
    elif warm_up is not None and experiment is not None and warm_up >= experiment.hyperparameters.epochs:
        epochs = experiment.hyperparameters.epochs
        problems.append(f"--warm-up: must be less than the {epochs} epochs of a trial (given: {warm_up})")
    if problems or experiment is None:
        raise InputError(problems)
    if not axes and seeds == 1 and not folds:
        raise InputError("nothing varies: give --over NAME=LOW..HIGH or NAME=A,B,C, --seeds N or --folds N")
    listed = all(axis.values for axis in axes)
    grid = prod(len(axis.values) for axis in axes) if listed else 0
    repeats = seeds * max(1, folds)
    whole = grid and (count is None or count >= grid * repeats)
    if whole and count is not None:
        count = grid * repeats
    sampler: SamplerName = args.sampler or ("grid" if whole else "sobol")
    if count is None:
        count = min(MOST_TRIALS, (grid if sampler == "grid" and grid else default_trials(axes)) * repeats)
    epochs = experiment.hyperparameters.epochs
    try:
        return Sweep(
            experiment=experiment,
            axes=tuple(axes),
            trials=count,
            seeds=seeds,
            folds=folds,
            sampler=sampler,
            stop=args.stop,
            metric=args.metric,
            warm_up=warm_up or default_warm_up(epochs, args.stop),
            budget_s=budget,
            name=name,
        )
    except ValidationError as error:
        raise explain(error) from None


def whole_number(text: str | None, place: str, most: int, least: int = 1) -> int | None:
    """A whole number that was typed; None if it was not. Raises InputError."""
    if text is None:
        return None
    plain = text.strip()
    if not (plain.isascii() and plain.isdecimal() and len(plain) < 12 and least <= int(plain) <= most):
        raise InputError(f"{place}: give a whole number from {least} to {most:,} (given: {safe(text, 40)})")
    return int(plain)


def _check_metric(metric: str, experiment: Experiment) -> None:
    """Raises InputError if trials of the experiment have no such metric."""
    known = [VAL_LOSS, *(f"val_{found.name}" for found in metrics_of(experiment.task))]
    if metric not in known:
        meant = did_you_mean(metric if metric.startswith("val_") else f"val_{metric}", known)
        why = "is not of this task" if metric.removeprefix("val_") in METRICS else "is not a metric"
        raise InputError(f"--metric: {safe(metric, 40)!r} {why}{meant}; known: {', '.join(known)}")


def split_words(words: Sequence[str]) -> tuple[str, list[str]]:
    """The first word after `sweep`, and the others."""
    return (words[0], list(words[1:])) if words else ("", [])
