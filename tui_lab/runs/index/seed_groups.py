"""Runs of one experiment with several seeds, or on several folds: how much of what they reach is luck."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.folds import Member, member_of, with_split
from tui_lab.experiment.metrics import METRICS
from tui_lab.protocol.spread import Spread, spread_of
from tui_lab.protocol.view import RunView

BEST_LOSS = "best_val_loss"


@dataclass(frozen=True, slots=True)
class SeedGroup:
    """Runs that differ only by the seed, by the fold of a cross-validation, or by both.

    `runs`: seed and fold, and run id, in that order. `spreads`: by figure: `best_val_loss`, then the test
    scores (`test_accuracy`, `test_loss`), then the validation scores of the best epoch (`val_accuracy`).
    Those of folds have no interval: they share training rows, so their scores are not independent, and there
    is no unbiased estimate of the variance of their mean (Bengio and Grandvalet, Journal of Machine Learning
    Research 5, 2004). `values`: the same for each run that has the figure, by run id. `same_rows`: all were
    trained and tested on the same rows: the split has a seed of its own and no folds. Otherwise a part of the
    spread comes from the split. `folds`: how many parts there are; None without cross-validation, and if
    several seeds are of one fold.
    """

    runs: tuple[tuple[Member, str], ...]
    spreads: dict[str, Spread]
    values: dict[str, dict[str, float]]
    same_rows: bool
    folds: int | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(run_id for _, run_id in self.runs)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Each once, in order."""
        return tuple(sorted({member.seed for member, _ in self.runs}))

    @property
    def members(self) -> tuple[Member, ...]:
        return tuple(member for member, _ in self.runs)

    @property
    def whole(self) -> bool:
        """Whether each seed has all folds."""
        return len(self.runs) == len(self.seeds) * (self.folds or 1)


def seed_groups(views: Mapping[str, RunView], least: int = 2) -> list[SeedGroup]:
    """The groups of at least `least` seeds or folds among runs by id, in the order of their first runs.

    Only runs that `counts` count. Of runs with the same seed and fold, which are the same to the bit on one
    machine, the first is taken.
    """
    found: dict[str, dict[Member, str]] = {}
    for run_id, view in views.items():
        if counts(view) and view.experiment is not None:
            group = found.setdefault(_but_for_the_seed(view.experiment, _data_of(view)), {})
            group.setdefault(member_of(view.experiment), run_id)
    return [_group(views, dict(sorted(ids.items()))) for ids in found.values() if len(ids) >= least]


def counts(view: RunView) -> bool:
    """Whether a run is what its experiment gives: it finished, is no fork, and was not edited."""
    return view.status == "finished" and as_asked(view)


def as_asked(view: RunView) -> bool:
    """Whether a run, ended or not, is no fork, and nothing was edited in it."""
    if view.experiment is None or view.origin is not None:
        return False
    return not view.edits and not view.pending and not view.queued


def same_but_for_the_seed(one: Experiment, other: Experiment) -> bool:
    """Whether two experiments differ by the seed and the fold at most; their number of folds is the same."""
    return _but_for_the_seed(one) == _but_for_the_seed(other)


def _but_for_the_seed(experiment: Experiment, data: str = "") -> str:
    hyper, split = experiment.hyperparameters.model_copy(update={"seed": 0}), experiment.data.split
    if split.folds is not None:
        experiment = with_split(experiment, split.model_copy(update={"fold": 0}))
    return data + experiment.model_copy(update={"hyperparameters": hyper}).model_dump_json()


def _data_of(view: RunView) -> str:
    """The checksum of the file, which may have changed from one run to the next."""
    return view.data.sha256 if view.data else ""


def _group(views: Mapping[str, RunView], ids: dict[Member, str]) -> SeedGroup:
    """The group of these runs, by seed and fold."""
    values: dict[str, dict[str, float]] = {}
    figures = {run_id: figures_of(views[run_id]) for run_id in ids.values()}
    for name in sorted({name for each in figures.values() for name in each}, key=_order):
        values[name] = {run_id: each[name] for run_id, each in figures.items() if name in each}
    spreads = {name: spread for name, each in values.items() if (spread := spread_of(each.values()))}
    splits = [asked.data.split for run_id in ids.values() if (asked := views[run_id].experiment)]
    one_fold = len(ids) > 1 and len({split.fold for split in splits}) == 1
    folds = None if one_fold else splits[0].folds
    if folds is not None:
        spreads = {name: replace(spread, low=None, high=None) for name, spread in spreads.items()}
    same_rows = folds is None and all(split.seed is not None for split in splits)
    return SeedGroup(tuple(ids.items()), spreads, values, same_rows, folds)


def figures_of(view: RunView) -> dict[str, float]:
    """What a run reached: its best validation loss, test scores, and validation scores of its best epoch."""
    found: dict[str, float] = {}
    if view.best is not None:
        found[BEST_LOSS] = view.best.val_loss
        found |= {f"val_{name}": value for name, value in view.best.metrics.items() if name != "loss"}
    if view.tested is not None:
        found |= {f"test_{name}": value for name, value in view.tested.metrics.items()}
    return found


def _order(name: str) -> tuple[bool, bool, int]:
    """The best validation loss, then the test, then validation, as a run reports its metrics."""
    split, _, metric = name.partition("_")
    known = tuple(METRICS)
    return name != BEST_LOSS, split != "test", known.index(metric) if metric in known else len(known)
