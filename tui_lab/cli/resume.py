"""`tui-lab resume`: a run goes on from its last good checkpoint."""

from argparse import Namespace
from contextlib import nullcontext
from functools import partial

from tui_lab.cli.output import complain, meanwhile, say
from tui_lab.cli.root import runs_root
from tui_lab.cli.training import export_target, train_to_the_end
from tui_lab.errors import InputError
from tui_lab.runs.folder import find
from tui_lab.runs.reading import load_run
from tui_lab.spec.catalogue import parse


def run(args: Namespace) -> int:
    """Go on with a run. Raises InputError if there is nothing to go on with."""
    folder = find(runs_root(args), args.run)
    epochs = None if args.epochs is None else int(parse("epochs", args.epochs))
    target = export_target(args)
    if args.detach:
        from tui_lab.session.jobs import Resumed
        from tui_lab.session.spawn import run_detached

        if target is not None:
            raise InputError("--export: not with --detach, which ends at once; use `tui-lab export` later")
        job = Resumed(folder=str(folder.path.resolve()), epochs=epochs, changed_data=args.changed_data)
        with nullcontext() if args.quiet else meanwhile("loading torch and the data"):
            say(run_detached(job))
        return 0
    from tui_lab.session.recorder import record_run
    from tui_lab.session.resuming import prepare_resume

    with nullcontext() if args.quiet else meanwhile("loading torch and the data"):
        prepared, point, plan = prepare_resume(folder, epochs, changed_data=args.changed_data)
    for problem in point.skipped:
        complain(f"passed over: {problem}")
    begin = partial(record_run, prepared, folder, resume=point, plan=plan)
    return train_to_the_end(args, folder.run_id, begin, target, load_run(folder).view)
