"""Training in the command's own process: report, handle signals, print the summary."""

import sys
from argparse import Namespace
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from signal import SIGINT
from typing import cast

from tui_lab.cli.arguments.runs_root import runs_root
from tui_lab.cli.commands import launch_ranks
from tui_lab.cli.output.output import can_redraw, complain, put, ring, say, stdout_kept
from tui_lab.cli.output.overwrite import check_target
from tui_lab.cli.output.reporters import EventReporter, LineReporter, Reporter
from tui_lab.cli.output.summary import closing_text
from tui_lab.cli.output.waiting import meanwhile
from tui_lab.cli.signals import StopOnSignal
from tui_lab.errors import InputError, Problems, RunError, placed
from tui_lab.experiment.presets import Preset, all_presets, load_preset
from tui_lab.protocol.commands import Command
from tui_lab.protocol.events import Record
from tui_lab.protocol.progress import after_divergence
from tui_lab.protocol.view import RunView
from tui_lab.runs.export.evaluation import evaluation_of
from tui_lab.runs.export.export import export_text
from tui_lab.runs.files.output_file import write_text
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.labels import read_label
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.host.allocator import keep_freed_memory
from tui_lab.session.host.control_thread import steerable
from tui_lab.session.host.exit_status import exit_status
from tui_lab.session.jobs.in_ranks import lead, many
from tui_lab.session.jobs.jobs import Job
from tui_lab.session.jobs.prepare_job import Ready, get_ready
from tui_lab.session.ranks_timeout import rank_timeout_s


@placed("--export")
def export_target(args: Namespace) -> Path | None:
    """The target of `--export`, checked to be writable. Raises InputError."""
    if args.export is None:
        return None
    if args.export in ("", "-"):
        raise InputError("give a file name; `tui-lab export last` writes to stdout")
    check_target(Path(args.export), "an exported run", _read_by(args))
    return Path(args.export)


def _read_by(args: Namespace) -> list[str | None]:
    """The input files named on the command line."""
    code = [getattr(args, name, None) for name in ("module", "dataset")]
    plain = [getattr(args, name, None) for name in ("what", "weights")]
    return [*plain, *(named.rpartition(":")[0] for named in code if named)]


@dataclass(frozen=True, slots=True)
class Trained:
    """A job that was carried out in this process. `signal`: the one that was to end it, if any.

    `aborted`: a second signal ended it at once. `problems`: what went wrong, in sentences.
    """

    run_id: str
    view: RunView
    problems: tuple[str, ...] = ()
    signal: int | None = None
    aborted: bool = False

    @property
    def status(self) -> int:
        """The exit status of the process."""
        if self.aborted or (self.signal is not None and self.view.status == "stopped"):
            return 128 + (self.signal or SIGINT)
        return exit_status(self.view.status, self.problems)


def carry_out(args: Namespace, job: Job, view: RunView | None = None) -> int:
    """Run a job here, or with `--detach` in its own process; returns the exit status.

    `view` holds what is already known about the run.
    """
    target = export_target(args)
    launch_ranks.check(args)
    if many():
        return _lead(args, job, view, target)
    if launch_ranks.option_of(args):
        return launch_ranks.launch(args, job)
    if args.detach:
        from tui_lab.session.clients.spawn import run_detached

        if target is not None:
            raise InputError("--export: cannot be combined with --detach; use `tui-lab export` later")
        with meanwhile("loading torch and the data", quiet=args.quiet):
            slow = _ignore if args.quiet else _slow
            run_id = run_detached(_as_asked(args, job), slow, _complain_of_skipped)
        say(run_id)
        return 0
    return train_here(args, job, view, target=target, summary=not (args.quiet or args.json)).status


def _lead(args: Namespace, job: Job, view: RunView | None, target: Path | None) -> int:
    """Run a job as rank 0 of several."""
    with ExitStack() as stack:
        with meanwhile("waiting for the other ranks", quiet=args.quiet):
            from tui_lab.engine.ranks.join import joined

            stack.enter_context(joined(rank_timeout_s()))
        return train_here(args, job, view, target=target, summary=not (args.quiet or args.json)).status


def _as_asked(args: Namespace, job: Job) -> Job:
    return job.model_copy(update={"diagnostics": False}) if args.no_diagnostics else job


def train_here(
    args: Namespace, job: Job, view: RunView | None = None, *, target: Path | None = None, summary: bool
) -> Trained:
    """Run a job in this process to its end, and report problems; `summary`: print one, too.

    `target`: where to export the run. Raises LabError if nothing could be started.
    """
    keep_freed_memory()
    with meanwhile("loading torch", quiet=args.quiet) as wait, stdout_kept():
        import tui_lab.engine.setup.prepare  # noqa: F401

        wait.doing("preparing the data and the device")
        ready = (lead if many() else get_ready)(_as_asked(args, job), wait)
        if view is None and ready.point is not None and not ready.point.fork:  # torchrun has started us again
            view = load_run(ready.folder).view
    if args.quiet or args.json:  # otherwise the reporter prints it, like the run's other warnings
        for problem in ready.skipped:
            _complain_of_skipped(problem)
    return _train_to_the_end(args, ready, target, view or RunView(), summary)


def _complain_of_skipped(problem: str) -> None:
    complain(f"warning: a newer checkpoint could not be used: {problem}")


def _slow(seconds: float) -> None:
    complain(
        f"still starting after {seconds:.0f} s; the machine may be busy. Ctrl+C cancels, and no run is left"
    )


def _ignore(seconds: float) -> None:
    """With `--quiet`, a slow start is not reported."""


def _reporter(args: Namespace, run_id: str) -> Reporter:
    """The reporter for these arguments and this terminal."""
    if args.json:
        return EventReporter(run_id, args.quiet)
    if args.quiet:
        return Reporter()
    if can_redraw(sys.stderr):
        from tui_lab.cli.output.progress import Bar  # rich takes 50 ms

        return Bar(run_id)
    return LineReporter(run_id)


def _train_to_the_end(
    args: Namespace, ready: Ready, target: Path | None, view: RunView, summary: bool
) -> Trained:
    """Train, keep the run, print the summary."""
    commands: SimpleQueue[Command] = SimpleQueue()
    run_id = ready.folder.run_id
    with StopOnSignal(commands) as signals:
        try:
            events = ready.begin(commands)
            if many():
                events = steerable(events, ready.folder, commands.put)
            with closing(cast(Generator[Record, None, None], events)) as records:
                problems = _follow(records, view, _reporter(args, run_id))
        except KeyboardInterrupt:  # the second signal: at once
            return Trained(run_id, view, signal=signals.received, aborted=True)
        problems += _conclude(args, run_id, view, target, summary)
        ring(f"tui-lab: {run_id} {view.status}")
        for problem in problems:
            complain(problem)
        return Trained(run_id, view, tuple(problems), signals.received)


def _follow(records: Iterator[Record], view: RunView, reporter: Reporter) -> list[str]:
    """Run to the end. Returns problems apart from training itself, such as a closed stdout."""
    problems: list[str] = []
    with reporter:
        try:
            for record in _printing_nothing(records):
                view.apply(record)
                try:
                    reporter.hear(record, view)
                except RunError as error:
                    problems += error.problems
        except RunError as error:
            problems += error.problems
    return problems


def _printing_nothing(records: Iterator[Record]) -> Iterator[Record]:
    """User code may print during training; that is not a result."""
    while True:
        with stdout_kept():
            record = next(records, None)
        if record is None:
            return
        yield record


def _presets(args: Namespace) -> Iterator[Preset]:
    """The presets that the run may have been made from."""
    what = getattr(args, "what", None) or ""
    if what.endswith(".toml"):
        with suppress(InputError):
            yield load_preset(Path(what).expanduser())
    yield from all_presets().presets.values()


def _conclude(args: Namespace, run_id: str, view: RunView, target: Path | None, summary: bool) -> list[str]:
    """The summary, the export, and any problems."""
    problems = Problems()
    if view.status in ("failed", "diverged"):
        hint = after_divergence(view, _presets(args)) or view.hint
        problems.append("; ".join(filter(None, (f"{view.status}: {view.message}", hint))))
    if view.checkpoint_failed:
        problems.append(f"could not save the last checkpoint: {view.checkpoint_failed}")
    with problems.caught():
        if target is not None:
            folder = RunFolder(runs_root(args) / run_id)
            text = export_text(run_id, view, read_label(folder).name, evaluation=evaluation_of(folder))
            write_text(target, text)
        if summary:
            put([closing_text(run_id, view)])
    return problems
