"""`tui-lab fork`: a new run that starts from a checkpoint of another."""

from argparse import Namespace

from tui_lab.cli.arguments.code_args import code_of
from tui_lab.cli.arguments.experiment_args import overridden, run_name
from tui_lab.cli.arguments.runs_root import resolved_root
from tui_lab.cli.commands.follow_run import carry_out
from tui_lab.cli.output.waiting import journals_read
from tui_lab.errors import InputError, placed
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.sweeps.reading import find_run
from tui_lab.session.jobs.fork import child_of
from tui_lab.session.jobs.jobs import Forked


def run(args: Namespace) -> int:
    """Train a fork. Raises InputError if there is nothing to fork."""
    root = resolved_root(args)
    parent = find_run(root, args.run)
    with journals_read():
        view = load_run(parent).view
    asked = child_of(view, {})
    child = child_of(view, dict(overridden(args, asked).hyperparameters))
    job = Forked(
        parent=str(parent.path),
        file=None if args.at is None else _checkpoint(parent, view, args.at),
        experiment=child.model_copy(update={"device": overridden(args, asked).device}),
        root=str(root),
        changed_data=args.changed_data,
        name=run_name(args),
        code=code_of(args),
    )
    return carry_out(args, job)


@placed("--at")
def _checkpoint(parent: RunFolder, view: RunView, at: str) -> str:
    """The checkpoint with that file name or at that step, among those that still exist."""
    names = parent.checkpoint_names()
    there = [saved for saved in view.checkpoints if saved.file in names]
    for saved in reversed(there):
        if at in (saved.file, str(saved.step)):
            return saved.file
    steps = ", ".join(dict.fromkeys(str(saved.step) for saved in there)) or "none"
    raise InputError(f"no checkpoint at step {at}; available: {steps}")
