"""`tui-lab train`: a run without a screen; with `--replay`, one of before with all that was done to it."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from tui_lab.cli.asked import asked_experiment, overridden
from tui_lab.cli.brought import code_of
from tui_lab.cli.root import runs_root
from tui_lab.cli.training import carry_out, export_target
from tui_lab.errors import InputError
from tui_lab.runs.folder import RunFolder, find
from tui_lab.runs.reading import load_run
from tui_lab.session.forking import check_kept
from tui_lab.session.jobs import Forked, Fresh, Job


def run(args: Namespace) -> int:
    """Train, keep the run, and say what came of it. Raises InputError if nothing can be started."""
    return carry_out(args, _checked(args))


def _checked(args: Namespace) -> Job:
    """All that can be known to be wrong before torch is loaded, in one InputError."""
    problems: list[str] = []
    if args.detach and args.export is not None:
        problems.append("--export: not with --detach, which ends at once; use `tui-lab export` later")
    if args.replay is None and args.what is None and args.dataset is None:
        problems.append("name a preset or a file to train, or give --replay RUN: one of the two")
    if args.replay is not None and args.what is not None:
        problems.append("name a preset or a file to train, or give --replay RUN: one of the two")
    if args.replay is not None and args.weights is not None:
        problems.append("--weights: not with --replay, which begins as that run began")
    if args.replay is None and args.changed_data:
        problems.append("--changed-data: is for --replay; a new run takes the data as they are")
    if args.dataset is not None and (args.data or args.target):
        problems.append("--data, --target: are for tables; the rows are those of --dataset")
    checks: tuple[Callable[[Namespace], object], ...] = (runs_root, export_target)
    for check in checks:
        try:
            check(args)
        except InputError as error:
            problems += error.problems
    try:
        if not problems:
            return _replayed(args) if args.replay is not None else _fresh(args)
        if args.what is not None:
            asked_experiment(args)
    except InputError as error:
        if not problems:
            raise
        problems = [*error.problems, *problems]
    raise InputError(problems)


def _fresh(args: Namespace) -> Job:
    root = str(runs_root(args).resolve())
    return Fresh(experiment=asked_experiment(args), root=root, code=code_of(args))


def _replayed(args: Namespace) -> Job:
    """The same experiment with the same edits at the same steps.

    A fork, and a run with weights from elsewhere, begins with the weights it began with.
    """
    folder = find(runs_root(args), args.replay)
    view = load_run(folder).view
    if view.experiment is None:
        raise InputError(f"run {folder.run_id} has no events: there is nothing to replay")
    experiment = overridden(args, view.experiment)
    root, again = str(runs_root(args).resolve()), str(folder.path.resolve())
    if view.origin is None and view.transfer is None:
        return Fresh(
            experiment=experiment, root=root, replay=again, changed_data=args.changed_data, code=code_of(args)
        )
    check_kept(view.experiment.hyperparameters, dict(experiment.hyperparameters))
    return Forked(
        parent=again, file=_origin_file(folder), experiment=experiment, root=root, replay=again,
        changed_data=args.changed_data, code=code_of(args),
    )  # fmt: skip


def _origin_file(folder: RunFolder) -> str:
    for path in sorted(Path(folder.checkpoints).glob("origin-*.pt")):
        return path.name
    raise InputError(f"run {folder.run_id} began with weights of another, and that checkpoint is gone")
