"""`tui-lab fork`: a new run that starts from a checkpoint of another."""

from argparse import Namespace

from tui_lab.cli.asked import overridden
from tui_lab.cli.brought import code_of
from tui_lab.cli.root import runs_root
from tui_lab.cli.training import carry_out
from tui_lab.errors import InputError
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder import find
from tui_lab.runs.reading import load_run
from tui_lab.safe import safe
from tui_lab.session.forking import child_of
from tui_lab.session.jobs import Forked


def run(args: Namespace) -> int:
    """Train a fork. Raises InputError if there is nothing to fork."""
    root = runs_root(args).resolve()
    parent = find(root, args.run)
    view = load_run(parent).view
    asked = child_of(view, {})
    child = child_of(view, dict(overridden(args, asked).hyperparameters))
    job = Forked(
        parent=str(parent.path.resolve()),
        file=None if args.at is None else _checkpoint(view, args.at),
        experiment=child.model_copy(update={"device": overridden(args, asked).device}),
        root=str(root),
        changed_data=args.changed_data,
        code=code_of(args),
    )
    return carry_out(args, job)


def _checkpoint(view: RunView, at: str) -> str:
    """The checkpoint with that name, or of that step."""
    for saved in reversed(view.checkpoints):
        if at in (saved.file, str(saved.step)):
            return saved.file
    there = ", ".join(str(saved.step) for saved in view.checkpoints) or "none"
    raise InputError(f"--at: no checkpoint at step {safe(at, 60)}; available: {there}")
