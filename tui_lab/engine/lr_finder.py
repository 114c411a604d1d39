"""Trying many learning rates: short real runs from the same weights.

A learning-rate range test, which raises the rate within one run, answers differently with every seed and is
misled by early spikes. Separate runs cost more and say what they mean. They are trained from a checkpoint, in
another process than the run itself, whose state they cannot touch.

Legend: B rows, K outputs.
"""

from copy import deepcopy
from math import inf, isfinite
from pathlib import Path
from time import perf_counter

import torch

from tui_lab.engine.checkpoints.file import State
from tui_lab.engine.checkpoints.last_good import newest_point
from tui_lab.engine.evaluation.outputs import outputs_of_split
from tui_lab.engine.evaluation.report.subject import some_rows
from tui_lab.engine.setup.determinism import repeatable
from tui_lab.engine.setup.prepare import Prepared, prepare
from tui_lab.engine.short_runs import train_some
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.tasks.registry import ENGINE_TASKS
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.lr_finder import LOST, STEPS, FindRate, RatesTried
from tui_lab.runs.folder.folder import RunFolder

BUDGET_S = 12.0
"""How long all short runs may take together, about."""
SCORED = 512
"""How many training rows the loss is taken over."""
WARM_UP = 5


def find_rate(experiment: Experiment, run: Path | None, wanted: FindRate) -> RatesTried:
    """Short runs of an experiment: from new weights or, with `run`, from that run's last checkpoint.

    Raises InputError as `prepare` does, RunError if no checkpoint is valid.
    """
    if run is None:
        return try_rates(prepare(experiment), None, wanted)
    prepared = prepare(experiment, anew=False)
    _, point = newest_point(RunFolder(run), prepared.device)
    return try_rates(prepared, point.state, wanted)


def try_rates(prepared: Prepared, state: State | None, wanted: FindRate) -> RatesTried:
    """The short runs, from the weights of `prepared` or from a captured state."""
    if not (wanted.rates and wanted.seeds > 0 and all(rate > 0 for rate in wanted.rates)):
        raise InputError("rates must be above 0, and there must be at least one run at each")
    torch.manual_seed(prepared.experiment.hyperparameters.seed)
    trials = _Trials(prepared, state)
    lr = trials.lr
    with repeatable(prepared.device):
        start = trials.loss()
        steps = wanted.steps or trials.steps_for(BUDGET_S / (len(wanted.rates) * wanted.seeds))
        losses: list[tuple[float, ...]] = []
        for rate in sorted(wanted.rates):
            if len(losses) >= 2 and min(*losses[-1], *losses[-2]) > LOST * start:
                losses.append((inf,) * wanted.seeds)
            else:
                losses.append(tuple(trials.loss_at(rate, seed, steps) for seed in range(wanted.seeds)))
    step, epoch = trials.begun_at
    return RatesTried(step, epoch, lr, steps, start, tuple(sorted(wanted.rates)), tuple(losses))


class _Trials:
    """Short runs from one state, each of which starts from it again."""

    def __init__(self, prepared: Prepared, state: State | None) -> None:
        self._training = training = Training(prepared)
        if state is not None:
            training.restore(state)
        self.lr, self.begun_at = training.rate.in_force, (training.step, training.epoch)
        training.queued, training.position = {}, 0
        training.change("schedule", "constant")
        self._state = deepcopy({**training.capture(), "losses": [], "outputs": {}})
        train = prepared.dataset.train
        self._scored = train.subset(some_rows(len(train), SCORED))
        self._criterion = ENGINE_TASKS[prepared.experiment.task].loss(0.0)

    def loss(self) -> float:
        """The loss over the rows that are scored, in evaluation mode."""
        training = self._training
        with training.validated_weights():
            outputs_BK = outputs_of_split(training.network, self._scored, training.forward)
        return float(self._criterion(outputs_BK, self._scored.y))

    def steps_for(self, seconds: float) -> int:
        """How many updates there is time for, within `STEPS`."""
        self._train(self.lr, 0, WARM_UP)  # memory, threads, compiled code
        began = perf_counter()
        self._train(self.lr, 0, WARM_UP)
        took_s = (perf_counter() - began) / WARM_UP
        return max(STEPS[0], min(int(seconds / took_s), STEPS[1]))

    def loss_at(self, rate: float, seed: int, steps: int) -> float:
        """The loss after a short run at a rate; infinite if it diverged."""
        loss = self.loss() if self._train(rate, seed, steps) else inf
        return loss if isfinite(loss) else inf

    def _train(self, rate: float, seed: int, steps: int) -> bool:
        """Train from the state, with rows in an order of this seed; False if a loss was not finite."""
        training = self._training
        training.restore(self._state)
        training.change("lr", rate)
        torch.manual_seed(seed)
        training.order_state = training.order.manual_seed(seed).get_state()
        return train_some(training, steps)
