"""`tui-lab evaluate --label-errors`: trains the run's experiment again, in folds, unless that was done."""

import sys
from argparse import Namespace
from collections.abc import Callable
from math import ceil

from tui_lab.cli.arguments.code_args import user_code
from tui_lab.cli.output.output import can_redraw, note, stdout_kept
from tui_lab.cli.output.text_table import duration
from tui_lab.cli.output.waiting import LATE_S, Wait, journals_read, meanwhile
from tui_lab.errors import InputError
from tui_lab.protocol.label_errors import FOLDS, FindLabelErrors, FoldProgress, LabelErrors
from tui_lab.protocol.label_plan import LabelPlan, is_of_classes, plan_label_errors
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.lock import held
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.index.fold_runs import folds_if_whole

NO_LABELS = "there are no label errors: the target of this run is a number, not a class"


def planned(args: Namespace, folder: RunFolder) -> tuple[FindLabelErrors, LabelPlan] | None:
    """What is to be looked for, checked before anything is read; None if not asked for, or without classes.

    Raises InputError.
    """
    folds, epochs = (_count(args, name) for name in ("folds", "fold_epochs"))
    if not args.label_errors:
        if (unused := "--folds" if folds else "--fold-epochs" if epochs else "") != "":
            raise InputError(f"{unused}: needs --label-errors")
        return None
    if args.against is not None:
        raise InputError("--label-errors and --against: give only one of them")
    if held(folder) is not None:
        raise InputError(f"run {folder.run_id} is running: label errors can be looked for once it has ended")
    wanted = FindLabelErrors(folds or FOLDS, epochs, anew=folds is not None or epochs is not None)
    with journals_read():
        view = load_run(folder).view
        trained = () if wanted.anew else folds_if_whole(folder)
    if view.experiment is not None and not is_of_classes(view):
        note(NO_LABELS)
        return None
    plan = plan_label_errors(view, wanted, len(trained))
    if plan.problems:
        raise InputError(plan.problems)
    return wanted, plan


def look(args: Namespace, folder: RunFolder, wanted: FindLabelErrors, plan: LabelPlan) -> LabelErrors:
    """Train and predict, and say how far it is. Raises as `find_label_errors`."""
    from tui_lab.engine.label_check import find_label_errors

    if not args.json:
        note(plan_words(plan))
    with (
        meanwhile("looking for label errors", quiet=args.json) as wait,
        stdout_kept(),
        user_code(args, "looking for label errors") as code,
    ):
        lines = not args.json and not can_redraw(sys.stderr) and (plan.seconds or 0) > LATE_S
        return find_label_errors(folder.path, wanted, _fold_by_fold(wait, lines=lines), wait, code)


def plan_words(plan: LabelPlan) -> str:
    """How long it will take, and how to end it."""
    if plan.trained:
        return (
            f"label errors: from what the {plan.folds} folds of its cross-validation predict for "
            f"{plan.rows:,} rows of training and validation; --folds N trains anew instead"
        )
    about = "" if plan.seconds is None else f": about {duration(max(1, ceil(plan.seconds)))} of training"
    return (
        f"label errors: {plan.folds} folds of {plan.epochs} epochs on {plan.rows:,} rows of training and "
        f"validation{about}; Ctrl+C cancels"
    )


def _fold_by_fold(wait: Wait, *, lines: bool) -> Callable[[FoldProgress], None]:
    """Tells how far it is; with `lines`, each fold in a line of its own."""
    fold = 0

    def told(progress: FoldProgress) -> None:
        nonlocal fold
        if progress.fold != fold:
            fold = progress.fold
            doing = f"looking for label errors: {progress.words}"
            note(doing) if lines else wait.doing(doing)
        wait(progress.share)

    return told


def _count(args: Namespace, name: str) -> int | None:
    given = getattr(args, name)
    if given is None:
        return None
    least = 2 if name == "folds" else 1
    if not (given.isascii() and given.isdigit() and least <= int(given[:9]) and len(given) < 9):
        option = "--" + name.replace("_", "-")
        raise InputError(f"{option}: must be a whole number of at least {least} (given: {given})")
    return int(given)
