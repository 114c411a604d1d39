"""`tui-lab train`: a run without a screen."""

from argparse import Namespace
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from tui_lab.cli.asked import asked_experiment
from tui_lab.cli.output import meanwhile, say
from tui_lab.cli.root import runs_root
from tui_lab.cli.training import export_target, train_to_the_end
from tui_lab.errors import InputError
from tui_lab.runs.folder import create
from tui_lab.spec.experiment import Experiment


def run(args: Namespace) -> int:
    """Train, keep the run, and say what came of it. Raises InputError if nothing can be started."""
    experiment, root, target = _checked(args)
    if args.detach:
        return _detached(args, experiment, root)
    from tui_lab.session.recorder import prepare, record_run

    with nullcontext() if args.quiet else meanwhile("loading torch and the data") as progress:
        prepared = prepare(experiment, progress)
    folder = create(root, experiment)
    return train_to_the_end(args, folder.run_id, partial(record_run, prepared, folder), target)


def _detached(args: Namespace, experiment: Experiment, root: Path) -> int:
    """Start the run in a process of its own, and say its id once it trains."""
    from tui_lab.session.spawn import run_detached
    from tui_lab.session.trainers import fresh

    with nullcontext() if args.quiet else meanwhile("loading torch and the data"):
        run_id = run_detached(fresh(experiment, root.resolve()))
    say(run_id)
    return 0


def _checked(args: Namespace) -> tuple[Experiment, Path, Path | None]:
    """All that can be known to be wrong before torch is loaded, in one InputError."""
    problems: list[str] = []
    if args.detach and args.export is not None:
        problems.append("--export: not with --detach, which ends at once; use `tui-lab export` later")
    try:
        root = runs_root(args)
    except InputError as error:
        problems += error.problems
    try:
        target = export_target(args)
    except InputError as error:
        problems += error.problems
    try:
        experiment = asked_experiment(args)
    except InputError as error:
        if not problems:
            raise
        problems = [*error.problems, *problems]
    if problems:
        raise InputError(problems)
    return experiment, root, target
