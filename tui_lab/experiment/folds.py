"""Cross-validation: the experiments of its folds, and which of them an experiment is."""

from typing import NamedTuple

from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.split import Split


class Member(NamedTuple):
    """Which run of a series an experiment is: its seed and, of a cross-validation, its fold, from 0."""

    seed: int
    fold: int | None = None


def fold_experiments(experiment: Experiment, folds: int) -> list[Experiment]:
    """The experiments of `folds` folds, 2 to 50: they differ by `data.split.fold` only, and nothing else.

    Whatever folds the experiment itself has do not matter. Raises ValueError if `folds` is out of range.
    """
    plain = experiment.data.split.without_folds.model_dump()
    splits = [Split.model_validate(plain | {"folds": folds, "fold": fold}) for fold in range(folds)]
    if not splits:
        raise ValueError("folds: at least 2 are needed")
    return [with_split(experiment, split) for split in splits]


def member_of(experiment: Experiment) -> Member:
    """The seed and the fold of an experiment."""
    return Member(experiment.hyperparameters.seed, experiment.data.split.fold)


def with_split(experiment: Experiment, split: Split) -> Experiment:
    """The same experiment with another split."""
    return experiment.model_copy(update={"data": experiment.data.model_copy(update={"split": split})})


def member_words(member: Member, folds: int | None, *, seed: bool) -> str:
    """`fold 2 of 5`, `seed 3`, `seed 3 fold 2 of 5`: folds counted from 1; `seed`: whether it is named."""
    said = [f"seed {member.seed}"] if seed or member.fold is None else []
    return " ".join(said + ([] if member.fold is None else [f"fold {member.fold + 1} of {folds}"]))
