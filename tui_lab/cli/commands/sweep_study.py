"""A sweep on many machines: `tui-lab sweep ... --study URL` and `tui-lab sweep join URL STUDY`."""

import shlex
from argparse import Namespace
from pathlib import Path
from time import sleep

from tui_lab.cli.arguments.code_args import code_of
from tui_lab.cli.arguments.sweep_args import whole_number
from tui_lab.cli.commands.sweep_steering import OF_ONE, command_of, named
from tui_lab.cli.output.output import complain, note, put, say
from tui_lab.cli.output.sweep_text import closing_text, plan_text
from tui_lab.data.messages import counted
from tui_lab.errors import InputError
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.events import encode_record
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.safe import safe
from tui_lab.session.cluster.address import checked_address
from tui_lab.session.cluster.database import connect
from tui_lab.session.cluster.feed import StudyFeed, obey, read_study
from tui_lab.session.cluster.hosts import find_hosts, parse_hosts, start_on_hosts
from tui_lab.session.cluster.local_workers import LocalWorkers, usual_count
from tui_lab.session.cluster.slurm import executor, parse_slurm_options, submit
from tui_lab.session.cluster.study import create_or_join, find
from tui_lab.session.cluster.training import trials_folder
from tui_lab.session.cluster.wheel import make_wheel
from tui_lab.session.cluster.worker import WorkerJob
from tui_lab.session.host.exit_status import FINISHED
from tui_lab.session.host.signals import STOPPING, handled, status_of

_DONE = {
    "stop": "its workers save their trials and end; the same `tui-lab sweep` goes on",
    "pause": "no trial is trained until `tui-lab sweep continue`",
    "continue": "it goes on",
    "drop": "the trial is ended by its worker",
    "keep": "the trial is trained to its end",
}
_LOOK_S, _LAST_S = 0.2, 5.0


def begin(args: Namespace, root: Path, sweep: Sweep) -> int:
    """Create a study, or join the one that holds this sweep, and train its trials. Raises InputError."""
    url, name = checked_address(args.study), args.name or sweep.experiment.preset
    count = whole_number(args.workers, "--workers", 1024, least=0)
    if args.detach and count != 0:
        raise InputError("--detach: with --study only together with --workers 0, so that others train")
    hosts = parse_hosts(args.hosts) if args.hosts is not None else []
    jobs = whole_number(args.slurm, "--slurm", 10_000)
    options = parse_slurm_options(args.slurm_option)
    logs = trials_folder(root, name).parent / "slurm"
    if jobs:
        executor(logs, options)  # refused before anything is started
    database = connect(url)
    tell = (lambda _: None) if args.quiet or args.json else note
    try:
        wheel = make_wheel() if hosts else b""
        found = find_hosts(hosts, wheel, args.host_python or "")  # nothing is started if one cannot train
        study = create_or_join(database, name, sweep)
    finally:
        database.close()
    command = shlex.join(["tui-lab", "sweep", "join", url, name])
    tell(f"study {name}: {plan_text(study.sweep)}; others join with `{command}`")
    for started in start_on_hosts(found, wheel, url, name, say=tell):
        if started.problem:
            complain(started.problem)
        else:
            tell(f"host {started.host}: joined, as process {started.pid}; its log there: {started.log}")
    if jobs:
        job = WorkerJob(url=url, study=name, root=str(root), code=code_of(args))
        ids = submit(job, jobs, options, logs)
        tell(f"SLURM: submitted {counted(jobs, 'job', 'jobs')}, {ids[0]} to {ids[-1]}; their logs: {logs}")
    if args.detach:
        say(name)
        return FINISHED
    return _train(args, root, url, name, usual_count() if count is None else count)


def join(args: Namespace, root: Path, words: list[str]) -> int:
    """Train trials of a study until none is left. Raises InputError."""
    if len(words) != 2:
        raise InputError("give the study, as in `tui-lab sweep join postgresql://USER@HOST/DATABASE STUDY`")
    url, name = checked_address(words[0]), words[1]
    count = whole_number(args.workers, "--workers", 1024) or usual_count()
    database = connect(url)
    try:
        study = find(database, name)
    finally:
        database.close()
    if not (args.quiet or args.json):
        note(f"joined study {name}: {plan_text(study.sweep)}")
    return _train(args, root, url, name, count)


def steer_study(args: Namespace, word: str, rest: list[str]) -> int:
    """Ask something of all workers of a study: `stop STUDY`, `drop STUDY/3`. Raises InputError."""
    one = word in OF_ONE
    if len(rest) != 1 or (meant := named(word, rest[0])) is None:
        raise InputError(
            f"give one, as in `tui-lab sweep {word} {'STUDY/3' if one else 'STUDY'} --study URL`"
        )
    name, number = meant
    database = connect(args.study)
    try:
        study = find(database, name)
        view = read_study(study) if one else SweepView()
        command = command_of(word, number, safe(name), view)
        if one and view.trials[number].over:
            raise InputError(f"trial {number} of {safe(name)} has ended")
        obey(study, command)
    finally:
        database.close()
    say(f"{study.name}: {_DONE[word]}")
    return FINISHED


def _train(args: Namespace, root: Path, url: str, name: str, count: int) -> int:
    """Train with the workers of this machine and follow the study; the exit status."""
    feed = StudyFeed(url, name, root)
    received: list[int] = []
    job = WorkerJob(url=url, study=name, root=str(root), code=code_of(args), quiet=args.quiet or args.json)
    workers = LocalWorkers(job, count)

    def stop(number: int, _: object) -> None:
        received.append(number)
        workers.stop(at_once=len(received) > 1)

    with handled(STOPPING, stop):
        try:
            if args.json:
                put(encode_record(record).decode() + "\n" for record in feed.records)
            while workers.running or (not count and feed.alive and not received):
                sleep(_LOOK_S)
                if feed.poll():
                    _show(args, feed)
            feed.look_now(_LAST_S)
            _show(args, feed)
            if not (args.quiet or args.json):
                put([closing_text(name, feed.view, goes_on="the same command goes on")])
        finally:
            workers.stop(at_once=True)
            feed.close()
    if received:
        return status_of(received[0])
    return workers.status if count else FINISHED


def _show(args: Namespace, feed: StudyFeed) -> None:
    if args.json:
        put(encode_record(record).decode() + "\n" for record in feed.records)
