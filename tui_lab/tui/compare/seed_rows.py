"""Runs that differ by the seed or the fold only, as one row of the comparison. No widgets."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from tui_lab.experiment.folds import Member, member_words
from tui_lab.experiment.metrics import lower_is_better
from tui_lab.protocol.spread import Spread, spread_of
from tui_lab.runs.index.listing import RunLine
from tui_lab.runs.index.seed_groups import BEST_LOSS, SeedGroup
from tui_lab.runs.index.seed_words import folds_named, members_counted
from tui_lab.tui.compare.column import ComparedColumn
from tui_lab.tui.style.format import number, score
from tui_lab.tui.style.text import cut


def spread_text(figure: str, spread: Spread) -> str:
    """`0.913 ± 0.021`: mean and standard deviation; only the value if there is one run."""
    told = _score(figure, spread.mean)
    return told if spread.deviation is None else f"{told} ± {_score(figure, spread.deviation)}"


def figure_text(figure: str, spread: Spread) -> str:
    """A figure by its name, with its spread, the lowest and the highest."""
    name = "best val loss" if figure == BEST_LOSS else figure.replace("_", " ")
    ends = f"{_score(figure, spread.minimum)} to {_score(figure, spread.maximum)}"
    return f"{name} {spread_text(figure, spread)} ({ends})"


def group_name(group: SeedGroup, lines: Sequence[RunLine]) -> str:
    """`wine, 8 seeds`: the name that the runs share but for the seed and fold, or that of their preset."""
    by_id = {line.id: line for line in lines}
    titles = {_without(by_id[run_id].title, member, group.folds) for member, run_id in group.runs}
    told = titles.pop() if len(titles) == 1 else by_id[group.ids[0]].preset
    return f"{cut(told, 40)}, {members_counted(group)}"


def _without(title: str, member: Member, folds: int | None) -> str:
    for seed in (True, False):
        title = title.removesuffix(f" {member_words(member, folds, seed=seed)}")
    return title


def rows_words(group: SeedGroup) -> str:
    """Which seeds and folds there are, and whether they are about the same rows."""
    seeds = f"seeds {', '.join(map(str, group.seeds))}"
    if group.folds is None:
        return f"{seeds}; {'the same rows' if group.same_rows else 'each its own split of the rows'}"
    of = f"{seeds}; " if len(group.seeds) > 1 else ""
    return f"{of}folds {folds_named(group.members)} of {group.folds}, each validated on its own rows"


def with_groups(column: ComparedColumn, groups: dict[str, SeedGroup]) -> ComparedColumn:
    """A column of runs with the text and the key of a group in place of those of the run that stands for it.

    A figure is its mean and standard deviation, anything else the lowest and the highest if they differ.
    """
    texts, keys = dict(column.texts), dict(column.keys)
    for stands_for, group in groups.items():
        if column.figure:
            spread = _spread(column, group)
            texts[stands_for] = "–" if spread is None else spread_text(column.figure, spread)
            keys[stands_for] = inf if spread is None else _sign(column.figure) * spread.mean
        else:
            first, *_, last = sorted(group.ids, key=lambda run_id: column.keys[run_id])
            low, high = column.texts[first], column.texts[last]
            texts[stands_for] = low if low == high else f"{low} to {high}"
            keys[stands_for] = column.keys[first]
    return replace(column, texts=texts, keys=keys)


def _spread(column: ComparedColumn, group: SeedGroup) -> Spread | None:
    if column.figure in group.spreads:
        return group.spreads[column.figure]
    return spread_of(_sign(column.figure) * column.keys[run_id] for run_id in group.ids)


def _metric(figure: str) -> str:
    """`test_accuracy` -> `accuracy`."""
    return "loss" if figure == BEST_LOSS else figure.partition("_")[2]


def _sign(figure: str) -> int:
    return 1 if lower_is_better(_metric(figure)) else -1


def _score(figure: str, value: float) -> str:
    metric = _metric(figure)
    return number(value) if metric == "loss" else score(metric, value)
