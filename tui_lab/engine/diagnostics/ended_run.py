"""The network of a run with its best weights, and its data: for what is asked of a run that has ended."""

from dataclasses import dataclass
from pathlib import Path

import torch

from tui_lab.data.local_file import Progress
from tui_lab.engine.checkpoints.last_good import newest_point
from tui_lab.engine.checkpoints.run_weights import RunWeights, weights_in
from tui_lab.engine.evaluation.report.subject import Subject
from tui_lab.engine.setup.precision import forward_in
from tui_lab.engine.setup.prepare import Prepared, prepare
from tui_lab.errors import InputError
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.safe import safe

CHANGED = "the data have changed since the run was trained: its splits are no longer the same"


@dataclass(frozen=True, slots=True)
class EndedRun:
    """`prepared` holds the network with the best weights, those of `weights.epoch`."""

    prepared: Prepared
    weights: RunWeights
    view: RunView

    @property
    def step(self) -> int:
        """How many updates had been made at that epoch."""
        ended = self.view.history.at(self.weights.epoch)
        return ended.step if ended else self.view.step

    @property
    def subject(self) -> Subject:
        """The network, in the precision in which the run ended, and its data."""
        hyper = self.view.hyper or self.prepared.experiment.hyperparameters
        return subject_of(self.prepared, hyper.precision)


def subject_of(prepared: Prepared, precision: str) -> Subject:
    """A prepared network with the weights that it has, and its data."""
    forward = forward_in(precision, prepared.network, prepared.device)
    return Subject(prepared.network, forward, prepared.dataset, prepared.experiment.task)


def ended_run(
    experiment: Experiment,
    folder: Path,
    progress: Progress | None = None,
    code: Code = NO_CODE,
    *,
    same_data: bool = False,
) -> EndedRun:
    """Prepare `experiment` with the best weights of the run in `folder`.

    `progress` is called with the fraction of the data read; `code`: the user code that may run; `same_data`:
    they must be those it was trained on. Raises InputError as `prepare` does, or if the data or the weights
    do not match; RunError if the run has none.
    """
    run = RunFolder(folder)
    view, point = newest_point(run, torch.device("cpu"))
    weights = weights_in(view, point)
    prepared = prepare(experiment, progress, anew=False, code=code)
    if same_data and view.data is not None and view.data.sha256 != prepared.dataset.about.sha256:
        raise InputError(CHANGED)
    try:
        prepared.network.load_state_dict(weights.tensors, strict=False)
    except RuntimeError as error:
        raise InputError(f"the weights of {run.run_id} do not fit: {safe(error, 300)}") from None
    return EndedRun(prepared, weights, view)
