"""`tui-lab export`: a run as JSON, or its weights in the safetensors format; a sweep as a table."""

import sys
from argparse import Namespace
from contextlib import suppress
from functools import partial

from tui_lab.cli.arguments.runs_root import runs_root
from tui_lab.cli.output.output import complain, is_terminal, note, put
from tui_lab.cli.output.overwrite import output_target
from tui_lab.cli.output.waiting import journals_read, meanwhile
from tui_lab.data.messages import counted
from tui_lab.errors import InputError, RunError
from tui_lab.protocol.view import RunView
from tui_lab.runs.export.evaluation import evaluation_of
from tui_lab.runs.export.export import export_text
from tui_lab.runs.export.export_rows import history_text
from tui_lab.runs.export.step_losses import as_text, step_losses
from tui_lab.runs.export.sweep_rows import csv_text, parquet_bytes
from tui_lab.runs.files.output_file import write_file, write_text
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.labels import read_label
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.sweeps.folder import SweepFolder, find_sweep
from tui_lab.runs.sweeps.reading import find_run_or_sweep, load_sweep


def run(args: Namespace) -> int:
    """Write one run as JSON, to a file or stdout; or its best weights, by default to a file; or a sweep."""
    if args.to != "json" and args.history_only:
        raise InputError("--history-only: only for JSON; weights have no history")
    if args.steps and (args.to != "json" or args.history_only):
        raise InputError(f"--steps: cannot be combined with --history-only or --to {args.to}")
    if args.to in ("csv", "parquet"):
        return _sweep(args)
    folder = _run(args)
    if args.steps:
        return _steps(args, folder)
    if args.to == "safetensors":
        return _weights(args, folder)
    target = output_target(args.output, "an exported run")
    with journals_read():
        kept = load_run(folder)
    label = read_label(folder)
    for problem in filter(None, (*kept.problems, label.problem)):
        complain(f"warning: {problem}")
    if args.history_only:
        pieces = partial(history_text, kept.view)
    else:
        pieces = partial(export_text, kept.run_id, kept.view, label.name, evaluation=evaluation_of(folder))
    if target is None:
        put(pieces())
    else:
        with meanwhile("writing") as progress:
            write_text(target, pieces(progress=progress))
        note(f"{kept.run_id} -> {target}")
    return 0


def _run(args: Namespace) -> RunFolder:
    """The run that is meant. Raises InputError, also if it is a sweep."""
    folder = find_run_or_sweep(runs_root(args), args.run)
    if isinstance(folder, SweepFolder):
        sweep_id = folder.run_id
        raise InputError(f"{sweep_id} is a sweep: give a trial, {sweep_id}/0, or --to csv for all of them")
    return folder


def _steps(args: Namespace, folder: RunFolder) -> int:
    """Export the loss of each step as CSV, or as JSON if the file name ends in .json."""
    target = output_target(args.output, "exported step losses")
    rows = step_losses(folder)
    if target is None:
        put(as_text(rows, "csv"))
        return 0
    write_text(target, as_text(rows, "json" if target.suffix.lower() == ".json" else "csv"))
    note(f"{folder.run_id}, step losses -> {target}")
    return 0


def _sweep(args: Namespace) -> int:
    """Export all trials of a sweep, one row each. Raises InputError."""
    folder = find_sweep(runs_root(args), args.run)
    named = args.output or (f"{folder.run_id}.parquet" if args.to == "parquet" else None)
    target = output_target(named, "the exported trials of a sweep")
    try:
        view = load_sweep(folder)
    except RunError as error:
        raise InputError(error.problems) from None
    if args.to == "csv" and target is None:
        put(csv_text(view))
    elif args.to == "csv" and target is not None:
        write_text(target, csv_text(view))
    elif target is None:
        raise InputError("-o -: Parquet is binary and needs a file; use --to csv for stdout")
    else:
        write_file(target, parquet_bytes(view))
    if target is not None:
        note(f"{folder.run_id}, {counted(len(view.trials), 'trial', 'trials')} -> {target}")
    return 0


def _weights(args: Namespace, folder: RunFolder) -> int:
    target = output_target(args.output or f"{folder.run_id}.safetensors", "exported weights")
    if target is None and is_terminal(sys.stdout):
        raise InputError("-o -: weights are binary and cannot go to a terminal; give a file name")
    with journals_read():
        view = load_run(folder).view
    with meanwhile("loading torch"):
        content, epoch = _content(folder, view)
    if target is None:
        with suppress(BrokenPipeError):
            sys.stdout.buffer.write(content)
            sys.stdout.flush()
        return 0
    write_file(target, content)
    what = f"weights of epoch {epoch}" if epoch else "weights before the first validation"
    note(f"{folder.run_id}, {what} -> {target}")
    return 0


def _content(folder: RunFolder, view: RunView) -> tuple[bytes, int]:
    """The file, and the epoch of its weights."""
    from tui_lab.engine.checkpoints.run_weights import about_run, weights_of_run
    from tui_lab.model.safetensors import to_bytes

    found = weights_of_run(folder)
    for problem in found.skipped:
        complain(f"warning: a newer checkpoint could not be used: {problem}")
    return to_bytes(found.tensors, about_run(folder, view, found)), found.epoch
