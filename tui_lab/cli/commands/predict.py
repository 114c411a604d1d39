"""`tui-lab predict`: apply a trained run to new rows or images."""

import csv
import io
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tui_lab.cli.arguments.code_args import code_of, user_code
from tui_lab.cli.arguments.data_args import WRITTEN, with_data
from tui_lab.cli.arguments.runs_root import runs_root
from tui_lab.cli.output.output import complain, is_terminal, note, put, stdout_kept
from tui_lab.cli.output.overwrite import output_target
from tui_lab.cli.output.text_table import number
from tui_lab.cli.output.waiting import journals_read, meanwhile
from tui_lab.data.messages import counted
from tui_lab.errors import InputError
from tui_lab.protocol.view import RunView
from tui_lab.runs.files.output_file import write_file
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.sweeps.reading import find_run
from tui_lab.safe import safe

if TYPE_CHECKING:
    from tui_lab.data.unseen import Unseen
    from tui_lab.engine.checkpoints.last_good import ResumePoint
    from tui_lab.engine.predict import Predictor


def run(args: Namespace) -> int:
    """Predict the rows of a file, or of a split of the run's own data."""
    if (args.file is None) == (args.split is None):
        raise InputError("give either a file or a split of the run's own data (--split test)")
    folder = find_run(runs_root(args), args.run)
    target = output_target(args.output, "predictions", [args.file])
    with journals_read():
        view = load_run(folder).view
    with meanwhile("loading torch and the rows", quiet=args.quiet) as progress, stdout_kept():
        predictor, rows = _loaded(args, folder, view, progress)
        with user_code(args, "predicting"):
            outputs = predictor.outputs(rows.x_NF)
    for warning in rows.warnings:
        complain(f"warning: {warning}")
    from tui_lab.engine.predict import answers

    chosen, chances = answers(predictor.recipe, outputs)
    plain = target is None and is_terminal(sys.stdout)
    text = _csv(rows, chosen, chances.tolist(), predictor.recipe.classes, shown=plain)
    if target is None:
        put([text])
    else:
        write_file(target, text.encode("utf-8", "surrogateescape"))
    if not args.quiet:
        assert view.data is not None
        _sum_up(rows, target, predictor.scores(rows, outputs, view.data), predictor.epoch)
    return 0


def _loaded(
    args: Namespace, folder: RunFolder, view: RunView, progress: Callable[[float], None] | None
) -> "tuple[Predictor, Unseen]":
    if view.experiment is None or view.data is None:
        raise InputError(f"run {folder.run_id} ended before training began; there is nothing to predict with")
    from tui_lab.data.sources import read_unseen, rows_of_split
    from tui_lab.engine.checkpoints.last_good import newest_point
    from tui_lab.engine.predict import make_predictor
    from tui_lab.engine.setup.device import choose_device

    device = choose_device(args.device)
    _, point = newest_point(folder, device)
    _check_newest(folder, point, older=args.older)
    predictor = make_predictor(view.experiment, point.state, device, code_of(args))
    if args.split is not None:
        sha256 = view.data.sha256
        return predictor, rows_of_split(view.experiment, predictor.recipe, args.split, sha256, progress)
    trained = view.experiment.data
    try:
        seen = with_data(trained, args, anew=True)
        return predictor, read_unseen(seen, predictor.recipe, progress, anyway=args.anyway)
    except InputError:
        as_before = with_data(trained, args, anew=False)
        if all(getattr(as_before, name) is None for name in WRITTEN):
            raise
    return predictor, read_unseen(as_before, predictor.recipe, progress, anyway=args.anyway)


def _check_newest(folder: RunFolder, point: "ResumePoint", *, older: bool) -> None:
    """Older weights give different predictions: they need `--older`, and are always reported."""
    problems = [f"a newer checkpoint could not be used: {problem}" for problem in point.skipped]
    if problems and not older:
        raise InputError(
            [
                *problems,
                f"run {folder.run_id}: nothing was predicted; --older uses the newest undamaged weights, "
                f"{point.file} (step {point.state['step']})",
            ]
        )
    for problem in problems:
        complain(f"warning: {problem}")


def _csv(
    rows: "Unseen",
    chosen: list[str] | list[float],
    chances: list[list[float]],
    classes: tuple[str, ...],
    *,
    shown: bool,
) -> str:
    """One line per row: its number in the file (or its file name), the prediction, class probabilities."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    show = safe if shown else str
    first, named = ("file", rows.files) if rows.files else ("row", rows.rows_N.tolist())
    writer.writerow([first, "prediction", *(show(f"probability of {name}") for name in classes)])
    for name, answer, its in zip(named, chosen, chances, strict=True):
        writer.writerow([show(name), show(answer), *(f"{chance:.6g}" for chance in its)])
    return out.getvalue()


def _sum_up(rows: "Unseen", target: Path | None, scores: dict[str, float], epoch: int) -> None:
    where = f" -> {target}" if target is not None else ""
    one, many = ("image", "images") if rows.files else ("row", "rows")
    note(f"{counted(len(rows.rows_N), one, many)}, weights of epoch {epoch}{where}")
    if scores:
        listed = "  ".join(f"{name} {number(value)}" for name, value in scores.items())
        note(f"scores on the rows with a known target: {listed}")
