"""Runs of one experiment with several seeds: how much of what they reach is luck."""

from collections.abc import Mapping
from dataclasses import dataclass

from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.metrics import METRICS
from tui_lab.protocol.spread import Spread, spread_of
from tui_lab.protocol.view import RunView

BEST_LOSS = "best_val_loss"


@dataclass(frozen=True, slots=True)
class SeedGroup:
    """Runs that differ by the seed only. `runs`: seed and run id, by seed.

    `spreads`: by figure: `best_val_loss`, then the test scores (`test_accuracy`, `test_loss`), then the
    validation scores of the best epoch (`val_accuracy`). `values`: the same for each run that has the
    figure, by run id. `same_rows`: the split has a seed of its own, so that all were trained and tested on
    the same rows; otherwise a part of the spread comes from the split.
    """

    runs: tuple[tuple[int, str], ...]
    spreads: dict[str, Spread]
    values: dict[str, dict[str, float]]
    same_rows: bool

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(run_id for _, run_id in self.runs)

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(seed for seed, _ in self.runs)


def seed_groups(views: Mapping[str, RunView], least: int = 2) -> list[SeedGroup]:
    """The groups of at least `least` seeds among runs, given by id, in the order of their first runs.

    Only runs that `counts` count. Of runs with the same seed, which are the same to the bit on one machine,
    the first is taken.
    """
    found: dict[str, dict[int, str]] = {}
    for run_id, view in views.items():
        if counts(view) and view.experiment is not None:
            group = found.setdefault(_but_for_the_seed(view.experiment, _data_of(view)), {})
            group.setdefault(view.experiment.hyperparameters.seed, run_id)
    return [_group(views, dict(sorted(seeds.items()))) for seeds in found.values() if len(seeds) >= least]


def counts(view: RunView) -> bool:
    """Whether a run is what its experiment gives: it finished, is no fork, and was not edited."""
    return view.status == "finished" and as_asked(view)


def as_asked(view: RunView) -> bool:
    """Whether a run, ended or not, is no fork, and nothing was edited in it."""
    if view.experiment is None or view.origin is not None:
        return False
    return not view.edits and not view.pending and not view.queued


def same_but_for_the_seed(one: Experiment, other: Experiment) -> bool:
    """Whether two experiments differ by the seed at most."""
    return _but_for_the_seed(one) == _but_for_the_seed(other)


def _but_for_the_seed(experiment: Experiment, data: str = "") -> str:
    hyper = experiment.hyperparameters.model_copy(update={"seed": 0})
    return data + experiment.model_copy(update={"hyperparameters": hyper}).model_dump_json()


def _data_of(view: RunView) -> str:
    """The checksum of the file, which may have changed from one run to the next."""
    return view.data.sha256 if view.data else ""


def _group(views: Mapping[str, RunView], ids: dict[int, str]) -> SeedGroup:
    """The group of these runs, by seed."""
    values: dict[str, dict[str, float]] = {}
    figures = {run_id: figures_of(views[run_id]) for run_id in ids.values()}
    for name in sorted({name for each in figures.values() for name in each}, key=_order):
        values[name] = {run_id: each[name] for run_id, each in figures.items() if name in each}
    spreads = {name: spread for name, each in values.items() if (spread := spread_of(each.values()))}
    asked = [views[run_id].experiment for run_id in ids.values()]
    same_rows = all(one is not None and one.data.split.seed is not None for one in asked)
    return SeedGroup(tuple(ids.items()), spreads, values, same_rows)


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
