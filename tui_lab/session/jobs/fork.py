"""Forks: a run that starts from another run's weights and optimizer, with other hyperparameters."""

from typing import TYPE_CHECKING

from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import names_where
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.protocol.events import CheckpointSaved, Origin
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.jobs.resume import check_data
from tui_lab.session.recorder import prepare

if TYPE_CHECKING:
    from tui_lab.engine.checkpoints.last_good import ResumePoint
    from tui_lab.engine.setup.prepare import Prepared


def child_of(view: RunView, hyper: dict[str, object]) -> Experiment:
    """The experiment of a fork: the parent's, with its current values and the changes in `hyper`.

    The rows stay in their splits whatever the seed: otherwise the fork would be tested on rows its parent
    was trained on. Raises InputError if there is nothing to fork, or if existing weights do not allow a
    change.
    """
    if view.experiment is None or view.hyper is None:
        raise InputError("the run has no events, so there is nothing to fork")
    check_kept(view.hyper, hyper)
    asked, split = view.experiment, view.experiment.data.split
    seed = asked.hyperparameters.seed if split.seed is None else split.seed
    data = asked.data.model_copy(update={"split": split.model_copy(update={"seed": seed})})
    changed = view.hyper.model_copy(update=hyper)
    return asked.model_copy(update={"data": data, "hyperparameters": changed})


def check_kept(parent: Hyperparameters, hyper: dict[str, object]) -> None:
    """Raise InputError if `hyper` changes what the parent's weights fix."""
    fixed = names_where(lambda knob: knob.kept_in_fork)
    refused = [name for name in fixed if hyper.get(name, getattr(parent, name)) != getattr(parent, name)]
    if refused:
        raise InputError(
            [
                f"{name}: fixed by the weights of the parent, which a fork keeps; train a new run instead"
                for name in refused
            ]
        )


def prepare_fork(
    parent: RunFolder,
    file: str | None,
    experiment: Experiment,
    code: Code = NO_CODE,
    *,
    changed_data: bool = False,
) -> "tuple[Prepared, ResumePoint]":
    """What `record_run` needs to fork `parent` at its checkpoint `file`, or at its last valid one.

    Loads torch. `code`: which user code may run. Raises InputError if the experiment does not fit the
    parent, or if the data differ from the parent's (unless `changed_data`), RunError if the checkpoint is
    not valid.
    """
    from dataclasses import replace

    from tui_lab.engine.checkpoints.last_good import named_point, newest_point

    view = load_run(parent).view
    _check_fits(parent, view, experiment)
    wanted = None if file is None else _wanted(parent, view, file)
    prepared = prepare(experiment, anew=False, code=code)
    check_data(view, prepared, changed_data=changed_data)
    if wanted is None:
        _, point = newest_point(parent, prepared.device)  # after all slow work: the parent may be training
    else:
        point = named_point(parent.checkpoints, wanted, prepared.device)
    state = point.state
    if experiment.hyperparameters.epochs <= state["epoch"]:
        raise InputError(
            f"epochs: the fork starts after epoch {state['epoch']} and needs more than that, "
            f"with --epochs or --at an earlier step (now: {experiment.hyperparameters.epochs})"
        )
    origin = Origin(parent.run_id, state["step"], state["epoch"])
    return prepared.begun_at(origin), replace(point, fork=True)


def _check_fits(parent: RunFolder, view: RunView, experiment: Experiment) -> None:
    asked = view.experiment
    if asked is None:
        raise InputError(f"run {parent.run_id} has no events, so there is nothing to fork")
    same = asked.task == experiment.task and asked.model == experiment.model
    if not same or asked.data.model_copy(update={"split": experiment.data.split}) != experiment.data:
        raise InputError("a fork must have the task, data and layers of its parent; train a new run instead")


def _wanted(parent: RunFolder, view: RunView, file: str) -> CheckpointSaved:
    found = [saved for saved in view.checkpoints if saved.file == file]
    if not found:
        raise InputError(f"run {parent.run_id} has no checkpoint {file}")
    return found[-1]
