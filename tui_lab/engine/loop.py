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
from tui_lab.engine.evaluate import outputs_of_split
from tui_lab.engine.final_scores import score_by_torchmetrics
from tui_lab.engine.objective import training_loss
from tui_lab.engine.prepare import Prepared
from tui_lab.engine.resume import ResumePoint
from tui_lab.engine.saver import Reason, Saver
from tui_lab.engine.score import make_scorer
from tui_lab.engine.telemetry import INTERVAL_S, Telemetry
from tui_lab.engine.training import Training
from tui_lab.protocol.commands import Checkpoint, Command, Stop
from tui_lab.protocol.events import EpochEnded, Event, RunEnded, RunResumed, RunStarted, Tested
from tui_lab.spec.catalogue import format_value


def run(
    prepared: Prepared,
    commands: SimpleQueue[Command],
    interval_s: float = INTERVAL_S,
    saver: Saver | None = None,
    resume: ResumePoint | None = None,
) -> Iterator[Event]:
    """Train a prepared experiment: every event, from `RunStarted` (or `RunResumed`) to `RunEnded`.

    `commands` is looked at between two steps. `interval_s` is the shortest time between two
    `StepsTrained`; 0 tells every step. Without a `saver` nothing is saved. With `resume` the run goes on
    where that checkpoint was made.
    """
    return _Loop(prepared, commands, interval_s, saver, resume).events()


class _Loop:
    """A run under way: what it trains, whom it obeys and tells, and why it ended."""

    def __init__(
        self,
        prepared: Prepared,
        commands: SimpleQueue[Command],
        interval_s: float,
        saver: Saver | None,
        resume: ResumePoint | None,
    ) -> None:
        experiment, hyper = prepared.experiment, prepared.experiment.hyperparameters
        self._prepared, self._commands, self._hyper = prepared, commands, hyper
        self._data, self._sizes = prepared.dataset, prepared.sizes
        self._criterion = training_loss(experiment.task, hyper.label_smoothing)
        self._score = make_scorer(experiment.task, self._data.val, self._data)
        self._training = Training(prepared)
        self._telemetry = Telemetry(self._training.losses, interval_s)
        self._saver, self._resume = saver, resume
        self._test_wanted = True
        self._end: RunEnded | None = None

    def events(self) -> Iterator[Event]:
        yield from self._begin()
        while self._end is None:
            began = perf_counter()
            yield from self._train_epoch()
            if self._end is None:
                yield self._close_epoch(began)
                yield from self._save_if_due()
        yield from self._tell()
        yield from self._save("end")
        if self._training.best.epoch and self._test_wanted:
            yield self._test()
        yield self._end

    def _begin(self) -> Iterator[Event]:
        training, resume = self._training, self._resume
        training.network.train()
        if resume is None:
            yield from self._prepared.opening
            torch.manual_seed(self._hyper.seed)
            return
        training.restore(resume.state)
        environment = next(e.environment for e in self._prepared.opening if isinstance(e, RunStarted))
        yield RunResumed(resume.file, training.step, training.epoch, self._hyper.epochs, environment)
        if training.epoch >= self._hyper.epochs:
            self._end = RunEnded("finished", f"all {training.epoch} epochs are done")

    def _train_epoch(self) -> Iterator[Event]:
        training, criterion, telemetry = self._training, self._criterion, self._telemetry
        network, optimizer = training.network, training.optimizer
        losses, rate, commands = training.losses, training.rate, self._commands
        clip = self._hyper.grad_clip
        training.begin_epoch()
        position = training.position
        telemetry.begin_epoch(training.epoch + 1, training.step - position, position)
        for x, y in epoch_batches(self._data.train, self._sizes, training.order)[position:]:
            if not commands.empty():
                yield from self._obey(commands.get())
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
            training.step += 1
            training.position += 1
            if telemetry.due:
                yield from self._tell()
                if self._end is not None:
                    return
                yield from self._save_if_due()
        self._collect()

    def _close_epoch(self, began: float) -> Event:
        """The epoch's mean training loss, the validation, the schedule, and whether the run is over."""
        training = self._training
        train_loss = sum(map(mul, training.losses.since(0), self._sizes)) / sum(self._sizes)
        scores = self._score(outputs_of_split(training.network, self._data.val))
        training.end_epoch()
        best = training.best.offer(training.epoch, scores.loss)
        event = EpochEnded(
            epoch=training.epoch,
            step=training.step,
            train_loss=train_loss,
            val_loss=scores.loss,
            lr=training.rate.in_force,
            seconds=perf_counter() - began,
            metrics=scores.metrics,
            class_recall=scores.class_recall,
            best=best,
        )
        training.rate.after_epoch(scores.loss)
        patience = self._hyper.patience
        if patience and training.epoch - training.best.epoch >= patience:
            why = f"stopped early: validation loss has not improved for {patience} epochs"
            self._end = RunEnded("finished", why)
        elif training.epoch >= self._hyper.epochs:
            self._end = RunEnded("finished", f"all {training.epoch} epochs are done")
        return event

    def _obey(self, command: Command) -> Iterator[Event]:
        match command:
            case Checkpoint():
                yield from self._save("asked")
            case Stop(test=test):
                self._test_wanted = test
                self._end = RunEnded("stopped", f"stopped on request after step {self._training.step}")

    def _tell(self) -> Iterator[Event]:
        self._collect()
        event = self._telemetry.tell()
        if event is not None:
            yield event

    def _save_if_due(self) -> Iterator[Event]:
        if self._saver is not None and self._saver.due and self._end is None:
            yield from self._save("due")

    def _save(self, reason: Reason) -> Iterator[Event]:
        if self._saver is not None:
            yield self._saver.save(self._training.capture(), reason)

    def _collect(self) -> None:
        """Take in the step losses; a non-finite one ends the run before its update."""
        bad = self._telemetry.collect()
        if bad is None or self._end is not None:
            return
        training = self._training
        training.rewind_to(bad - 1)
        lr = training.rate.in_force
        self._end = RunEnded(
            "diverged",
            f"the loss of step {bad} (epoch {training.epoch + 1}) is not finite; that update was not made, "
            f"the weights are those after step {training.step}",
            hint=f"lower the learning rate (it was {format_value(lr)}), for example to "
            f"{format_value(lr / 10)}, or clip the gradient with grad_clip 1",
        )

    def _test(self) -> Event:
        best, network = self._training.best, self._training.network
        best.restore()
        outputs = outputs_of_split(network, self._data.test)
        task = self._prepared.experiment.task
        scores = score_by_torchmetrics(task, outputs, self._data.test, self._data)
        metrics = {"loss": scores.loss, **scores.metrics}
        return Tested(best.epoch, metrics, scores.class_recall)
