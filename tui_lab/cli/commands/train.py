"""`tui-lab train`: train from the command line; with `--replay`, repeat a run with all its edits."""

from argparse import Namespace
from collections.abc import Callable
from fnmatch import fnmatch

from tui_lab.cli.arguments.code_args import code_of
from tui_lab.cli.arguments.experiment_args import asked_experiment, overridden, run_name
from tui_lab.cli.arguments.runs_root import resolved_root
from tui_lab.cli.commands import launch_ranks
from tui_lab.cli.commands.follow_run import carry_out, export_target
from tui_lab.errors import InputError, Problems
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.sweeps.reading import find_run
from tui_lab.session.jobs.fork import check_kept
from tui_lab.session.jobs.jobs import Forked, Fresh, Job


def run(args: Namespace) -> int:
    """Train, keep the run, and print a summary. Raises InputError if nothing can be started."""
    problems = _usage_problems(args)
    with problems.caught():
        launch_ranks.check(args)
    if args.seeds is not None or args.folds is not None:
        from tui_lab.cli.commands import train_series

        return train_series.run(args, problems)
    return carry_out(args, _checked(args, problems))


def _usage_problems(args: Namespace) -> Problems:
    """What is wrong with the combination of options."""
    problems = Problems()
    if args.detach and args.export is not None:
        problems.append("--export: cannot be combined with --detach; use `tui-lab export` later")
    if args.replay is None and args.what is None and args.dataset is None:
        problems.append("give either a preset or file to train, or --replay RUN")
    if args.replay is not None and args.what is not None:
        problems.append("give either a preset or file to train, or --replay RUN")
    if args.replay is not None and args.weights is not None:
        problems.append("--weights: cannot be combined with --replay, which uses that run's initial weights")
    if args.replay is None and args.changed_data:
        problems.append("--changed-data: only for --replay; a new run uses the data as they are")
    if args.dataset is not None and (args.data or args.target):
        problems.append("--data, --target: only for tables, not for --dataset")
    return problems


def _checked(args: Namespace, problems: Problems) -> Job:
    """Check everything that can be checked before torch is loaded, and raise one InputError."""
    checks: tuple[Callable[[Namespace], object], ...] = (resolved_root, export_target, run_name)
    for check in checks:
        with problems.caught():
            check(args)
    try:
        if not problems:
            return _replayed(args) if args.replay is not None else _fresh(args)
        if args.what is not None:
            asked_experiment(args)
    except InputError as error:
        if not problems:
            raise
        problems[:0] = error.problems
    raise InputError(problems)


def _fresh(args: Namespace) -> Job:
    root = str(resolved_root(args))
    return Fresh(experiment=asked_experiment(args), root=root, name=run_name(args), code=code_of(args))


def _replayed(args: Namespace) -> Job:
    """The same experiment with the same edits at the same steps.

    A fork, or a run with pretrained weights, starts from the same initial weights again.
    """
    root = resolved_root(args)
    folder = find_run(root, args.replay)
    view = load_run(folder).view
    if view.experiment is None:
        raise InputError(f"run {folder.run_id} has no events, so there is nothing to replay")
    experiment = overridden(args, view.experiment)
    again = str(folder.path)
    if view.origin is None and view.transfer is None:
        return Fresh(
            experiment=experiment,
            root=str(root),
            replay=again,
            changed_data=args.changed_data,
            name=run_name(args),
            code=code_of(args),
        )
    check_kept(view.experiment.hyperparameters, dict(experiment.hyperparameters))
    return Forked(
        parent=again, file=_origin_file(folder), experiment=experiment, root=str(root), replay=again,
        changed_data=args.changed_data, name=run_name(args), code=code_of(args),
    )  # fmt: skip


def _origin_file(folder: RunFolder) -> str:
    for name in folder.checkpoint_names():
        if fnmatch(name, "origin-*.pt"):
            return name
    raise InputError(
        f"run {folder.run_id} cannot be replayed: its initial weights (origin-*.pt) are no longer there"
    )
