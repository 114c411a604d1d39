"""`tui-lab resume`: resume a run from its last good checkpoint, or a sweep with all its trials."""

from argparse import Namespace
from pathlib import Path
from shlex import quote

from tui_lab.cli.arguments.code_args import code_of
from tui_lab.cli.arguments.runs_root import resolved_root
from tui_lab.cli.commands.follow_run import carry_out
from tui_lab.cli.output.waiting import journals_read
from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import parse
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.sweeps.folder import SweepFolder, sweep_of
from tui_lab.runs.sweeps.reading import find_run_or_sweep
from tui_lab.session.jobs.jobs import Resumed


def run(args: Namespace) -> int:
    """Resume a run or a sweep. Raises InputError if there is nothing to resume from."""
    root = resolved_root(args)
    folder = find_run_or_sweep(root, args.run)
    if isinstance(folder, SweepFolder):
        return _sweep(args, root, folder.run_id)
    if sweep_of(folder) is not None:
        typed = quote(args.run)
        raise InputError(
            f"{args.run} is a trial of a sweep: `tui-lab sweep keep {typed}` trains it to its end, "
            f"`tui-lab fork {typed}` starts a run from it"
        )
    epochs = None if args.epochs is None else int(parse("epochs", args.epochs))
    path, code = str(folder.path), code_of(args)
    job = Resumed(folder=path, epochs=epochs, changed_data=args.changed_data, code=code)
    with journals_read():
        view = load_run(folder).view
    return carry_out(args, job, view)


def _sweep(args: Namespace, root: Path, sweep_id: str) -> int:
    """Resume a sweep. Raises InputError."""
    from tui_lab.cli.commands import sweep

    if args.epochs is not None or args.export is not None or args.changed_data:
        raise InputError(f"{sweep_id} is a sweep: --epochs, --export and --changed-data are for a single run")
    return sweep.resume(args, root, [sweep_id])
