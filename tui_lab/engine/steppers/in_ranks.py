"""Updates that several ranks make together.

Legend: B rows of an update, R those of this rank, K outputs.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from tui_lab.data.batches import batch_sizes
from tui_lab.data.dataset import Part
from tui_lab.data.images.augment import Augmenting
from tui_lab.engine.ranks.global_batch import GlobalBatch
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.eager import EagerStepper
from tui_lab.experiment.tasks import TASKS

NOTE = "speed fast: several ranks make their updates step by step, neither compiled in C nor recorded"


def rows_to_read(training: Training) -> Callable[[int], Tensor] | None:
    """Which rows of an update this rank reads, given how many it has; None for all."""
    prepared, batch_size = training.prepared, training.hyper.batch_size
    if not prepared.ranks.many:
        return None

    def read(rows: int) -> Tensor:
        found, begin = [], 0
        for size in batch_sizes(rows, min(batch_size, rows), no_single=prepared.normed):
            taken = prepared.ranks.taken(size)
            found.append(torch.arange(begin + taken.start, begin + taken.stop))
            begin += size
        return torch.cat(found)

    return read


class RanksStepper(EagerStepper):
    """Passes this rank's rows of each batch through the network; the gradients of all are added up.

    The loss of each rank counts by its rows, so that the update is that of the whole batch. Everything is
    added up at once: gradients, which weights have one, the loss, the outputs (each rank fills in its rows),
    and whether rank 0 has commands. What follows has the same bits on each rank.
    """

    def __init__(self, training: Training, probed_layers: Sequence[str] | None = None) -> None:
        super().__init__(training, probed_layers)
        prepared = training.prepared
        self._ranks, self._normed = prepared.ranks, prepared.normed
        self._batch_size = training.hyper.batch_size
        self._outputs_K = TASKS[prepared.experiment.task].outputs(len(prepared.dataset.about.classes))
        self._augment, self._see = self._see, None  # of the rank's rows only
        self.watchable = not isinstance(prepared.dataset.train.x, Tensor)  # no rank has the whole batch
        wide = any(weight.dtype == torch.float64 for weight in self._weights)
        self._kind = torch.float64 if wide else torch.float32
        if training.hyper.speed == "fast":
            self.note = NOTE

    def _forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The outputs `(B, K)` and the loss `()` of all ranks; the gradients are set already."""
        self._optimizer.zero_grad()
        outputs_BK = torch.zeros(len(y), self._outputs_K, dtype=self._kind, device=y.device)
        loss = torch.zeros((), dtype=self._kind, device=y.device)
        whole = len(x) == len(y)  # else only the rows that this rank takes were read
        begin = read = 0
        for rows in batch_sizes(len(y), min(self._batch_size, len(y)), no_single=self._normed):
            taken, batch = self._ranks.taken(rows), slice(begin, begin + rows)
            count = taken.stop - taken.start
            inputs = x[batch][taken] if whole else x[read : read + count]
            loss += self._pass(inputs, y[batch], len(y), outputs_BK[batch])
            begin, read = begin + rows, read + count
        return self._added_up(outputs_BK, loss)

    def _pass(self, inputs: Tensor, y: Tensor, of: int, into_BK: Tensor) -> Tensor:
        """This rank's part of a batch, forward and backward; its share of the loss of `of` rows.

        `inputs`: the rows it takes of the batch, as stored; `y`: all targets. A rank without a row of the
        batch passes the first one for nothing: all take part in batch norm, and draw the same random numbers.
        """
        own, taken = self._ranks.rows(len(y)), self._ranks.taken(len(y))
        count = own.stop - own.start
        if isinstance(self._augment, Augmenting):
            inputs = self._augment.some(inputs, taken.start, len(y))
        elif self._augment is not None:
            inputs = self._augment(inputs)
        with GlobalBatch(self._ranks, len(y), taken.start, counts=bool(count)):
            outputs_RK = self._network(inputs)
        loss = self._criterion(outputs_RK, y[taken]) * (count / of)
        self._back(loss)
        if count:
            into_BK[own] = outputs_RK.detach()
        share: Tensor = loss.detach()
        return share

    def _added_up(self, outputs_BK: Tensor, loss: Tensor) -> tuple[Tensor, Tensor]:
        weights, ranks = self._weights, self._ranks
        empty = outputs_BK.new_zeros(())
        used = [float(weight.grad is not None) for weight in weights]
        gradients = [
            empty.expand(weight.numel()) if weight.grad is None else weight.grad.reshape(-1).to(self._kind)
            for weight in weights
        ]
        last = outputs_BK.new_tensor([*used, float(ranks.leads and ranks.wanted())])
        values = torch.cat((*gradients, outputs_BK.reshape(-1), loss.reshape(1), last))
        ranks.add_up(values)
        *used, wanted = values[-len(last) :].tolist()
        ranks.announced = wanted > 0
        begin = 0
        for weight, count in zip(weights, used, strict=True):
            end = begin + weight.numel()
            weight.grad = values[begin:end].view_as(weight).to(weight.dtype) if count else None
            begin = end
        found_BK = values[begin : begin + outputs_BK.numel()].view_as(outputs_BK).clone()
        return found_BK, values[-len(last) - 1]

    def _backward(self, loss: Tensor) -> None:
        """Done batch by batch."""

    def outputs_of(self, part: Part) -> Tensor:
        """Each rank evaluates its rows."""
        own = self._ranks.rows(len(part))
        whole_BK = torch.zeros(len(part), self._outputs_K, device=part.y.device)
        if own.stop > own.start:
            x = part.x[own] if isinstance(part.x, Tensor) else part.x.only(torch.arange(own.start, own.stop))
            whole_BK[own] = super().outputs_of(replace(part, x=x, y=part.y[own]))
        self._ranks.add_up(whole_BK)
        return whole_BK
