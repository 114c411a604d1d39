"""`tui-lab train --seeds N`: the same experiment with several seeds, one run after the other."""

import json
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from tui_lab.cli.arguments.code_args import code_of
from tui_lab.cli.arguments.experiment_args import asked_experiment, run_name
from tui_lab.cli.arguments.runs_root import resolved_root
from tui_lab.cli.commands.follow_run import Trained, train_here
from tui_lab.cli.output.output import complain, note, put, say
from tui_lab.cli.output.seeds_text import run_json, run_line, series_json, series_text
from tui_lab.cli.output.waiting import journals_read
from tui_lab.data.messages import counted
from tui_lab.errors import InputError, LabError, Problems, placed
from tui_lab.experiment.catalogue import check
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.labels import Label, check_label
from tui_lab.runs.folder.lock import held
from tui_lab.runs.index.seed_groups import SeedGroup, as_asked, seed_groups
from tui_lab.runs.index.seed_runs import runs_but_for_the_seed
from tui_lab.runs.index.seed_words import seeds_named
from tui_lab.session.host.exit_status import FAILED, INTERRUPTED, exit_status
from tui_lab.session.jobs.jobs import Fresh, Resumed

MOST = 1000
_BEFORE, _RESUMED = "trained before", "resumed"
_ENDED = ("finished", "diverged")
"""How a run ends that need not be trained again: with the same seed it would end like that again."""


_OTHER, _EDITED = "its data are not those of the others", "it was edited while it trained"
_HOW = {"stopped": "was stopped", "failed": "failed"}
_Runs = dict[int, tuple[str, RunView]]
"""Run id and view, by seed."""


@dataclass(slots=True)
class _Series:
    """The seeds in order, each with its experiment and the name of its run; and the runs that have ended.

    `begun`: runs that were stopped or interrupted, to be resumed.
    """

    experiments: dict[int, Experiment]
    names: dict[int, str]
    root: Path
    ended: _Runs
    begun: _Runs

    def missing(self) -> list[int]:
        return [seed for seed in self.experiments if seed not in self.ended]

    def group(self) -> SeedGroup | None:
        """The runs that count, most of them if the data changed meanwhile; None if there is none."""
        return max(
            seed_groups(dict(self.ended.values()), least=1), key=lambda group: len(group.runs), default=None
        )


def run(args: Namespace, problems: Problems) -> int:
    """Train the seeds that are missing and print the spread over all.

    `problems`: what is wrong with the other options. Raises InputError.
    """
    series = _checked(args, problems)
    before = set(series.ended)
    statuses = {_told(args, seed, *series.ended[seed], _BEFORE) for seed in series.ended}
    try:
        while missing := series.missing():
            seed = missing[0]
            if not args.quiet:
                place = list(series.experiments).index(seed) + 1
                note(f"seed {seed} ({place} of {len(series.experiments)})")
            trained, how = _train(args, series, seed)
            if trained.view.status not in _ENDED:
                _say_how_to_go_on(args, series, trained)
                return trained.status
            series.ended[seed] = trained.run_id, trained.view
            statuses |= {_told(args, seed, trained.run_id, trained.view, how), trained.status}
            _leave_out_other_data(series, before, trained.view)
            if trained.signal is not None and series.missing():
                _say_how_to_go_on(args, series)
                return 128 + trained.signal
    except KeyboardInterrupt:  # between two runs
        _say_how_to_go_on(args, series)
        return INTERRUPTED
    except LabError:
        if set(series.ended) - before:
            _say_how_to_go_on(args, series)
        raise
    _conclude(args, series)
    return FAILED if FAILED in statuses else max(statuses)


@placed("--seeds")
def how_many(args: Namespace) -> int:
    """The number of seeds, 1 to 1000. Raises InputError, also for options that do not go with it."""
    problems = Problems()
    text = args.seeds.strip()
    if not (text.isdecimal() and len(text) < 10 and 1 <= int(text) <= MOST):
        problems.append(f"{args.seeds!r}: give a whole number of runs from 1 to {MOST:,}, such as 8")
    if args.seed is not None:
        problems.append(
            "cannot be combined with --seed, which gives one seed; to start from another than the preset's, "
            f"use --set seed={args.seed}"
        )
    each = {"--replay": args.replay, "--detach": args.detach, "--export": args.export is not None}
    problems += [
        f"cannot be combined with {option}, which is for a single run" for option in each if each[option]
    ]
    problems.refuse()
    return int(text)


def _checked(args: Namespace, problems: Problems) -> _Series:
    """Everything that is to be trained, and what has been. Raises InputError with all that is wrong."""
    count, first, name, root = 0, None, "", Path()
    with problems.caught():
        count = how_many(args)
    with problems.caught():
        name = run_name(args)
    with problems.caught():
        root = resolved_root(args)
    with problems.caught():
        if args.what is not None or args.dataset is not None:
            first = asked_experiment(args)
    if first is None or problems:
        raise InputError(problems)
    begin = first.hyperparameters.seed
    experiments = {seed: _with_seed(first, seed) for seed in range(begin, begin + count)}
    names = {seed: f"{name or first.preset} seed {seed}" for seed in experiments}
    with placed("--name"):
        check_label(Label(names[begin + count - 1]))
    with journals_read():
        earlier = runs_but_for_the_seed(root, first)
    return _Series(experiments, names, root, *_sorted_out(root, experiments, earlier))


def _with_seed(experiment: Experiment, seed: int) -> Experiment:
    with placed("--seeds"):
        hyper = experiment.hyperparameters.model_copy(update={"seed": check("seed", seed)})
    return experiment.model_copy(update={"hyperparameters": hyper})


def _sorted_out(
    root: Path, experiments: dict[int, Experiment], earlier: dict[str, RunView]
) -> tuple[_Runs, _Runs]:
    """The earlier runs of these seeds, newest first, that have ended, and those that can be resumed.

    Raises InputError if one is being trained.
    """
    ended: _Runs = {}
    begun: _Runs = {}
    busy: list[str] = []
    for run_id, view in earlier.items():
        seed = view.experiment.hyperparameters.seed if view.experiment else None
        if seed is None or seed not in experiments:
            continue
        if (holder := held(RunFolder(root / run_id))) is not None:
            busy.append(
                f"--seeds: seed {seed} is being trained as run {run_id} by {holder}; wait until it ends"
            )
        elif view.status in _ENDED:
            ended.setdefault(seed, (run_id, view))
        elif view.checkpoints:
            begun.setdefault(seed, (run_id, view))
    if busy:
        raise InputError(busy)
    return dict(sorted(ended.items())), begun


def _train(args: Namespace, series: _Series, seed: int) -> tuple[Trained, str]:
    """Train a seed, or resume its run; the second is how it came about."""
    code = code_of(args)
    if seed in series.begun:
        run_id, view = series.begun.pop(seed)
        job = Resumed(folder=str(series.root / run_id), code=code)
        try:
            return train_here(args, job, view, summary=False), _RESUMED
        except LabError as error:
            complain(f"run {run_id} cannot be resumed, so seed {seed} is trained anew: {error}")
    fresh = Fresh(
        experiment=series.experiments[seed], root=str(series.root), name=series.names[seed], code=code
    )
    return train_here(args, fresh, summary=False), ""


def _told(args: Namespace, seed: int, run_id: str, view: RunView, how: str) -> int:
    """Print the line of a run that has ended; returns its exit status."""
    if args.json:
        say(json.dumps(run_json(seed, run_id, view, how)))
    elif not args.quiet:
        say(run_line(seed, run_id, view, how))
    return exit_status(view.status)


def _leave_out_other_data(series: _Series, before: set[int], latest: RunView) -> None:
    """Train the seeds again that were trained `before` on data that have changed since."""
    for seed in [
        seed for seed in before & set(series.ended) if not _same_data(series.ended[seed][1], latest)
    ]:
        run_id, _ = series.ended.pop(seed)
        complain(
            f"seed {seed}: run {run_id} does not count: the data have changed since; it is trained again"
        )


def _same_data(one: RunView, other: RunView) -> bool:
    return one.data is None or other.data is None or one.data.sha256 == other.data.sha256


def _say_how_to_go_on(args: Namespace, series: _Series, current: Trained | None = None) -> None:
    if args.quiet:
        return
    done, missing = sorted(series.ended), series.missing()
    said = f"{len(done)} of {len(series.experiments)} seeds are done"
    said += f" ({seeds_named(done)})" if done else ""
    if current is not None:
        after = counted(current.view.epochs_done, "epoch", "epochs")
        said += f"; seed {missing[0]} {_HOW.get(current.view.status, 'was interrupted')} after {after}"
    complain(f"{said}. The same command goes on with seed {missing[0]}")


def _conclude(args: Namespace, series: _Series) -> None:
    """Print the spread over the seeds, and which of them do not count."""
    group = series.group()
    for seed, (run_id, view) in sorted(series.ended.items()):
        if group is None or seed not in group.seeds:
            why = "it diverged" if view.status == "diverged" else _OTHER if as_asked(view) else _EDITED
            complain(f"seed {seed}: run {run_id} does not count: {why}")
    if args.json:
        say(json.dumps(series_json(group)))
    elif group is not None and not args.quiet:
        put([series_text(group)])
