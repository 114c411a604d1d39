"""Predicting with a trained network, in the units and class names of the table.

Legend: N rows, F inputs, K outputs or classes.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from tui_lab.data.dataset import Dataset, Part, target_dtype
from tui_lab.data.off_device import InMemory, OffDevice, too_large
from tui_lab.data.recipes import Recipe
from tui_lab.data.sources import recipe_of
from tui_lab.data.unseen import Unseen
from tui_lab.engine.checkpoints.run_weights import weights_to_validate
from tui_lab.engine.evaluation.outputs import outputs_of_split
from tui_lab.engine.evaluation.scoring import score_by_torchmetrics
from tui_lab.engine.setup.determinism import repeatable
from tui_lab.engine.setup.network import build_network
from tui_lab.engine.setup.precision import forward_in
from tui_lab.engine.state.best_weights import Best
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.errors import InputError, RunError
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.tasks import TASKS
from tui_lab.protocol.events import DataLoaded


@dataclass(frozen=True, slots=True)
class Predictor:
    """A network with its best weights and its preprocessing.

    `epoch`: that of the weights; `precision`: that of the run when it was saved.
    """

    experiment: Experiment
    network: nn.Module
    recipe: Recipe
    epoch: int
    device: torch.device
    precision: str

    def outputs(self, x_NF: npt.NDArray[Any]) -> Tensor:
        """The network's outputs `(N, K)` on the CPU, in evaluation mode."""
        part = self._part(x_NF, np.zeros(len(x_NF)))
        forward = forward_in(self.precision, self.network, self.device)
        with repeatable(self.device):
            return outputs_of_split(self.network, part, forward).cpu()

    def part(self, rows: Unseen) -> Part:
        """Rows whose targets are all known, as a split."""
        part = self._part(rows.x_NF, rows.answers_N)
        return replace(part, numbers_B=rows.rows_N, names=rows.files)

    def _part(self, x_NF: npt.NDArray[Any], y_N: npt.NDArray[np.float64]) -> Part:
        y = torch.tensor(y_N, dtype=target_dtype(self.recipe.task), device=self.device)
        shape = self.recipe.input_shape(self.experiment.data.shape)
        x = torch.from_numpy(np.ascontiguousarray(x_NF)).reshape(-1, *shape)
        kept = OffDevice(InMemory(x), torch.arange(len(x)), self.device)
        there = kept if too_large(x.nbytes, self.device) else x.to(self.device)
        return Part(there, y, self.recipe.scale(self.device))

    def scores(self, rows: Unseen, outputs_NK: Tensor, about: DataLoaded) -> dict[str, float]:
        """`loss` and metrics over the rows whose target is known; empty if there are none."""
        known_N = ~np.isnan(rows.answers_N)
        if not known_N.any():
            return {}
        part = self._part(rows.x_NF[known_N], rows.answers_N[known_N])
        recipe = self.recipe
        data = Dataset(part, part, part, about, *recipe.target_scale, (), recipe)
        chosen_NK = outputs_NK[torch.from_numpy(known_N)].to(self.device)
        found = score_by_torchmetrics(recipe.task, chosen_NK, part, data)
        return {"loss": found.loss, **found.metrics}


def make_predictor(
    experiment: Experiment, state: dict[str, Any], device: torch.device, code: Code = NO_CODE
) -> Predictor:
    """The network of a checkpoint with the weights of its best epoch. Raises RunError if that fails.

    `code`: the user code that may run; InputError if the network is user code not named there.
    """
    if experiment.data.record.user_code:
        raise InputError("predict works on tables and images, but this run was trained on a user's Dataset")
    if "recipe" not in state:
        raise RunError(
            "this checkpoint of an earlier tui-lab does not contain the preprocessing; "
            "`tui-lab resume RUN --epochs N` for one more epoch writes one that does"
        )
    try:
        recipe = recipe_of(experiment.data).model_validate(state["recipe"])
    except ValidationError:
        raise RunError("the checkpoint was written by a newer tui-lab; update tui-lab") from None
    shape = recipe.input_shape(experiment.data.shape)
    outputs = TASKS[experiment.task].outputs(len(recipe.classes))
    network = build_network(experiment, shape, outputs, code).to(device)
    try:
        network.load_state_dict(weights_to_validate(state))
        best = Best(network)
        best.load_state_dict(state["best"])
    except (RuntimeError, ValueError, LookupError, TypeError, AttributeError):
        raise RunError("the weights of the checkpoint do not match the network of the run") from None
    if best.epoch:
        best.restore()
    precision = Hyperparameters.model_validate(state["hyper"]).precision
    return Predictor(experiment, network, recipe, best.epoch, device, precision)


def answers(recipe: Recipe, outputs_NK: Tensor) -> tuple[list[str] | list[float], npt.NDArray[np.float64]]:
    """The prediction for each row, and class probabilities `(N, K)`; no columns for regression."""
    found = ENGINE_TASKS[recipe.task].predictions(outputs_NK, recipe.classes, *recipe.target_scale)
    return found.answers, found.chances_NK
