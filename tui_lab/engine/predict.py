"""A trained network applied to rows: answers in the units and the class names of the table.

Legend: N rows, F inputs, K outputs or classes.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from tui_lab.data.dataset import Dataset, Part
from tui_lab.data.reading import Progress
from tui_lab.data.recipe import TableRecipe, apply
from tui_lab.data.table import read_table, rows_of_splits
from tui_lab.data.unseen import Unseen, read_unseen
from tui_lab.engine.best import Best
from tui_lab.engine.evaluate import outputs_of_split
from tui_lab.engine.final_scores import score_by_torchmetrics
from tui_lab.engine.network import build_network
from tui_lab.engine.objective import outputs_of
from tui_lab.errors import InputError, RunError
from tui_lab.protocol.events import DataLoaded
from tui_lab.spec.code import NO_CODE, Code
from tui_lab.spec.experiment import DataSpec, Experiment

SPLITS = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class Predictor:
    """A network with its best weights, and the recipe of its inputs. `epoch`: that of the weights."""

    experiment: Experiment
    network: nn.Module
    recipe: TableRecipe
    epoch: int
    device: torch.device

    def outputs(self, x_NF: npt.NDArray[np.float32]) -> Tensor:
        """The network's outputs `(N, K)` on the CPU, in evaluation mode."""
        return outputs_of_split(self.network, self._part(x_NF, np.zeros(len(x_NF)))).cpu()

    def _part(self, x_NF: npt.NDArray[np.float32], y_N: npt.NDArray[np.float64]) -> Part:
        shape = self.experiment.data.shape or (self.recipe.width,)
        whole = self.recipe.task == "multiclass"
        y = torch.tensor(y_N, dtype=torch.int64 if whole else torch.float32, device=self.device)
        return Part(torch.from_numpy(x_NF).to(self.device).reshape(-1, *shape), y)

    def scores(self, rows: Unseen, outputs_NK: Tensor, about: DataLoaded) -> dict[str, float]:
        """`loss` and metrics over the rows whose answer is known; empty if there are none."""
        known_N = ~np.isnan(rows.answers_N)
        if not known_N.any():
            return {}
        part = self._part(rows.x_NF[known_N], rows.answers_N[known_N])
        recipe = self.recipe
        data = Dataset(part, part, part, about, recipe.target_mean, recipe.target_std, (), recipe)
        chosen_NK = outputs_NK[torch.from_numpy(known_N)].to(self.device)
        found = score_by_torchmetrics(recipe.task, chosen_NK, part, data)
        return {"loss": found.loss, **found.metrics}


def make_predictor(
    experiment: Experiment, state: dict[str, Any], device: torch.device, code: Code = NO_CODE
) -> Predictor:
    """The network of a checkpoint with the weights of its best epoch. Raises RunError if none can be made.

    `code`: what may be run of one's own; InputError if the network is, and is not named there.
    """
    if experiment.data.source == "own":
        raise InputError("predict reads tables, and this run was trained on data of one's own code")
    if "recipe" not in state:
        raise RunError(
            "the checkpoint does not say how the table was scaled: it was made by an earlier tui-lab; "
            "`tui-lab resume RUN --epochs N` for one more epoch makes one that does"
        )
    try:
        recipe = TableRecipe.model_validate(state["recipe"])
    except ValidationError:
        raise RunError("what the checkpoint says of the table is of a newer tui-lab; update it") from None
    shape = experiment.data.shape or (recipe.width,)
    outputs = outputs_of(experiment.task, len(recipe.classes))
    network = build_network(experiment, shape, outputs, code).to(device)
    try:
        network.load_state_dict(state["network"])
        best = Best(network)
        best.load_state_dict(state["best"])
    except (RuntimeError, ValueError, KeyError):
        raise RunError("the weights of the checkpoint do not fit the network of the run") from None
    if best.epoch:
        best.restore()
    return Predictor(experiment, network, recipe, best.epoch, device)


def rows_of_file(predictor: Predictor, spec: DataSpec, progress: Progress | None = None) -> Unseen:
    """The rows of a new file. Raises InputError."""
    return read_unseen(spec, predictor.recipe, progress)


def rows_of_split(predictor: Predictor, name: str, sha256: str, progress: Progress | None = None) -> Unseen:
    """The rows of a split of the run's own table, as they were dealt. Raises InputError if it has changed."""
    experiment = predictor.experiment
    table = read_table(experiment.data, experiment.task, progress)
    if table.sha256 != sha256:
        raise InputError(
            f"{table.source}: has changed since the run began: its {name} rows are not known any more; bring "
            "the old file back, or predict for a file"
        )
    rows: npt.NDArray[np.int64] = getattr(rows_of_splits(table, experiment), name)
    recipe = predictor.recipe
    by_name = {item.name: item for item in table.inputs}
    x_NF = apply(recipe.columns, [by_name[column.name] for column in recipe.columns], rows)
    answers_N = (table.target_N[rows].astype(np.float64) - recipe.target_mean) / recipe.target_std
    order = np.argsort(table.rows_N[rows])
    return Unseen(x_NF[order], table.rows_N[rows][order], answers_N[order])


def answers(
    recipe: TableRecipe, outputs_NK: Tensor
) -> tuple[list[str] | list[float], npt.NDArray[np.float64]]:
    """The answer for each row, and the probability of each class `(N, K)`; no column for regression."""
    if recipe.task == "regression":
        values_N = outputs_NK.squeeze(-1).double() * recipe.target_std + recipe.target_mean
        numbers: list[float] = values_N.tolist()
        return numbers, np.zeros((len(numbers), 0))
    if recipe.task == "binary":
        yes_N = outputs_NK.squeeze(-1).double().sigmoid()
        chances_NK = torch.stack((1 - yes_N, yes_N), 1)
    else:
        chances_NK = outputs_NK.double().softmax(1)
    chosen: list[int] = chances_NK.argmax(1).tolist()
    return [recipe.classes[k] for k in chosen], chances_NK.numpy()
