"""Predictions of rows by networks that did not see them: cross-validation with a run's own experiment.

Legend: N rows of the training and validation splits, in this order, K outputs.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from tui_lab.data.dataset import Part
from tui_lab.data.pooled import only, pooled
from tui_lab.data.split import fold_numbers
from tui_lab.engine.evaluation.outputs import outputs_of_split
from tui_lab.engine.setup.determinism import repeatable
from tui_lab.engine.setup.prepare import Prepared, plan_batches
from tui_lab.engine.short_runs import train_some
from tui_lab.engine.state.training_state import Training
from tui_lab.errors import RunError
from tui_lab.protocol.label_errors import FoldProgress

Told = Callable[[FoldProgress], object]


def folds_of(labels_N: Tensor, folds: int, seed: int) -> Tensor:
    """The fold `(N,)` of each row, from 0, as `fold_numbers` deals them. `labels_N`: class numbers."""
    labels = labels_N.cpu().numpy().astype(np.int64)
    return torch.from_numpy(fold_numbers(labels, folds, np.random.default_rng(seed)))


def out_of_fold_outputs(prepared: Prepared, folds: int, epochs: int, told: Told) -> Tensor:
    """The outputs `(N, K)`, on the CPU, each by the network of a fold that was not trained on that row.

    Each of the `folds` networks starts from the weights of `prepared` and is trained for `epochs` with its
    hyperparameters, a schedule as if for all of theirs. Inputs are as in `prepared`, scaled by its training
    split. The test split is not used. Raises RunError if a loss is not finite.
    """
    dataset, hyper = prepared.dataset, prepared.experiment.hyperparameters
    rows = pooled(dataset.train, dataset.val)
    fold_N = folds_of(rows.y, folds, hyper.seed)
    weights = deepcopy(prepared.network.state_dict())
    found: Tensor | None = None
    with repeatable(prepared.device):
        for fold in range(folds):
            held = (fold_N == fold).nonzero().view(-1)
            training = _training(prepared, weights, only(rows, (fold_N != fold).nonzero().view(-1)))
            steps = epochs * len(training.sizes)

            def tell(made: int, fold: int = fold, steps: int = steps) -> None:
                told(FoldProgress(fold + 1, folds, (fold + made / steps) / folds))

            tell(0)
            if not train_some(training, steps, tell):
                raise RunError(
                    f"fold {fold + 1} of {folds} diverged: its loss was not finite with the hyperparameters "
                    "that the run had at its end"
                )
            with training.validated_weights():
                outputs = outputs_of_split(training.network, only(rows, held), training.forward).cpu()
            found = outputs.new_empty(len(rows), *outputs.shape[1:]) if found is None else found
            found[held] = outputs
    assert found is not None
    return found


def _training(prepared: Prepared, weights: dict[str, Tensor], rows: Part) -> Training:
    """The weights as new, to be trained on these rows only."""
    prepared.network.load_state_dict(weights)
    torch.manual_seed(prepared.experiment.hyperparameters.seed)
    own = replace(prepared, dataset=replace(prepared.dataset, train=rows))
    sizes, _ = plan_batches(own, prepared.experiment.hyperparameters)
    return Training(replace(own, sizes=sizes))
