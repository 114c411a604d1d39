"""What the process that leads a sweep is asked to do: one line of JSON."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from tui_lab.experiment.base import SpecModel
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.sweeps.sweep import MOST_TRIALS, Sweep
from tui_lab.session.jobs.jobs import FolderPath


class NewSweep(SpecModel):
    """Begin a sweep in a new folder. `root`: the folder of the runs. `exact`: `speed` stays as it is.

    `workers`: how many processes train; None for what is measured to be best. `code`:
    which user code may run.
    """

    job: Literal["new"] = "new"
    sweep: Sweep
    root: FolderPath
    exact: bool = False
    workers: Annotated[int, Field(ge=1, le=1024)] | None = None
    code: Code = NO_CODE


class ResumedSweep(SpecModel):
    """Go on with the sweep in `folder`.

    `trials`: how many there are to be in all; None for as many. `keep`: trials to be trained to their end.
    """

    job: Literal["resumed"] = "resumed"
    folder: FolderPath
    keep: Annotated[tuple[int, ...], Field(strict=False)] = ()
    trials: Annotated[int, Field(ge=1, le=MOST_TRIALS)] | None = None
    workers: Annotated[int, Field(ge=1, le=1024)] | None = None
    code: Code = NO_CODE


SweepJob = NewSweep | ResumedSweep


def decode_sweep_job(line: bytes) -> SweepJob:
    """Raises ValueError if it is no such job."""
    adapter: TypeAdapter[SweepJob] = TypeAdapter(Annotated[SweepJob, Field(discriminator="job")])
    return adapter.validate_json(line)
