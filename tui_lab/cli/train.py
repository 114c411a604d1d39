"""`tui-lab train`: a run without a screen."""

from argparse import Namespace
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from typing import cast

from tui_lab.cli.asked import asked_experiment
from tui_lab.cli.closing import closing_text
from tui_lab.cli.output import complain, say
from tui_lab.cli.reporters import Reporter, make_reporter
from tui_lab.cli.root import runs_root
from tui_lab.cli.signals import StopOnSignal
from tui_lab.errors import InputError, LabError, RunError
from tui_lab.protocol.commands import Command
from tui_lab.protocol.events import Record
from tui_lab.protocol.view import RunView
from tui_lab.runs.export import check_writable, export, write_json
from tui_lab.runs.folder import create
from tui_lab.spec.experiment import Experiment

_STATUS = {"finished": 0, "diverged": 3}
_FAILED = 1


def run(args: Namespace) -> int:
    """Train, keep the run, and say what came of it. Raises InputError if nothing can be started."""
    experiment, root, target = _checked(args)
    from tui_lab.session.recorder import prepare, record_run

    prepared = prepare(experiment)
    folder = create(root, experiment)
    commands: SimpleQueue[Command] = SimpleQueue()
    view = RunView()
    with StopOnSignal(commands) as signals:
        try:
            with closing(
                cast(Generator[Record, None, None], record_run(prepared, folder, commands))
            ) as records:
                problems = _follow(records, view, make_reporter(args, folder.run_id))
        except KeyboardInterrupt:  # the second signal: at once
            return signals.status
        problems += _conclude(args, folder.run_id, view, target)
        for problem in problems:
            complain(problem)
        if signals.received is not None and view.status == "stopped":
            return signals.status
        return _FAILED if problems and view.status == "finished" else _STATUS.get(view.status, _FAILED)


def _checked(args: Namespace) -> tuple[Experiment, Path, Path | None]:
    """All that can be known to be wrong before torch is loaded, in one InputError."""
    problems: list[str] = []
    target = None if args.export is None else Path(args.export)
    try:
        root = runs_root(args)
    except InputError as error:
        problems += error.problems
    if target is not None:
        try:
            check_writable(target)
        except InputError as error:
            problems += [f"--export: {problem}" for problem in error.problems]
    try:
        experiment = asked_experiment(args)
    except InputError as error:
        if not problems:
            raise
        problems = [*error.problems, *problems]
    if problems:
        raise InputError(problems)
    return experiment, root, target


def _follow(records: Iterator[Record], view: RunView, reporter: Reporter) -> list[str]:
    """Run it to its end. Gives what went wrong beside the training, which nobody's absence stops."""
    problems: list[str] = []
    with reporter:
        try:
            for record in records:
                view.apply(record)
                try:
                    reporter.hear(record, view)
                except RunError as error:
                    problems += error.problems
        except RunError as error:
            problems += error.problems
    return problems


def _conclude(args: Namespace, run_id: str, view: RunView, target: Path | None) -> list[str]:
    """The summary, the export, and what there is to complain of."""
    problems: list[str] = []
    if view.status in ("failed", "diverged"):
        problems.append("; ".join(filter(None, (f"{view.status}: {view.message}", view.hint))))
    if view.checkpoint_failed:
        problems.append(f"the last checkpoint could not be saved: {view.checkpoint_failed}")
    try:
        if target is not None:
            write_json(target, export(run_id, view))
        if not (args.quiet or args.json):
            say(closing_text(run_id, view))
    except LabError as error:
        problems += error.problems
    return problems
