"""Loading pretrained weights into the network of an experiment."""

import json
from pathlib import Path

from torch import Tensor, nn

from tui_lab.engine.checkpoints.run_weights import weights_of_run
from tui_lab.errors import placed
from tui_lab.experiment.code import Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.model.library import library_weights
from tui_lab.model.safetensors import read_file
from tui_lab.model.transfer import take
from tui_lab.protocol.events import DataLoaded, WeightsTransferred
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.safe import safe

_SHOWN = 5


def transfer(
    network: nn.Module, experiment: Experiment, about: DataLoaded, code: Code
) -> tuple[WeightsTransferred | None, tuple[str, ...]]:
    """Load the experiment's initial weights: those of a run, a safetensors file, or torchvision.

    None if it has none; with it, the newer checkpoints of that run that could not be used, and why. The
    output layer stays new if its outputs are known to stand for other classes. Raises InputError if the
    weights cannot be read or none of them fits, RunError for a run without a valid checkpoint.
    """
    model = experiment.model
    skipped: tuple[str, ...] = ()
    with placed("weights"):
        if model.pretrained:
            source, sha256, tensors = library_weights(model.name, about.shape[0], download=code.download)
            why_new = "trained for the ImageNet classes"
        elif model.weights is not None:
            source, sha256, tensors, others, skipped = _brought(model.weights)
            why_new = _why_new(others, about.classes)
        else:
            return None, ()
        with placed(source):
            found = take(network, tensors, why_new)
    return WeightsTransferred(source, sha256, found.taken, found.new, found.unused), skipped


def _brought(where: str) -> tuple[str, str, dict[str, Tensor], tuple[str, ...], tuple[str, ...]]:
    """Its name, its sha256, the tensors, the classes of its outputs, if known.

    Last, the newer checkpoints of the run that could not be used.
    """
    path = Path(where)
    if path.is_dir():
        run = weights_of_run(RunFolder(path))
        return path.name, run.sha256, run.tensors, run.classes, run.skipped
    file = read_file(path)
    return where, file.sha256, file.tensors, _classes(file.metadata), ()


def _why_new(there: tuple[str, ...], here: tuple[str, ...]) -> str:
    if there == here or not there or not here:
        return ""
    more = ", ..." if len(there) > _SHOWN else ""
    return f"trained for other classes: {', '.join(safe(name, 40) for name in there[:_SHOWN])}{more}"


def _classes(metadata: dict[str, str]) -> tuple[str, ...]:
    """The classes noted by `tui-lab export`; empty for other files."""
    try:
        noted = json.loads(metadata.get("classes", ""))
    except (ValueError, RecursionError):
        return ()
    known = isinstance(noted, list) and all(isinstance(name, str) for name in noted)
    return tuple(noted) if known else ()
