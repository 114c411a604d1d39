"""The runs of one cross-validation: those of all folds of a run."""

from tui_lab.errors import InputError, LabError
from tui_lab.experiment.experiment import Experiment
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_experiment
from tui_lab.runs.index.seed_groups import seed_groups
from tui_lab.runs.index.seed_runs import runs_but_for_the_seed
from tui_lab.runs.index.seed_words import seeds_named


def all_folds(folder: RunFolder) -> tuple[RunFolder, ...]:
    """The runs of all folds of a run's experiment, in order, with its seed and its data, in the same folder.

    They finished, and are neither edited nor forked. Raises InputError if the run is no fold, or if folds are
    missing; and if the run cannot be read, or RunError.
    """
    asked = load_experiment(folder)
    count = asked.data.split.folds
    if count is None:
        raise InputError(
            f"run {folder.run_id} is no fold of a cross-validation; train one: "
            "`tui-lab train PRESET --folds 5`"
        )
    found = _runs_by_fold(folder, asked)
    if missing := [fold + 1 for fold in range(count) if fold not in found]:
        named = f"fold {missing[0]}" if len(missing) == 1 else f"folds {seeds_named(missing)}"
        raise InputError(
            f"{named} of {count} of the cross-validation of run {folder.run_id}: no run that finished on the "
            f"same data, unedited; `tui-lab train PRESET --folds {count}` trains what is missing"
        )
    return tuple(found[fold] for fold in range(count))


def folds_if_whole(folder: RunFolder) -> tuple[RunFolder, ...]:
    """As `all_folds`, but empty instead of an error."""
    try:
        return all_folds(folder)
    except LabError:
        return ()


def _runs_by_fold(folder: RunFolder, asked: Experiment) -> dict[int, RunFolder]:
    runs = runs_but_for_the_seed(folder.path.parent, asked)
    own = {run_id: view for run_id, view in runs.items() if run_id == folder.run_id}
    groups = seed_groups(own | runs, least=1)  # its own first: of each fold, the first counts
    with_it = next((group for group in groups if folder.run_id in group.ids), None)
    group = with_it or max(groups, key=lambda each: len(each.runs), default=None)
    return {
        member.fold: RunFolder(folder.path.parent / run_id)
        for member, run_id in (() if group is None else group.runs)
        if member.seed == asked.hyperparameters.seed and member.fold is not None
    }
