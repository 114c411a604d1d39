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
from tui_lab.safe import safe

_SHOWN = 5


def transfer(network: nn.Module, where: str, classes: tuple[str, ...]) -> WeightsTransferred:
    """Take the weights of a safetensors file, or the best ones of the run whose folder `where` is.

    The last layer stays new where its outputs are known to stand for other classes than `classes`. Raises
    InputError if the weights cannot be read or nothing of them fits, RunError for a run without a checkpoint
    that is whole.
    """
    path = Path(where)
    try:
        if path.is_dir():
            run = weights_of_run(RunFolder(path))
            source, sha256, tensors, others = path.name, run.sha256, run.tensors, run.classes
        else:
            file = read_file(path)
            source, sha256, tensors, others = where, file.sha256, file.tensors, _classes(file.metadata)
        found = take(network, tensors, _why_new(others, classes))
    except InputError as error:
        raise InputError([f"weights: {problem}" for problem in error.problems]) from None
    return WeightsTransferred(source, sha256, found.taken, found.new, found.unused)


def _why_new(there: tuple[str, ...], here: tuple[str, ...]) -> str:
    if there == here or not there or not here:
        return ""
    more = ", ..." if len(there) > _SHOWN else ""
    return f"other classes there: {', '.join(safe(name, 40) for name in there[:_SHOWN])}{more}"


def _classes(metadata: dict[str, str]) -> tuple[str, ...]:
    """What `tui-lab export` noted of the classes; empty for a file of another origin."""
    try:
        noted = json.loads(metadata.get("classes", ""))
    except (ValueError, RecursionError):
        return ()
    known = isinstance(noted, list) and all(isinstance(name, str) for name in noted)
    return tuple(noted) if known else ()
