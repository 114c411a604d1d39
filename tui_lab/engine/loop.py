"""The training loop: an iterator of events.

One step is one optimizer update. Between two steps the commands are looked at; an epoch ends with a
validation; the run ends with a test of the best epoch's weights.
"""

from collections.abc import Iterator
from operator import mul
from queue import SimpleQueue
from time import perf_counter

import torch
from torch import nn

from tui_lab.data.batches import epoch_batches
from tui_lab.engine.best import Best
from tui_lab.engine.evaluate import outputs_of_split
from tui_lab.engine.final_scores import score_by_torchmetrics
from tui_lab.engine.losses import watch_losses
from tui_lab.engine.objective import training_loss
from tui_lab.engine.optimize import LearningRate, make_optimizer
from tui_lab.engine.prepare import Prepared
from tui_lab.engine.score import make_scorer
from tui_lab.engine.telemetry import INTERVAL_S, Telemetry
from tui_lab.protocol.commands import Command, Stop
from tui_lab.protocol.events import EpochEnded, Event, RunEnded, Tested
from tui_lab.spec.catalogue import format_value


def run(
    prepared: Prepared, commands: SimpleQueue[Command], interval_s: float = INTERVAL_S
) -> Iterator[Event]:
    """Train a prepared experiment: every event, from `RunStarted` to `RunEnded`.

    `commands` is looked at between two steps. `interval_s` is the shortest time between two
    `StepsTrained`; 0 tells every step.
    """
    return _Loop(prepared, commands, interval_s).events()


class _Loop:
    """The state of one run: what is trained, how far it is, and why it ended."""

    def __init__(self, prepared: Prepared, commands: SimpleQueue[Command], interval_s: float) -> None:
        experiment, hyper = prepared.experiment, prepared.experiment.hyperparameters
        self._prepared, self._commands, self._hyper = prepared, commands, hyper
        self._network, self._data, self._sizes = prepared.network, prepared.dataset, prepared.sizes
        self._criterion = training_loss(experiment.task, hyper.label_smoothing)
        self._score = make_scorer(experiment.task, self._data.val, self._data)
        self._optimizer = make_optimizer(self._network.parameters(), hyper, prepared.device)
        self._rate = LearningRate(self._optimizer, hyper, len(self._sizes))
        self._losses = watch_losses(self._optimizer, prepared.device, len(self._sizes))
        self._telemetry = Telemetry(self._losses, interval_s)
        self._best = Best(self._network)
        self._order = torch.Generator().manual_seed(hyper.seed)
        self._epoch = 0
        self._step = 0
        self._test_wanted = True
        self._end: RunEnded | None = None

    def events(self) -> Iterator[Event]:
        yield from self._prepared.opening
        torch.manual_seed(self._hyper.seed)
        self._network.train()
        while self._end is None:
            began = perf_counter()
            yield from self._train_epoch()
            if self._end is None:
                yield self._close_epoch(began)
        yield from self._tell()
        if self._best.epoch and self._test_wanted:
            yield self._test()
        yield self._end

    def _train_epoch(self) -> Iterator[Event]:
        network, criterion, optimizer = self._network, self._criterion, self._optimizer
        losses, rate, telemetry, commands = self._losses, self._rate, self._telemetry, self._commands
        clip = self._hyper.grad_clip
        telemetry.begin_epoch(self._epoch + 1, self._step)
        for x, y in epoch_batches(self._data.train, self._sizes, self._order):
            if not commands.empty():
                self._obey(commands.get())
                if self._end is not None:
                    return
            optimizer.zero_grad()
            loss = criterion(network(x), y)
            if not losses.accept(loss):
                break
            loss.backward()  # type: ignore[no-untyped-call]
            if clip:
                nn.utils.clip_grad_norm_(network.parameters(), clip)
            optimizer.step()
            rate.after_step()
            self._step += 1
            if telemetry.due:
                yield from self._tell()
                if self._end is not None:
                    return
        self._collect()

    def _close_epoch(self, began: float) -> Event:
        """The epoch's mean training loss, the validation, the schedule, and whether the run is over."""
        train_loss = sum(map(mul, self._losses.since(0), self._sizes)) / sum(self._sizes)
        scores = self._score(outputs_of_split(self._network, self._data.val))
        self._epoch += 1
        best = self._best.offer(self._epoch, scores.loss)
        event = EpochEnded(
            epoch=self._epoch,
            step=self._step,
            train_loss=train_loss,
            val_loss=scores.loss,
            lr=self._rate.in_force,
            seconds=perf_counter() - began,
            metrics=scores.metrics,
            class_recall=scores.class_recall,
            best=best,
        )
        self._rate.after_epoch(scores.loss)
        patience = self._hyper.patience
        if patience and self._epoch - self._best.epoch >= patience:
            why = f"stopped early: validation loss has not improved for {patience} epochs"
            self._end = RunEnded("finished", why)
        elif self._epoch == self._hyper.epochs:
            self._end = RunEnded("finished", f"all {self._epoch} epochs are done")
        return event

    def _obey(self, command: Command) -> None:
        match command:
            case Stop(test=test):
                self._test_wanted = test
                self._end = RunEnded("stopped", f"stopped on request after step {self._step}")

    def _tell(self) -> Iterator[Event]:
        self._collect()
        event = self._telemetry.tell()
        if event is not None:
            yield event

    def _collect(self) -> None:
        """Take in the step losses; a non-finite one ends the run before its update."""
        bad = self._telemetry.collect()
        if bad is None or self._end is not None:
            return
        self._step = bad - 1
        lr = self._rate.in_force
        self._end = RunEnded(
            "diverged",
            f"the loss of step {bad} (epoch {self._epoch + 1}) is not finite; that update was not made, "
            f"the weights are those after step {self._step}",
            hint=f"lower the learning rate (it was {format_value(lr)}), for example to "
            f"{format_value(lr / 10)}, or clip the gradient with grad_clip 1",
        )

    def _test(self) -> Event:
        self._best.restore()
        outputs = outputs_of_split(self._network, self._data.test)
        task = self._prepared.experiment.task
        scores = score_by_torchmetrics(task, outputs, self._data.test, self._data)
        metrics = {"loss": scores.loss, **scores.metrics}
        return Tested(self._best.epoch, metrics, scores.class_recall)
