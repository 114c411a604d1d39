"""The jobs of a trainer, as data that is sent from one process to another."""

import os
from typing import Annotated, Any, Literal
from urllib.parse import quote_from_bytes, unquote_to_bytes

from pydantic import BeforeValidator, Field, PlainSerializer, TypeAdapter, ValidationInfo

from tui_lab.experiment.base import SpecModel
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.experiment import Experiment


def _from_json(value: Any, info: ValidationInfo) -> Any:
    """Read a path from JSON, where it is percent-encoded: a folder name need not be UTF-8."""
    return os.fsdecode(unquote_to_bytes(value)) if info.mode == "json" and isinstance(value, str) else value


FolderPath = Annotated[
    str,
    BeforeValidator(_from_json),
    PlainSerializer(lambda path: quote_from_bytes(os.fsencode(path)), when_used="json"),
]
"""The path of a folder."""


class Fresh(SpecModel):
    """Train an experiment in a new run folder under `root`.

    `replay`: the folder of a run whose edits are repeated at the same steps; `changed_data`: even if its data
    have changed since. `first`: do one step, or one epoch, and pause. `name`: the run's, empty for none.
    `code`: which user code may run, as for every job.
    """

    job: Literal["fresh"] = "fresh"
    experiment: Experiment
    root: FolderPath
    replay: FolderPath | None = None
    changed_data: bool = False
    first: Literal["step", "epoch"] | None = None
    name: str = ""
    code: Code = NO_CODE


class Forked(SpecModel):
    """Train `experiment` in a new run folder under `root`, starting from a checkpoint of the run in `parent`.

    `file` names the checkpoint; None is the last valid one. The other fields as in `Fresh`.
    """

    job: Literal["forked"] = "forked"
    parent: FolderPath
    experiment: Experiment
    root: FolderPath
    file: str | None = None
    replay: FolderPath | None = None
    changed_data: bool = False
    name: str = ""
    code: Code = NO_CODE


class Resumed(SpecModel):
    """Resume the run in `folder`; the other fields as in `prepare_resume`."""

    job: Literal["resumed"] = "resumed"
    folder: FolderPath
    epochs: int | None = None
    changed_data: bool = False
    code: Code = NO_CODE


Job = Fresh | Forked | Resumed


def decode_job(line: bytes) -> Job:
    """Read a job from one line of JSON. Raises ValueError if it is not a job."""
    adapter: TypeAdapter[Job] = TypeAdapter(Annotated[Job, Field(discriminator="job")])
    return adapter.validate_json(line)
