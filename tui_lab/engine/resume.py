"""From a run's checkpoints to the point where it goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from tui_lab.engine.checkpoint import CheckpointError, State, load_state
from tui_lab.errors import RunError
from tui_lab.protocol.events import CheckpointSaved


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """A checkpoint that was read and found whole; `skipped` says why later ones were not used.

    `fork`: the state is another run's, and the experiment's own hyperparameters are to be put into force.
    """

    file: str
    state: State
    skipped: tuple[str, ...] = ()
    fork: bool = False


def last_good(folder: Path, saved: Sequence[CheckpointSaved], device: torch.device) -> ResumePoint:
    """The latest of the checkpoints told of in the journal that is whole.

    Raises RunError saying what is wrong with each if none is.
    """
    problems: list[str] = []
    for event in reversed(saved):
        if Path(event.file).name != event.file:
            problems.append("the journal names a file outside the run's folder")
            continue
        try:
            state = load_state(folder / event.file, event.sha256, device)
        except CheckpointError as error:
            problems += error.problems
            continue
        return ResumePoint(event.file, state, tuple(problems))
    raise RunError(["there is no checkpoint to go on from", *problems])
