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


class _Job(SpecModel):
    # `code`: which user code may run. `changed_data`: even if the data have changed since the earlier run.
    # `diagnostics`: whether layers are measured now and then.
    changed_data: bool = False
    code: Code = NO_CODE
    diagnostics: bool = True


class _NewRun(_Job):
    # `root`: the folder of the runs. `replay`: that of a run whose edits are repeated at the same steps.
    # `name`: empty for none.
    experiment: Experiment
    root: FolderPath
    replay: FolderPath | None = None
    name: str = ""


class Fresh(_NewRun):
    """Train an experiment in a new run folder. `first`: do one step, or one epoch, and pause."""

    job: Literal["fresh"] = "fresh"
    first: Literal["step", "epoch"] | None = None


class Forked(_NewRun):
    """Train an experiment in a new run folder, starting from a checkpoint of the run in `parent`.

    `file` names the checkpoint; None is the last valid one.
    """

    job: Literal["forked"] = "forked"
    parent: FolderPath
    file: str | None = None


class Resumed(_Job):
    """Resume the run in `folder`. `epochs`: the total number; None keeps the current one."""

    job: Literal["resumed"] = "resumed"
    folder: FolderPath
    epochs: int | None = None


Job = Fresh | Forked | Resumed


def decode_job(line: bytes) -> Job:
    """Read a job from one line of JSON. Raises ValueError if it is not a job."""
    adapter: TypeAdapter[Job] = TypeAdapter(Annotated[Job, Field(discriminator="job")])
    return adapter.validate_json(line)
