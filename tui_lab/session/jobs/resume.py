"""Preparing an earlier run to be resumed."""

from dataclasses import replace
from typing import TYPE_CHECKING

from tui_lab.data.messages import counted
from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import check
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.protocol.commands import Edit
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.lock import held
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.jobs.replay import rest_of
from tui_lab.session.recorder import prepare

if TYPE_CHECKING:
    from tui_lab.engine.checkpoints.last_good import ResumePoint
    from tui_lab.engine.setup.prepare import Prepared
    from tui_lab.protocol.planned import Planned


def prepare_resume(
    folder: RunFolder, epochs: int | None = None, *, changed_data: bool = False, code: Code = NO_CODE
) -> "tuple[Prepared, ResumePoint, tuple[Planned, ...]]":
    """What `record_run` needs to resume a run from its last valid checkpoint; loads torch.

    The plan contains the edits made after that checkpoint, and those that no earlier resume reached.
    `epochs`: the total number of epochs, None to keep the current value. `code`: which user code may run.
    Raises InputError if the run has nothing left to do, is being trained, or if its data have changed (unless
    `changed_data`); RunError if there is no valid checkpoint.
    """
    from tui_lab.engine.checkpoints.last_good import last_good

    holder = held(folder)
    if holder is not None:
        raise InputError(f"run {folder.run_id} is being trained by {holder}")
    run = load_run(folder)
    view = run.view
    if view.experiment is None:
        raise InputError(
            f"run {folder.run_id} has no events: it ended before training started; train it again"
        )
    longer = _extension(folder, view, epochs)
    prepared = prepare(view.experiment, anew=False, code=code)
    check_data(view, prepared, changed_data=changed_data)
    point = last_good(folder.checkpoints, view.checkpoints, prepared.device)
    step: int = point.state["step"]
    plan = rest_of(view, step, point.state["edits"])
    if longer is not None:
        plan = _with(plan, step, longer)
    return prepared, replace(point, skipped=(*run.problems, *point.skipped)), plan


def _with(plan: "tuple[Planned, ...]", step: int, longer: Edit) -> "tuple[Planned, ...]":
    """The plan with one more edit, after the last one of the same hyperparameter: the latest one wins."""
    from tui_lab.protocol.planned import Planned

    same = [
        place
        for place, planned in enumerate(plan)
        if isinstance(planned.command, Edit) and planned.command.name == longer.name
    ]
    place = same[-1] + 1 if same else 0
    return (*plan[:place], Planned(plan[place - 1].step if same else step, longer), *plan[place:])


def _extension(folder: RunFolder, view: RunView, epochs: int | None) -> Edit | None:
    """The edit that sets the requested number of epochs; None if the run has that many already."""
    wanted = view.hyper.epochs if view.hyper else 0
    if epochs is not None:
        check("epochs", epochs)
        if epochs <= view.epoch:
            raise InputError(f"epochs: run {folder.run_id} has already done {view.epoch} (given: {epochs})")
        return Edit("epochs", epochs) if epochs != wanted else None
    if view.status == "finished":
        why = f" ({view.message})" if view.epoch < wanted else ""
        raise InputError(
            f"run {folder.run_id} has finished {counted(view.epoch, 'epoch', 'epochs')}{why}; to train more, "
            f"use --epochs {wanted if view.epoch < wanted else 2 * view.epoch}"
        )
    return None


def check_data(view: RunView, prepared: "Prepared", *, changed_data: bool) -> None:
    """Raise InputError if the data have changed since the run started, unless that is allowed."""
    now = prepared.dataset.about
    if view.data is not None and view.data.sha256 != now.sha256 and not changed_data:
        raise InputError(
            f"{now.source}: has changed since the run started (sha256 {view.data.sha256[:12]} then, "
            f"{now.sha256[:12]} now); restore the old file, or add --changed-data to continue regardless"
        )
    if view.data is not None and (view.data.features, view.data.classes) != (now.features, now.classes):
        raise InputError(
            f"{now.source}: its inputs or classes have changed since the run started ({view.data.features} "
            f"inputs then, {now.features} now), so the network does not fit; train a new run"
        )
