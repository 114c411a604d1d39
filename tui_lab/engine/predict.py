"""Predicting with a trained network, in the units and class names of the table.

Legend: N rows, F inputs, K outputs or classes.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from tui_lab.data.dataset import Dataset, Part, target_dtype
from tui_lab.data.images.library import read_set
from tui_lab.data.images.reading import Images, read_images
from tui_lab.data.images.unseen import unseen_images
from tui_lab.data.local_file import Progress
from tui_lab.data.pixels import Standardise
from tui_lab.data.recipes import ImageRecipe, TableRecipe
from tui_lab.data.table.scaling import apply
from tui_lab.data.table.table import read_table, rows_of_splits
from tui_lab.data.table.unseen import read_unseen
from tui_lab.data.unseen import Unseen
from tui_lab.engine.evaluation.outputs import outputs_of_split
from tui_lab.engine.evaluation.scoring import score_by_torchmetrics
from tui_lab.engine.setup.network import build_network
from tui_lab.engine.state.best_weights import Best
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.errors import InputError, RunError
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.layer_kinds import Shape
from tui_lab.experiment.tasks import TASKS
from tui_lab.protocol.events import DataLoaded

Recipe = TableRecipe | ImageRecipe


@dataclass(frozen=True, slots=True)
class Predictor:
    """A network with its best weights and its preprocessing. `epoch`: that of the weights."""

    experiment: Experiment
    network: nn.Module
    recipe: Recipe
    epoch: int
    device: torch.device

    def outputs(self, x_NF: npt.NDArray[Any]) -> Tensor:
        """The network's outputs `(N, K)` on the CPU, in evaluation mode."""
        return outputs_of_split(self.network, self._part(x_NF, np.zeros(len(x_NF)))).cpu()

    def _part(self, x_NF: npt.NDArray[Any], y_N: npt.NDArray[np.float64]) -> Part:
        y = torch.tensor(y_N, dtype=target_dtype(self.recipe.task), device=self.device)
        x = torch.from_numpy(np.ascontiguousarray(x_NF)).to(self.device)
        if isinstance(self.recipe, ImageRecipe):
            return Part(x, y, Standardise(self.recipe.mean, self.recipe.std, self.device))
        return Part(x.reshape(-1, *_shape(self.experiment, self.recipe)), y)

    def scores(self, rows: Unseen, outputs_NK: Tensor, about: DataLoaded) -> dict[str, float]:
        """`loss` and metrics over the rows whose target is known; empty if there are none."""
        known_N = ~np.isnan(rows.answers_N)
        if not known_N.any():
            return {}
        part = self._part(rows.x_NF[known_N], rows.answers_N[known_N])
        recipe = self.recipe
        data = Dataset(part, part, part, about, *_scaling(recipe), (), recipe)
        chosen_NK = outputs_NK[torch.from_numpy(known_N)].to(self.device)
        found = score_by_torchmetrics(recipe.task, chosen_NK, part, data)
        return {"loss": found.loss, **found.metrics}


def make_predictor(
    experiment: Experiment, state: dict[str, Any], device: torch.device, code: Code = NO_CODE
) -> Predictor:
    """The network of a checkpoint with the weights of its best epoch. Raises RunError if that fails.

    `code`: the user code that may run; InputError if the network is user code not named there.
    """
    if experiment.data.source == "own":
        raise InputError("predict works on tables and images, but this run was trained on a user's Dataset")
    if "recipe" not in state:
        raise RunError(
            "this checkpoint of an earlier tui-lab does not contain the preprocessing; "
            "`tui-lab resume RUN --epochs N` for one more epoch writes one that does"
        )
    try:
        images = experiment.data.pictures
        recipe = (ImageRecipe if images else TableRecipe).model_validate(state["recipe"])
    except ValidationError:
        raise RunError("the checkpoint was written by a newer tui-lab; update tui-lab") from None
    shape = _shape(experiment, recipe)
    outputs = TASKS[experiment.task].outputs(len(recipe.classes))
    network = build_network(experiment, shape, outputs, code).to(device)
    try:
        network.load_state_dict(state["network"])
        best = Best(network)
        best.load_state_dict(state["best"])
    except (RuntimeError, ValueError, LookupError, TypeError, AttributeError):
        raise RunError("the weights of the checkpoint do not match the network of the run") from None
    if best.epoch:
        best.restore()
    return Predictor(experiment, network, recipe, best.epoch, device)


def _shape(experiment: Experiment, recipe: Recipe) -> Shape:
    if isinstance(recipe, ImageRecipe):
        return recipe.shape
    return experiment.data.shape or (recipe.width,)


def _scaling(recipe: Recipe) -> tuple[float, float]:
    """Mean and standard deviation of the target, 0 and 1 for classes."""
    return (recipe.target_mean, recipe.target_std) if isinstance(recipe, TableRecipe) else (0.0, 1.0)


def rows_of_file(
    predictor: Predictor, spec: DataSpec, progress: Progress | None = None, *, anyway: bool = False
) -> Unseen:
    """The rows of a new file, or the images of a file or folder. Raises InputError.

    `anyway`: accept a table with a column in which no value was seen in training.
    """
    if isinstance(predictor.recipe, ImageRecipe):
        return unseen_images(spec, predictor.recipe, progress)
    return read_unseen(spec, predictor.recipe, progress, anyway=anyway)


def rows_of_split(predictor: Predictor, name: str, sha256: str, progress: Progress | None = None) -> Unseen:
    """The rows of a split of the run's own data. Raises InputError if the data have changed."""
    experiment, recipe = predictor.experiment, predictor.recipe
    if isinstance(recipe, ImageRecipe):
        library = experiment.data.source == "torchvision"
        images = read_set(experiment) if library else read_images(experiment, progress)
        return _images_of_split(images, name, sha256)
    table = read_table(experiment.data, experiment.task, progress)
    _check_unchanged(table.source, table.sha256, sha256, name)
    rows: npt.NDArray[np.int64] = getattr(rows_of_splits(table, experiment), name)
    by_name = {item.name: item for item in table.inputs}
    x_NF = apply(recipe.columns, [by_name[column.name] for column in recipe.columns], rows)
    answers_N = (table.target_N[rows].astype(np.float64) - recipe.target_mean) / recipe.target_std
    order = np.argsort(table.rows_N[rows])
    return Unseen(x_NF[order], table.rows_N[rows][order], answers_N[order])


def _images_of_split(images: Images, name: str, sha256: str) -> Unseen:
    _check_unchanged(images.source, images.sha256, sha256, name)
    rows = np.sort(getattr(images.rows, name))
    files = tuple(images.files[row] for row in rows)
    return Unseen(
        images.decoded.pixels_NCHW[rows], rows + 1, images.labels_N[rows].astype(np.float64), files=files
    )


def _check_unchanged(source: str, now: str, then: str, name: str) -> None:
    if now != then:
        raise InputError(
            f"{source}: has changed since the run started, so its {name} rows are unknown; "
            "restore the old data, or predict a file"
        )


def answers(recipe: Recipe, outputs_NK: Tensor) -> tuple[list[str] | list[float], npt.NDArray[np.float64]]:
    """The prediction for each row, and class probabilities `(N, K)`; no columns for regression."""
    found = ENGINE_TASKS[recipe.task].predictions(outputs_NK, recipe.classes, *_scaling(recipe))
    return found.answers, found.chances_NK
