"""What is done with data of any kind, by functions in the folder of their kind (`experiment/sources.py`).

A folder has three files with functions that are called here, with the same arguments: `load.py`, the only
one that may import torch, since the lab reads without it; `preview.py`, with `guess` if a path on the command
line is enough; and `unseen.py`, with the class of what is fitted. A kind that runs user code has `load.py`
alone. All of them raise InputError; `progress` is called with the fraction read.
"""

from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from tui_lab.data.local_file import Progress
from tui_lab.data.recipes import Recipe
from tui_lab.data.unseen import Unseen
from tui_lab.errors import InputError
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.presets import Preset
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.events import DataLoaded

if TYPE_CHECKING:
    import torch

    from tui_lab.data.dataset import Dataset


def _of(spec: DataSpec, name: str) -> Any:
    return resolve_name(f"{spec.record.folder}.{name}")


def load(
    experiment: Experiment, device: "torch.device", progress: Progress | None = None, code: Code = NO_CODE
) -> "Dataset":
    """The data on the device, split and scaled. `code`: the user code that may run."""
    data: Dataset = _of(experiment.data, "load:load")(experiment, device, progress, code)
    return data


def look_at(experiment: Experiment) -> DataLoaded:
    """The description that a run would give of its data; reads them all, but runs no user code."""
    if experiment.data.record.user_code:
        raise InputError(f"{experiment.data.file}: user code, which runs only when training starts")
    about: DataLoaded = _of(experiment.data, "preview:look_at")(experiment)
    return about


def recipe_of(spec: DataSpec) -> type[Recipe]:
    """The class of what is fitted to the training split."""
    kind: type[Recipe] = _of(spec, "unseen:RECIPE")
    return kind


def read_unseen(
    spec: DataSpec, recipe: Recipe, progress: Progress | None = None, *, anyway: bool = False
) -> Unseen:
    """New data from `spec.file`, prepared as those of the training split were.

    `anyway`: accept data that are not like those.
    """
    rows: Unseen = _of(spec, "unseen:read_unseen")(spec, recipe, progress, anyway=anyway)
    return rows


def rows_of_split(
    experiment: Experiment, recipe: Recipe, name: str, sha256: str, progress: Progress | None = None
) -> Unseen:
    """The rows of a split, in the order of the data; refused unless the sha256 of the data is still this."""
    rows: Unseen = _of(experiment.data, "unseen:rows_of_split")(experiment, recipe, name, sha256, progress)
    return rows


def guess(
    spec: DataSpec, task: Task | None, progress: Progress | None, *, pinned: bool
) -> tuple[Preset, tuple[str, ...]]:
    """A preset for data given by their path alone, and what was chosen automatically, in sentences.

    `pinned`: to be written to a file, with everything that was chosen spelled out.
    """
    made: tuple[Preset, tuple[str, ...]] = _of(spec, "preview:guess")(spec, task, progress, pinned=pinned)
    return made
