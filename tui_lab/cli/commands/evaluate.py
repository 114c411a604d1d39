"""`tui-lab evaluate`: how good a run is, and where it is wrong."""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from pydantic import TypeAdapter
from pydantic_core import to_json

from tui_lab.cli.arguments.code_args import user_code
from tui_lab.cli.arguments.runs_root import runs_root
from tui_lab.cli.commands import label_errors
from tui_lab.cli.output.evaluation_text import compared_text, evaluation_text
from tui_lab.cli.output.output import complain, put, stdout_kept
from tui_lab.cli.output.waiting import journals_read, meanwhile
from tui_lab.errors import InputError
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.protocol.label_errors import FindLabelErrors
from tui_lab.protocol.label_plan import LabelPlan
from tui_lab.protocol.steering_events import Evaluated
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.kept_evaluation import keep_evaluation, with_label_errors
from tui_lab.runs.folder.large_answers import set_aside
from tui_lab.runs.folder.lock import held
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.index.fold_runs import all_folds
from tui_lab.runs.index.seed_words import with_seeds
from tui_lab.runs.sweeps.reading import find_run
from tui_lab.session.clients.ask_run import evaluate_running


def run(args: Namespace) -> int:
    """Evaluate a split and print the tables, or everything as JSON."""
    folder = find_run(runs_root(args), args.run)
    if args.out_of_fold and (args.split is not None or args.against is not None):
        other = "--split" if args.split is not None else "--against"
        raise InputError(f"--out-of-fold and {other}: give only one of them")
    looked_for = label_errors.planned(args, folder)
    if args.against is not None:
        return _compare(args, folder)
    if args.out_of_fold:
        return _out_of_fold(args, folder, looked_for)
    running = held(folder) is not None
    if running and args.split == "test":
        raise InputError(f"run {folder.run_id} is running: its test split is for the end; use --split val")
    with meanwhile("evaluating", quiet=args.json) as progress, stdout_kept():
        answer = evaluate_running(folder) if running else _ended(args, folder, args.split or "test", progress)
    if looked_for is not None:
        answer = with_label_errors(answer, label_errors.look(args, folder, *looked_for))
        set_aside(folder, answer)
    if not answer.report:
        raise InputError(f"run {folder.run_id}: the evaluation could not be read; try again")
    found = TypeAdapter(Evaluation).validate_json(answer.report)
    for problem in found.notes:
        complain(f"note: {problem}")
    if not running:
        with journals_read():
            found = with_seeds(found, folder)
    return _printed(args, found, running=running)


def _printed(args: Namespace, found: Evaluation, *, running: bool = False) -> int:
    if args.json:
        put([to_json(found, inf_nan_mode="strings").decode() + "\n"])
    else:
        put(evaluation_text(found, running=running))
    return 0


def _out_of_fold(
    args: Namespace, folder: RunFolder, looked_for: tuple[FindLabelErrors, LabelPlan] | None
) -> int:
    """All folds of the run's cross-validation. It is of several runs, so it is kept with none of them."""
    from tui_lab.engine.diagnostics.fold_evaluation import evaluate_folds

    with journals_read():
        folds = all_folds(folder)
    with (
        meanwhile("evaluating all folds", quiet=args.json) as progress,
        stdout_kept(),
        user_code(args, "evaluating") as code,
    ):
        found = evaluate_folds([each.path for each in folds], progress, code)
    if looked_for is not None:
        found = replace(found, label_errors=label_errors.look(args, folder, *looked_for))
    for problem in found.notes:
        complain(f"note: {problem}")
    return _printed(args, found)


def _compare(args: Namespace, folder: RunFolder) -> int:
    """Two runs with their best weights."""
    from tui_lab.engine.diagnostics.run_evaluation import compare_best

    other = find_run(runs_root(args), args.against)
    if other.run_id == folder.run_id:
        raise InputError(f"--against: {folder.run_id} is the run itself; give another one")
    with (
        meanwhile("evaluating both runs", quiet=args.json),
        stdout_kept(),
        user_code(args, "evaluating") as code,
    ):
        found, notes = compare_best((folder.path, other.path), args.split or "test", code)
    for problem in notes:
        complain(f"note: {problem}")
    put([to_json(found, inf_nan_mode="strings").decode() + "\n"] if args.json else compared_text(found))
    return 0


def _ended(
    args: Namespace, folder: RunFolder, split: Literal["val", "test"], progress: Callable[[float], None]
) -> Evaluated:
    """With the best weights; kept beside the journal, from where the export takes its main figures."""
    from tui_lab.engine.diagnostics.run_evaluation import evaluate_best

    with journals_read():
        view = load_run(folder).view
    if view.experiment is None or view.data is None:
        raise InputError(f"run {folder.run_id} ended before training began; there is nothing to evaluate")
    with user_code(args, "evaluating") as code:
        answer = evaluate_best(view.experiment, folder.path, split, progress, code)
    return keep_evaluation(folder, answer)
