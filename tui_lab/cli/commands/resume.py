"""`tui-lab resume`: resume a run from its last good checkpoint."""

from argparse import Namespace

from tui_lab.cli.arguments.code_args import code_of
from tui_lab.cli.arguments.runs_root import resolved_root
from tui_lab.cli.commands.follow_run import carry_out
from tui_lab.cli.output.waiting import journals_read
from tui_lab.experiment.catalogue import parse
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.sweeps.reading import find_run
from tui_lab.session.jobs.jobs import Resumed


def run(args: Namespace) -> int:
    """Resume a run. Raises InputError if there is nothing to resume from."""
    folder = find_run(resolved_root(args), args.run)
    epochs = None if args.epochs is None else int(parse("epochs", args.epochs))
    path, code = str(folder.path), code_of(args)
    job = Resumed(folder=path, epochs=epochs, changed_data=args.changed_data, code=code)
    with journals_read():
        view = load_run(folder).view
    return carry_out(args, job, view)
