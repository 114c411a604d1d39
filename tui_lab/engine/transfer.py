"""The weights that an experiment brings from elsewhere, put into its network."""

from pathlib import Path

from torch import nn

from tui_lab.engine.weights import weights_of_run
from tui_lab.errors import InputError
from tui_lab.model.safetensors import read_file
from tui_lab.model.transfer import take
from tui_lab.protocol.events import WeightsTransferred
from tui_lab.runs.folder import RunFolder


def transfer(network: nn.Module, where: str) -> WeightsTransferred:
    """Take the weights of a safetensors file, or the best ones of the run whose folder `where` is.

    Raises InputError if they cannot be read or nothing of them fits, RunError for a run without a
    checkpoint that is whole.
    """
    path = Path(where)
    try:
        if path.is_dir():
            run = weights_of_run(RunFolder(path))
            source, sha256, tensors = path.name, run.sha256, run.tensors
        else:
            file = read_file(path)
            source, sha256, tensors = where, file.sha256, file.tensors
        found = take(network, tensors)
    except InputError as error:
        raise InputError([f"weights: {problem}" for problem in error.problems]) from None
    return WeightsTransferred(source, sha256, found.taken, found.new, found.unused)
