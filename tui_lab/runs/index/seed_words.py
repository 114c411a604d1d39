"""How a run compares with the same experiment on other seeds or folds, in a sentence of its evaluation."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tui_lab.errors import LabError
from tui_lab.experiment.folds import Member
from tui_lab.experiment.metrics import lower_is_better
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_experiment
from tui_lab.runs.index.seed_groups import SeedGroup, seed_groups
from tui_lab.runs.index.seed_runs import runs_but_for_the_seed


def with_seeds(found: Evaluation, folder: RunFolder) -> Evaluation:
    """The evaluation of a run, whose verdict also says how its score varies over seeds or folds, if known.

    It is for a run that finished, and was neither edited nor forked, if there are such runs of other seeds or
    folds in the same folder. Files that cannot be read are passed over.
    """
    if found.verdict is None or found.split == "train":
        return found
    try:
        runs = runs_but_for_the_seed(folder.path.parent, load_experiment(folder))
    except LabError:
        return found
    own = {run_id: view for run_id, view in runs.items() if run_id == folder.run_id}
    groups = seed_groups(own | runs)  # its own first: of each seed, the first counts
    group = next((group for group in groups if folder.run_id in group.ids), None)
    said = "" if group is None else seeds_sentence(group, folder.run_id, found.split, found.verdict.metric)
    verdict = replace(found.verdict, sentence=" ".join(filter(None, (found.verdict.sentence, said))))
    return replace(found, verdict=verdict)


def seeds_sentence(group: SeedGroup, run_id: str, split: str, metric: str) -> str:
    """`Over 8 seeds (0 to 7): test accuracy 0.91 ± 0.02 ...; this run is the best of them.`

    Empty if fewer than two of the runs have the metric, or this one does not.
    """
    figure = f"{split}_{metric}" if f"{split}_{metric}" in group.spreads else ""
    if not figure or group.spreads[figure].deviation is None or run_id not in group.values[figure]:
        return ""
    spread, values = group.spreads[figure], group.values[figure]
    own, sign = values[run_id], 1 if lower_is_better(metric) else -1
    better = sum(sign * value < sign * own for value in values.values())
    worse = sum(sign * value > sign * own for value in values.values())
    place = (
        "as good as each of them"
        if not better and not worse
        else "the best of them"
        if not better
        else "the worst of them"
        if not worse
        else f"better than {worse} of them and worse than {better}"
    )
    split_words = "" if group.same_rows or group.folds else ", each with its own split of the rows"
    return (
        f"Over {members_named(group)}{split_words}: {figure.replace('_', ' ')} "
        f"{spread.mean:.3g} ± {spread.deviation:.2g}, from {spread.minimum:.3g} to {spread.maximum:.3g}; "
        f"this run is {place}."
    )


def members_counted(group: SeedGroup) -> str:
    """`8 seeds`, `5 folds`, `3 of 5 folds`, `15 runs of 3 seeds and 5 folds`."""
    count, seeds, folds = len(group.runs), len(group.seeds), group.folds
    if folds is None:
        return f"{count:,} {'seed' if count == 1 else 'seeds'}"
    if seeds > 1:
        return f"{count:,} runs of {seeds:,} seeds and {folds} folds"
    return f"{folds} folds" if group.whole else f"{count} of {folds} folds"


def members_named(group: SeedGroup) -> str:
    """`8 seeds (0 to 7)`, `5 folds`, `3 of 5 folds (1, 4 to 5)`, `15 runs of 3 seeds and 5 folds`."""
    named = ""
    if group.folds is None:
        named = seeds_named(group.seeds)
    elif not group.whole and len(group.seeds) == 1:
        named = folds_named(group.members)
    return members_counted(group) + (f" ({named})" if named else "")


def folds_named(members: Iterable[Member]) -> str:
    """Their folds in short, in order, counted from 1: `1, 3 to 5`."""
    return seeds_named(sorted({member.fold + 1 for member in members if member.fold is not None}))


def seeds_named(seeds: Sequence[int]) -> str:
    """`3`, `0 to 7`, `0, 2 to 4`: increasing seeds in short."""
    parts: list[list[int]] = []
    for seed in seeds:
        if parts and seed == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], seed]
        else:
            parts.append([seed])
    return ", ".join(f"{part[0]} to {part[-1]}" if len(part) > 1 else str(part[0]) for part in parts)
