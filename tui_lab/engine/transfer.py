"""The weights that an experiment brings from elsewhere, put into its network."""

import json
from pathlib import Path

from torch import nn

from tui_lab.engine.weights import weights_of_run
from tui_lab.errors import InputError
from tui_lab.model.safetensors import read_file
from tui_lab.model.transfer import take
from tui_lab.protocol.events import WeightsTransferred
from tui_lab.runs.folder import RunFolder
from tui_lab.runs.reading import load_run


def transfer(network: nn.Module, where: str, classes: tuple[str, ...]) -> WeightsTransferred:
    """Take the weights of a safetensors file, or the best ones of the run whose folder `where` is.

    The last layer stays new where it is known to be for other classes than `classes`. Raises InputError if
    they cannot be read or nothing of them fits, RunError for a run without a checkpoint that is whole.
    """
    path = Path(where)
    try:
        if path.is_dir():
            view = load_run(RunFolder(path)).view
            run = weights_of_run(RunFolder(path), view)
            theirs = list(view.data.classes) if view.data else None
            source, sha256, tensors = path.name, run.sha256, run.tensors
        else:
            file = read_file(path)
            theirs = _classes(file.metadata.get("classes", ""))
            source, sha256, tensors = where, file.sha256, file.tensors
        found = take(network, tensors, same_answers=theirs is None or theirs == list(classes))
    except InputError as error:
        raise InputError([f"weights: {problem}" for problem in error.problems]) from None
    return WeightsTransferred(source, sha256, found.taken, found.new, found.unused)


def _classes(text: str) -> list[str] | None:
    """The classes that a file tells of; None if it tells of none, or of what nobody can read."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None
