"""`tui-lab train --seeds N --folds K`: an experiment with several seeds and folds, run after run."""

import json
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from tui_lab.cli.arguments.code_args import code_of
from tui_lab.cli.arguments.experiment_args import asked_experiment, run_name
from tui_lab.cli.arguments.runs_root import resolved_root
from tui_lab.cli.commands.follow_run import Trained, train_here
from tui_lab.cli.output.output import complain, note, put, say
from tui_lab.cli.output.series_text import run_json, run_line, series_json, series_text
from tui_lab.cli.output.waiting import journals_read
from tui_lab.data.messages import counted
from tui_lab.errors import InputError, LabError, Problems, placed
from tui_lab.experiment.catalogue import check
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.folds import Member, fold_experiments, member_of, member_words
from tui_lab.experiment.split import FEWEST_FOLDS, MOST_FOLDS
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.labels import Label, check_label
from tui_lab.runs.folder.lock import held
from tui_lab.runs.index.seed_groups import SeedGroup, as_asked, seed_groups
from tui_lab.runs.index.seed_runs import runs_but_for_the_seed
from tui_lab.runs.index.seed_words import folds_named, seeds_named
from tui_lab.session.host.exit_status import FAILED, INTERRUPTED, exit_status
from tui_lab.session.jobs.jobs import Fresh, Resumed

MOST = 1000
_BEFORE, _RESUMED = "trained before", "resumed"
_ENDED = ("finished", "diverged")
"""How a run ends that need not be trained again: with the same seed and fold it would end like that again."""


_OTHER, _EDITED = "its data are not those of the others", "it was edited while it trained"
_HOW = {"stopped": "was stopped", "failed": "failed"}
_Runs = dict[Member, tuple[str, RunView]]
"""Run id and view, by seed and fold."""


@dataclass(slots=True)
class _Series:
    """The seeds and folds in order, each with its experiment and its name; and the runs that have ended.

    `begun`: runs that were stopped or interrupted, to be resumed. `folds`: how many, None if only seeds vary;
    `seeded`: whether the seeds vary.
    """

    experiments: dict[Member, Experiment]
    folds: int | None
    seeded: bool
    root: Path
    name: str
    ended: _Runs
    begun: _Runs

    def words(self, member: Member) -> str:
        """`seed 3`, `fold 2 of 5`, or both."""
        return member_words(member, self.folds, seed=self.seeded)

    def name_of(self, member: Member) -> str:
        """The name of its run."""
        return f"{self.name} {self.words(member)}"

    def place_words(self, member: Member) -> str:
        """`seed 5 (2 of 3)`; folds say it themselves."""
        place = list(self.experiments).index(member) + 1
        counts = "" if self.folds and not self.seeded else f" ({place} of {len(self.experiments)})"
        return self.words(member) + counts

    def missing(self) -> list[Member]:
        return [member for member in self.experiments if member not in self.ended]

    def group(self) -> SeedGroup | None:
        """The runs that count, most of them if the data changed meanwhile; None if there is none."""
        return max(
            seed_groups(dict(self.ended.values()), least=1), key=lambda group: len(group.runs), default=None
        )


def run(args: Namespace, problems: Problems) -> int:
    """Train the seeds and folds that are missing and print the spread over all.

    `problems`: what is wrong with the other options. Raises InputError.
    """
    series = _checked(args, problems)
    before = set(series.ended)
    statuses = {_told(args, series, member, _BEFORE) for member in series.ended}
    try:
        while missing := series.missing():
            member = missing[0]
            if not args.quiet:
                note(series.place_words(member))
            trained, how = _train(args, series, member)
            if trained.view.status not in _ENDED:
                _say_how_to_go_on(args, series, trained)
                return trained.status
            series.ended[member] = trained.run_id, trained.view
            statuses |= {_told(args, series, member, how), trained.status}
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


def how_many(args: Namespace) -> tuple[int, int | None]:
    """The number of seeds, 1 to 1000, and of folds, 2 to 50; None without folds.

    Raises InputError, also for options that do not go with them.
    """
    problems = Problems()
    seeds, folds = 1, None
    if args.seeds is not None:
        with problems.caught(), placed("--seeds"):
            seeds = _whole(args.seeds, 1, MOST, "runs", 8)
        if args.seed is not None:
            problems.append(
                "--seeds: cannot be combined with --seed, which gives one seed; to start from another than "
                f"the preset's, use --set seed={args.seed}"
            )
    if args.folds is not None:
        with problems.caught(), placed("--folds"):
            folds = _whole(args.folds, FEWEST_FOLDS, MOST_FOLDS, "folds", 5)
    option = "--folds" if args.seeds is None else "--seeds"
    each = {"--replay": args.replay, "--detach": args.detach, "--export": args.export is not None}
    problems += [
        f"{option}: cannot be combined with {other}, which is for a single run"
        for other in each
        if each[other]
    ]
    problems.refuse()
    return seeds, folds


def _whole(given: str, least: int, most: int, of: str, such_as: int) -> int:
    text = given.strip()
    if not (text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
        raise InputError(
            f"{given!r}: give a whole number of {of} from {least} to {most:,}, such as {such_as}"
        )
    return int(text)


def _checked(args: Namespace, problems: Problems) -> _Series:
    """Everything that is to be trained, and what has been. Raises InputError with all that is wrong."""
    count, folds, first, name, root = 0, None, None, "", Path()
    with problems.caught():
        count, folds = how_many(args)
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
    every = [_with_seed(first, seed) for seed in range(begin, begin + count)]
    if folds is not None:
        every = [each for seeded in every for each in fold_experiments(seeded, folds)]
    experiments = {member_of(each): each for each in every}
    seeded = args.seeds is not None
    series = _Series(
        experiments, every[0].data.split.folds, seeded, root, name or first.preset, ended={}, begun={}
    )
    with placed("--name"):
        check_label(Label(series.name_of(member_of(every[-1]))))
    with journals_read():
        earlier = runs_but_for_the_seed(root, every[0])
    _sort_out(series, earlier)
    return series


def _with_seed(experiment: Experiment, seed: int) -> Experiment:
    with placed("--seeds"):
        hyper = experiment.hyperparameters.model_copy(update={"seed": check("seed", seed)})
    return experiment.model_copy(update={"hyperparameters": hyper})


def _sort_out(series: _Series, earlier: dict[str, RunView]) -> None:
    """Take in the earlier runs of the series, newest first, that have ended, and those to be resumed.

    Raises InputError if one is being trained.
    """
    ended: _Runs = {}
    busy: list[str] = []
    for run_id, view in earlier.items():
        member = member_of(view.experiment) if view.experiment else None
        if member is None or member not in series.experiments:
            continue
        if (holder := held(RunFolder(series.root / run_id))) is not None:
            option = "--seeds" if series.folds is None else "--folds"
            busy.append(
                f"{option}: {series.words(member)} is being trained as run {run_id} by {holder}; wait until "
                "it ends"
            )
        elif view.status in _ENDED:
            ended.setdefault(member, (run_id, view))
        elif view.checkpoints:
            series.begun.setdefault(member, (run_id, view))
    if busy:
        raise InputError(busy)
    series.ended = dict(sorted(ended.items()))


def _train(args: Namespace, series: _Series, member: Member) -> tuple[Trained, str]:
    """Train a seed or fold, or resume its run; the second is how it came about."""
    code = code_of(args)
    if member in series.begun:
        run_id, view = series.begun.pop(member)
        job = Resumed(folder=str(series.root / run_id), code=code)
        try:
            return train_here(args, job, view, summary=False), _RESUMED
        except LabError as error:
            complain(f"run {run_id} cannot be resumed, so {series.words(member)} is trained anew: {error}")
    fresh = Fresh(
        experiment=series.experiments[member],
        root=str(series.root),
        name=series.name_of(member),
        code=code,
    )
    return train_here(args, fresh, summary=False), ""


def _told(args: Namespace, series: _Series, member: Member, how: str) -> int:
    """Print the line of a run that has ended; returns its exit status."""
    run_id, view = series.ended[member]
    if args.json:
        say(json.dumps(run_json(member, run_id, view, how)))
    elif not args.quiet:
        say(run_line(series.words(member), run_id, view, how))
    return exit_status(view.status)


def _leave_out_other_data(series: _Series, before: set[Member], latest: RunView) -> None:
    """Train the seeds and folds again that were trained `before` on data that have changed since."""
    for member in sorted(before & set(series.ended)):
        run_id, view = series.ended[member]
        if not _same_data(view, latest):
            del series.ended[member]
            complain(
                f"{series.words(member)}: run {run_id} does not count: the data have changed since; it is "
                "trained again"
            )


def _same_data(one: RunView, other: RunView) -> bool:
    return one.data is None or other.data is None or one.data.sha256 == other.data.sha256


def _say_how_to_go_on(args: Namespace, series: _Series, current: Trained | None = None) -> None:
    if args.quiet:
        return
    done, missing = sorted(series.ended), series.missing()
    of = "runs" if series.folds and series.seeded else "seeds" if series.folds is None else "folds"
    named = {"seeds": seeds_named([member.seed for member in done]), "folds": folds_named(done)}.get(of, "")
    said = f"{len(done)} of {len(series.experiments)} {of} are done"
    said += f" ({named})" if named else ""
    following = series.words(missing[0])
    if current is not None:
        after = counted(current.view.epochs_done, "epoch", "epochs")
        said += f"; {following} {_HOW.get(current.view.status, 'was interrupted')} after {after}"
    complain(f"{said}. The same command goes on with {following}")


def _conclude(args: Namespace, series: _Series) -> None:
    """Print the spread over the seeds and folds, and which of them do not count."""
    group = series.group()
    for member, (run_id, view) in sorted(series.ended.items()):
        if group is None or member not in group.members:
            why = "it diverged" if view.status == "diverged" else _OTHER if as_asked(view) else _EDITED
            complain(f"{series.words(member)}: run {run_id} does not count: {why}")
    if args.json:
        say(json.dumps(series_json(group)))
    elif group is not None and not args.quiet:
        put([series_text(group)])
