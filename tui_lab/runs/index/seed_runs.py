"""The runs in a folder that differ from an experiment by the seed, and the fold, at most."""

from pathlib import Path

from tui_lab.errors import RunError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.index.listing import RunLine, list_runs
from tui_lab.runs.index.seed_groups import as_asked, same_but_for_the_seed


def runs_but_for_the_seed(root: Path, experiment: Experiment) -> dict[str, RunView]:
    """Runs of the experiment with any seed, and if it is a fold any of its folds, by id, newest first.

    There are no forks among them, and none that was edited. They may have ended in any way, or be running.
    Only journals of runs that may be among them are read; one that cannot be read is left out. Raises
    InputError if the folder cannot be read.
    """
    found: dict[str, RunView] = {}
    for line in list_runs(root):
        if not _may_be(line, experiment):
            continue
        try:
            view = load_run(RunFolder(root / line.id)).view
        except RunError:
            continue
        asked = view.experiment
        if asked is not None and as_asked(view) and same_but_for_the_seed(asked, experiment):
            found[line.id] = view
    return found


def _may_be(line: RunLine, experiment: Experiment) -> bool:
    """Whether what the list knows of a run fits; an earlier version may lack a hyperparameter."""
    if line.preset != experiment.preset or line.parent or line.edits or not line.hyperparameters:
        return False
    asked = experiment.hyperparameters.model_dump(mode="json", exclude={"seed"})
    return all(line.hyperparameters.get(name, value) == value for name, value in asked.items())
