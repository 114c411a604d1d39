"""The three checks before training, with new weights and without regularisation.

Legend: N rows, K outputs.
"""

from copy import deepcopy
from dataclasses import replace
from math import inf, isfinite
from time import perf_counter

import torch
from torch import Tensor

from tui_lab.data.dataset import Part
from tui_lab.engine.evaluation.outputs import outputs_of_split
from tui_lab.engine.evaluation.report.subject import some_rows
from tui_lab.engine.setup.determinism import repeatable
from tui_lab.engine.setup.prepare import Prepared, plan_batches, prepare
from tui_lab.engine.short_runs import train_some
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.tasks import TASKS
from tui_lab.protocol.start_checks import FEW, MOST_ERROR, MOST_STEPS, StartChecked

SCORED = 512
"""Rows for the first loss, and to train on with and without inputs."""
LOOK_EVERY = 20
"""Steps between two looks at whether the few rows are learnt."""
STEPS, BUDGET_S = (20, 300), 3.0
"""The least and most steps with and without inputs, and how long each may take, about."""
_PLAIN: dict[str, object] = {
    "schedule": "constant", "dropout": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "grad_clip": 0.0,
    "ema_decay": 0.0, "accumulate": 1, "flip": False, "rotation": 0.0, "crop": 0, "color_jitter": 0.0,
}  # fmt: skip


def check_start(experiment: Experiment) -> StartChecked:
    """Check an experiment. Raises InputError as `prepare` does."""
    return _Checks(prepare(experiment)).made()


class _Checks:
    """Trainings that start from the same new weights."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._task = ENGINE_TASKS[prepared.experiment.task]
        self._weights = deepcopy(prepared.network.state_dict())
        self._criterion = self._task.loss(0.0)

    def made(self) -> StartChecked:
        prepared, train = self._prepared, self._prepared.dataset.train
        rows = self._rows(some_rows(len(train), SCORED))
        numeric = TASKS[prepared.experiment.task].numeric
        with repeatable(prepared.device):
            first = self._loss(self._outputs(rows), rows)
            few = self._rows(some_rows(len(train), FEW) if numeric else _of_each_class(train.y, FEW))
            few_steps, few_error = self._overfit(few, numeric=numeric)
            steps, with_inputs = self._train_on(rows, None)
            _, without = self._train_on(Part(torch.zeros_like(rows.first(len(rows))), rows.y), steps)
        return StartChecked(
            lr=prepared.experiment.hyperparameters.lr,
            first_loss=first,
            classes=0 if numeric else len(prepared.dataset.about.classes),
            variance=float(rows.y.double().var(correction=0)) if numeric else 0.0,
            pretrained=bool(prepared.transferred),
            few=len(few),
            few_steps=few_steps,
            few_error=few_error,
            steps=steps,
            with_inputs=with_inputs,
            without_inputs=without,
        )

    def _rows(self, places: Tensor) -> Part:
        """Training rows, as float inputs on the device."""
        some = self._prepared.dataset.train.subset(places)
        return Part(some.first(len(some)), some.y)

    def _training(self, rows: Part, batch_size: int) -> Training:
        """New weights, to be trained on these rows only."""
        prepared = self._prepared
        prepared.network.load_state_dict(self._weights)
        hyper = prepared.experiment.hyperparameters.model_copy(update={**_PLAIN, "batch_size": batch_size})
        torch.manual_seed(hyper.seed)
        asked = prepared.experiment.model_copy(update={"hyperparameters": hyper})
        own = replace(prepared, experiment=asked, dataset=replace(prepared.dataset, train=rows))
        return Training(replace(own, sizes=plan_batches(own, hyper)[0]))

    def _overfit(self, few: Part, *, numeric: bool) -> tuple[int, float]:
        """Train on a few rows; the steps it took, and the error that is left."""
        training = self._training(few, len(few))
        while training.step < MOST_STEPS:
            if not train_some(training, LOOK_EVERY):
                return training.step, inf
            error = self._error(self._outputs(few), few, numeric=numeric)
            if error <= MOST_ERROR:
                break
        return training.step, error

    def _train_on(self, rows: Part, steps: int | None) -> tuple[int, float]:
        """Train for `steps`, or as long as there is time; the steps, and the loss afterwards."""
        training = self._training(rows, self._prepared.experiment.hyperparameters.batch_size)
        began = perf_counter()
        fine = train_some(training, STEPS[0] if steps is None else steps)
        while steps is None and fine and training.step < STEPS[1] and perf_counter() - began < BUDGET_S:
            fine = train_some(training, STEPS[0])
        return training.step, self._loss(self._outputs(rows), rows) if fine else inf

    def _outputs(self, rows: Part) -> Tensor:
        network = self._prepared.network
        return outputs_of_split(network, rows, network)

    def _loss(self, outputs_NK: Tensor, rows: Part) -> float:
        loss = float(self._criterion(outputs_NK, rows.y))
        return loss if isfinite(loss) else inf

    def _error(self, outputs_NK: Tensor, rows: Part, *, numeric: bool) -> float:
        if numeric:
            variance = float(rows.y.double().var(correction=0))
            loss = self._loss(outputs_NK, rows)
            return loss / variance if variance else float(loss > 0)
        classes = self._prepared.dataset.about.classes
        said = self._task.predictions(outputs_NK.cpu(), classes, 0.0, 1.0).answers
        truth = [classes[int(value)] for value in rows.y.tolist()]
        return sum(a != b for a, b in zip(said, truth, strict=True)) / len(truth)


def _of_each_class(y_N: Tensor, count: int) -> Tensor:
    """At most `count` rows, as evenly from the classes as possible."""
    places = [(y_N == value).nonzero().view(-1).cpu() for value in torch.unique(y_N)]
    rounds = [place[turn : turn + 1] for turn in range(count) for place in places]
    return torch.cat(rounds)[:count].sort().values
