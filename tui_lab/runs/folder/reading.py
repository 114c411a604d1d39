"""Reading a run from its folder."""

from dataclasses import dataclass

from pydantic import ValidationError

from tui_lab.errors import RunError
from tui_lab.experiment.base import explain
from tui_lab.experiment.experiment import Experiment
from tui_lab.files import reason
from tui_lab.protocol.view import RunView
from tui_lab.runs.files.sealed import unseal
from tui_lab.runs.folder.folder import JOURNAL, RunFolder, read_experiment_json
from tui_lab.runs.folder.lock import held
from tui_lab.runs.folder.summary import lost_bytes
from tui_lab.runs.journal.journal_reader import left_out
from tui_lab.runs.journal.snapshot import folded


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run read from its folder.

    `problems`: what could not be read from the journal, one sentence per problem.
    """

    run_id: str
    view: RunView
    problems: tuple[str, ...] = ()


def load_run(folder: RunFolder) -> StoredRun:
    """Fold the journal of a run. Its status is `interrupted` if it has no end and nobody trains it.

    If the journal's line with the experiment is damaged, `experiment.json` is used.

    Raises RunError if there is no readable journal.
    """
    trained_by = held(folder)  # before the journal, so that a run that ends in between is seen as ended
    if not folder.files.exists(JOURNAL):
        raise RunError(f"{folder.journal}: there is no journal")
    view, text = folded(folder.journal)
    if view.status == "running" and trained_by is None:
        view.status = "interrupted"
    problems = []
    if text.problem:
        problems.append(f"{folder.journal}: {text.problem}")
    lost = lost_bytes(folder) if trained_by is None else 0
    if lost:
        problems.append(f"{folder.journal}: its end is missing: it was {lost:,} bytes longer")
    if text.damaged:
        problems.append(f"{folder.journal}: {left_out(text.damaged)}")
        if view.experiment is None:
            problems += _ask_again(folder, view)
    return StoredRun(folder.run_id, view, tuple(problems))


def _ask_again(folder: RunFolder, view: RunView) -> tuple[str, ...]:
    """Take the experiment from the file beside the journal; what is wrong with that file, if anything."""
    try:
        view.experiment = load_experiment(folder)
    except RunError as error:
        return error.problems
    edited = {edit.name: edit.new for edit in view.edits}
    view.hyper = view.experiment.hyperparameters.model_copy(update=edited)
    return ()


def load_experiment(folder: RunFolder) -> Experiment:
    """The experiment of a run. Raises RunError if it cannot be read."""
    shown = str(folder.experiment_json)
    try:
        content = unseal(read_experiment_json(folder))
        return Experiment.model_validate(content["experiment"])
    except OSError as error:
        raise RunError(f"{shown}: cannot be read: {reason(error)}") from None
    except ValidationError as error:
        raise RunError(explain(error, shown).problems) from None
    except (ValueError, TypeError, KeyError):
        raise RunError(f"{shown}: not an experiment file") from None
