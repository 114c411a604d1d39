"""`tui-lab sweep`: train an experiment with many values, seeds or folds, as one."""

import sys
from argparse import Namespace
from pathlib import Path
from signal import SIGINT
from time import sleep
from types import FrameType

from tui_lab.cli.arguments.code_args import code_of
from tui_lab.cli.arguments.runs_root import resolved_root
from tui_lab.cli.arguments.sweep_args import asked_sweep, split_words, whole_number
from tui_lab.cli.commands.sweep_steering import STEERING, steer
from tui_lab.cli.output.output import can_redraw, complain, note, put, say
from tui_lab.cli.output.sweep_text import closing_text, measured_text, progress_text, started_text
from tui_lab.cli.output.waiting import meanwhile
from tui_lab.errors import InputError
from tui_lab.experiment.sweeps.sweep import MOST_TRIALS, Sweep, middle_experiment
from tui_lab.protocol.sweeps.commands import StopSweep
from tui_lab.protocol.sweeps.events import encode_record
from tui_lab.runs.folder.lock import held
from tui_lab.runs.sweeps.folder import SweepFolder, find_sweep, sweeps_root
from tui_lab.session.host.exit_status import FAILED, FINISHED
from tui_lab.session.host.signals import ENDING, handled
from tui_lab.session.sweeps.client import SweepClient
from tui_lab.session.sweeps.jobs import NewSweep, ResumedSweep, SweepJob
from tui_lab.session.sweeps.start import start_sweep

_LOOK_S = 0.1
_STEPS, _RELEASED = 10, 100
"""Without a terminal, progress is a line each time another tenth is done; how often one looks whether the
process that led it has ended."""


def run(args: Namespace) -> int:
    """Start a sweep, or resume one, and follow it to its end. Raises InputError if nothing can be started."""
    word, rest = split_words(args.words)
    root = resolved_root(args)
    if word == "resume":
        return resume(args, root, rest)
    if word == "join":
        from tui_lab.cli.commands.sweep_study import join

        return join(args, root, rest)
    if word in STEERING and args.study is not None:
        from tui_lab.cli.commands.sweep_study import steer_study

        return steer_study(args, word, rest)
    if word in STEERING:
        kept = steer(word, root, rest)
        return FINISHED if kept is None else _carry_out(args, root, kept)
    if rest:
        raise InputError(f"one preset or file at a time; what is {' '.join(rest)!r}?")
    args.what = word or None
    if args.what is None:
        raise InputError("give a preset or a file, as in `tui-lab sweep regression --over lr=1e-4..1e-1:log`")
    sweep = asked_sweep(args, root)
    if args.dry_run:
        return _dry_run(args, sweep)
    if args.study is not None:
        from tui_lab.cli.commands.sweep_study import begin

        return begin(args, root, sweep)
    workers, code = _workers(args), code_of(args)
    return _carry_out(
        args, root, NewSweep(sweep=sweep, root=str(root), exact=_exact(args), workers=workers, code=code)
    )


def resume(args: Namespace, root: Path, words: list[str]) -> int:
    """Go on with a sweep that was stopped or interrupted. Raises InputError."""
    if len(words) != 1:
        raise InputError("give one sweep, as in `tui-lab sweep resume last`; `tui-lab sweeps` lists them")
    folder = find_sweep(root, words[0])
    if (leader := held(folder)) is not None:
        raise InputError(f"sweep {folder.run_id} is being trained by {leader}")
    trials = whole_number(getattr(args, "trials", None), "--trials", MOST_TRIALS)
    path, workers = str(folder.path), _workers(args)
    job = ResumedSweep(folder=path, trials=trials, workers=workers, code=code_of(args))
    return _carry_out(args, root, job)


def _exact(args: Namespace) -> bool:
    """Whether the speed of the trials stays as it is: also if it was set."""
    return args.exact or any(setting.partition("=")[0].strip() == "speed" for setting in args.set)


def _workers(args: Namespace) -> int | None:
    return whole_number(getattr(args, "workers", None), "--workers", 1024)


def _dry_run(args: Namespace, sweep: Sweep) -> int:
    """Say what would be trained, and how long it would take."""
    tried = middle_experiment(sweep)
    with meanwhile("loading torch and trying a trial", quiet=args.quiet):
        from tui_lab.session.sweeps.measuring import measure

        found = measure(tried, exact=_exact(args), code=code_of(args))
    if found.problems:
        raise InputError(found.problems)
    put([measured_text(sweep, found, _workers(args))])
    return FINISHED


def _carry_out(args: Namespace, root: Path, job: SweepJob) -> int:
    with meanwhile("loading torch and trying a trial", quiet=args.quiet):
        sweep_id = start_sweep(job)
    if args.detach:
        say(sweep_id)
        return FINISHED
    return follow(args, SweepFolder(sweeps_root(root) / sweep_id))


def follow(args: Namespace, folder: SweepFolder) -> int:
    """Show how a sweep goes, to its end; signals stop it. The exit status."""
    client, received = SweepClient(folder), [0]

    def stop(number: int, _frame: FrameType | None) -> None:
        if received[0]:
            raise KeyboardInterrupt
        received[0] = number
        client.send(StopSweep())

    if not (args.quiet or args.json):
        note(started_text(folder.run_id, client.view))
    shown = 0
    if args.json:
        put(encode_record(record).decode() + "\n" for record in client.records)
    # a hangup ends only what is shown of it
    with handled((SIGINT, *ENDING), stop), meanwhile("training", quiet=args.quiet or args.json) as wait:
        alive = True
        while alive:
            alive = client.alive
            if client.poll():
                if args.json:
                    put(encode_record(record).decode() + "\n" for record in client.records)
                wait.doing(progress_text(client.view))
                shown = _plain_progress(args, client, shown)
            if alive:
                sleep(_LOOK_S)
    for _ in range(_RELEASED):  # the next command may be one for this sweep
        if held(folder) is None:
            break
        sleep(_LOOK_S)
    view = client.view
    if client.problem:
        complain(client.problem)
    if not (args.quiet or args.json):
        put([closing_text(folder.run_id, view)])
    if received[0]:
        return 128 + received[0]
    return FAILED if view.status == "failed" else FINISHED


def _plain_progress(args: Namespace, client: SweepClient, shown: int) -> int:
    """Where no line can be overwritten: a line for each tenth that is done."""
    trials = client.view.trials
    wanted = client.view.sweep.trials if client.view.sweep else 1
    done = sum(trial.over for trial in trials) * _STEPS // max(1, wanted)
    if done > shown and not (args.quiet or args.json or can_redraw(sys.stderr)):
        note(progress_text(client.view))
    return max(done, shown)
