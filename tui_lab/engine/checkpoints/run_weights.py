"""The weights of a run, by name."""

import json
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tui_lab.engine.checkpoints.file import State
from tui_lab.engine.checkpoints.last_good import ResumePoint, newest_point
from tui_lab.errors import RunError
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder


@dataclass(frozen=True, slots=True)
class RunWeights:
    """Parameters and buffers on the CPU as after `epoch`, the best one.

    `epoch` is 0 if none was validated: the weights are then those of the checkpoint. `sha256` is that of the
    checkpoint; `skipped` says which later ones could not be used, and why. `classes`: the classes of the
    outputs, empty for regression. `recipe`: the preprocessing (`TableRecipe` or `ImageRecipe`); empty in a
    checkpoint of an earlier tui-lab.
    """

    tensors: dict[str, Tensor]
    epoch: int
    sha256: str
    skipped: tuple[str, ...]
    classes: tuple[str, ...]
    recipe: dict[str, Any]


def weights_of_run(folder: RunFolder) -> RunWeights:
    """The best weights in the last good checkpoint of a run, also while it is being trained.

    Raises RunError if none is valid, InputError if the run has none at all.
    """
    return weights_in(*newest_point(folder, torch.device("cpu")))


def weights_in(view: RunView, point: ResumePoint) -> RunWeights:
    """The best weights in a checkpoint of a run. Raises RunError if they are not complete."""
    best = point.state["best"]
    if "names" not in best:
        raise RunError(
            "this checkpoint of an earlier tui-lab does not name its weights; "
            "`tui-lab resume RUN --epochs N` for one more epoch writes one that does"
        )
    kept = dict(zip(best["names"], best["weights"], strict=True))
    network = weights_to_validate(point.state)
    if not best["epoch"] and not kept.keys() <= network.keys():
        raise RunError(f"{point.file}: does not contain all weights of the network")
    tensors = kept if best["epoch"] else {name: network[name] for name in kept}
    classes = view.data.classes if view.data else ()
    recipe = point.state.get("recipe", {})
    return RunWeights(tensors, best["epoch"], point.sha256, point.skipped, classes, recipe)


def weights_to_validate(state: State) -> dict[str, Tensor]:
    """The weights and buffers of a checkpoint by name, averaged if they were averaged then."""
    return {**state["network"], **state.get("average", {})}


def about_run(folder: RunFolder, view: RunView, weights: RunWeights) -> dict[str, str]:
    """The metadata of an exported weights file: everything needed to predict; lists as JSON."""
    asked, data = view.experiment, view.data
    about = {"format": "pt", "made_by": "tui-lab", "run": folder.run_id, "epoch": str(weights.epoch)}
    if asked is not None:
        about |= {"task": asked.task, "layers": json.dumps(asked.model.layers)}
    if data is not None:
        about |= {"shape": json.dumps(data.shape), "classes": json.dumps(data.classes)}
    if view.model is not None:
        about["built"] = json.dumps([layer.layer for layer in view.model.layers])
    if weights.recipe:
        about["recipe"] = json.dumps(weights.recipe)
    return about
