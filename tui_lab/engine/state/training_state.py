"""The training state: everything that determines the next step.

`capture` returns it as plain data and `restore` loads it, so that a run which continues from a captured state
makes the same steps, bit for bit (CPU, same thread count), as one that never stopped: also in the middle of
an epoch, and with hyperparameters changed on the way (`change`).
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch.optim.optimizer import ParamsT

from tui_lab.data.images.augment import Augment
from tui_lab.engine.checkpoints.file import State
from tui_lab.engine.evaluation.train_metrics import EpochOutputs
from tui_lab.engine.setup.precision import Backward, Forward
from tui_lab.engine.setup.prepare import Prepared, plan_batches
from tui_lab.engine.state.best_weights import Best
from tui_lab.engine.state.live_changes import AT_START, CHANGES, check_change
from tui_lab.engine.state.lr_schedule import LearningRate
from tui_lab.engine.state.optimizers import TRANSFERRED, make_optimizer
from tui_lab.engine.state.step_losses import CheckedLosses, StepLosses, watch_losses
from tui_lab.engine.state.weight_average import WeightAverage
from tui_lab.engine.tasks.engine_task import Loss
from tui_lab.experiment.catalogue import Value, entry
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.model.live import followers
from tui_lab.protocol.events import RunEnded


class Training:
    """The mutable state of a run.

    `hyper`: the current hyperparameters. `epoch` counts whole epochs, `step` all updates, `position` those
    of the current epoch, `edits` the edits in effect. `sizes` are the rows of each update of an epoch.
    `queued` are changes that wait for the next epoch, `reasons` why, where that was said. `forward` and
    `backward` compute in the precision in force. `see` turns a batch into network inputs, None if it
    already is. `order` gives each epoch's order of rows; `order_state` is its state before the current epoch
    drew from it, `next_order_seed` reseeds it for the next epoch. Patience counts from the epoch
    `patience_from`, if none was better since. `seconds`: time spent on whole epochs. `elsewhere_s`: what
    other trials cost that are trained with this one, less what it cost them. `average`: that of the weights,
    None while it is off. `transferred` names the tensors with pretrained values. `end` says why the run is
    over, once it is.
    """

    criterion: Loss
    forward: Forward
    backward: Backward
    see: Augment | None

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.dropouts = followers(prepared.network, prepared.experiment.model)
        self.network = prepared.network
        self.hyper = prepared.experiment.hyperparameters
        self.sizes = prepared.sizes
        self.epoch = self.step = self.position = self.edits = self.patience_from = 0
        self.seconds = self.elsewhere_s = 0.0
        self._has_buffers = next(self.network.buffers(), None) is not None
        self._buffers: list[torch.Tensor] = []
        self.outputs = EpochOutputs()
        self.average: WeightAverage | None = None
        self.queued: dict[str, Value] = {}
        self.reasons: dict[str, str] = {}
        self.best = Best(self.network)
        self.order = torch.Generator().manual_seed(self.hyper.seed)
        self.order_state = self.order.get_state()
        self.recipe = prepared.dataset.recipe.model_dump(mode="json")
        self.next_order_seed: int | None = None
        self.transferred = list(prepared.transferred)
        self.end: RunEnded | None = None
        self._equip()

    def _equip(self) -> None:
        """Create what `hyper` asks for: optimizer, schedule, loss, dropout, frozen layers."""
        hyper, device = self.hyper, self.prepared.device
        self.optimizer = make_optimizer(self._groups(), hyper, device)
        self.rate = LearningRate(self.optimizer, hyper, self.epochs_left, self.steps_left)
        self.losses = self._watch_losses()
        for name in AT_START:
            CHANGES[name](self, hyper)

    def _watch_losses(self) -> StepLosses:
        if self.prepared.ranks.many:  # which wait for each other in each step in any case
            return CheckedLosses()
        return watch_losses(self.optimizer, self.prepared.device, len(self.sizes))

    def _groups(self) -> ParamsT:
        """The parameter groups of the optimizer: pretrained weights have their own rate."""
        if not self.transferred:
            return self.network.parameters()
        names = set(self.transferred)
        named = list(self.network.named_parameters())
        new: dict[str, Any] = {"params": [weight for name, weight in named if name not in names]}
        old = {"params": [weight for name, weight in named if name in names], TRANSFERRED: True}
        return [new, old]

    @property
    def epochs_left(self) -> int:
        """Epochs to do, with the current one."""
        return self.hyper.epochs - self.epoch

    @property
    def steps_left(self) -> int:
        """Updates to make, at the current batch size and accumulation."""
        return self.epochs_left * len(self.sizes) - self.position

    def begin_epoch(self) -> None:
        """Prepare the current epoch; one in progress draws the order of its rows again."""
        if not self.position:
            if self.next_order_seed is not None:
                self.order_state = self.order.manual_seed(self.next_order_seed).get_state()
                self.next_order_seed = None
            self.losses.begin_epoch(len(self.sizes))
            self.outputs.begin_epoch()
        self.order.set_state(self.order_state)
        if self._has_buffers:
            self._buffers = [buffer.clone() for buffer in self.network.buffers()]

    def end_epoch(self) -> None:
        """Count the current epoch as done."""
        self.epoch += 1
        self.position = 0
        self.order_state = self.order.get_state()

    def validated_weights(self) -> AbstractContextManager[None]:
        """Inside, the network has the weights to validate: the averaged ones while there is an average."""
        return nullcontext() if self.average is None else self.average.in_network()

    def rewind_to(self, step: int) -> None:
        """Count only the updates up to `step` of the current epoch: later ones changed no weight.

        Running statistics (of batch norm) that a later batch made infinite are reset to those at the start of
        the epoch.
        """
        self.position -= self.step - step
        self.step = step
        if not all(buffer.isfinite().all() for buffer in self.network.buffers()):
            for buffer, before in zip(self.network.buffers(), self._buffers, strict=True):
                buffer.copy_(before)

    def change(self, name: str, value: Value) -> str:
        """Apply a validated value between two steps; returns a note on side effects, if any.

        `batch_size` and `accumulate` may only change before the first step of an epoch.
        """
        old = self.hyper
        self.hyper = old.model_copy(update={name: value})
        return CHANGES[name](self, old) or ""

    def become(self, hyper: Hyperparameters) -> None:
        """Apply the hyperparameters of a fork: those that differ, like edits.

        The structure of the network stays: the weights must fit it. With another seed the random numbers
        change from here on, and the order of rows from the next epoch. The best epoch must be one of the
        fork's own, and patience counts from here.
        """
        self.edits, self.queued, self.reasons, self.seconds = 0, {}, {}, 0.0
        self.best, self.patience_from = Best(self.network), self.epoch
        for name, value in hyper:
            if value == getattr(self.hyper, name):
                continue
            knob = entry(name).knob
            if knob.takes_effect == "next epoch" and self.position:
                self.queued[name] = value
            elif knob.live:
                check_change(self, name, value)
                self.change(name, value)
        if hyper.seed != self.hyper.seed:
            torch.manual_seed(hyper.seed)
            self.next_order_seed = hyper.seed
        self.hyper = hyper.model_copy(update={name: getattr(self.hyper, name) for name in self.queued})

    def replace_optimizer(self) -> None:
        """Use a new optimizer for the same weights, without the old one's state."""
        device, seen = self.prepared.device, self.losses.since(0)[: self.position]
        self.optimizer = make_optimizer(self._groups(), self.hyper, device)
        self.rate = self.rate.move_to(self.optimizer, self.hyper)
        self.losses = self._watch_losses()
        self.losses.resume_epoch(seen)

    def capture(self) -> State:
        """The whole state as tensors, numbers and texts. Tensors are not copied: copy or save at once."""
        return {
            "hyper": self.hyper.model_dump(),
            "queued": dict(self.queued),
            "reasons": dict(self.reasons),
            "edits": self.edits,
            "epoch": self.epoch,
            "step": self.step,
            "position": self.position,
            "losses": self.losses.since(0)[: self.position],
            "outputs": self.outputs.state_dict(sum(self.sizes[: self.position])),
            "order": self.order_state,
            "next_order_seed": self.next_order_seed,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rate": self.rate.state_dict(),
            "best": self.best.state_dict(),
            "average": self.average.state_dict() if self.average else {},
            "patience_from": self.patience_from,
            "seconds": self.seconds,
            "recipe": self.recipe,
            "transferred": list(self.transferred),
            "random": _random_state(self.prepared),
        }

    def restore(self, state: State) -> None:
        """Load a captured state of the same network and data."""
        self.hyper = Hyperparameters.model_validate(state["hyper"])
        self.sizes, _ = plan_batches(self.prepared, self.hyper)
        self.epoch, self.step, self.position = state["epoch"], state["step"], state["position"]
        self.queued, self.edits = dict(state["queued"]), state["edits"]
        self.reasons = dict(state.get("reasons", {}))
        self.transferred = list(state.get("transferred", ()))
        self.patience_from, self.seconds = state.get("patience_from", 0), state.get("seconds", 0.0)
        self._equip()
        self.losses.resume_epoch(state["losses"])
        self.outputs.load_state_dict(state.get("outputs", {}), self.prepared.device)
        self.order_state, self.next_order_seed = state["order"].cpu(), state["next_order_seed"]
        self.order.set_state(self.order_state)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.rate.load_state_dict(state["rate"])
        self.best.load_state_dict(state["best"])
        if self.average is not None:
            self.average.load_state_dict(state["average"])
        _set_random_state(state["random"], self.prepared)


def _random_state(prepared: Prepared) -> dict[str, Any]:
    """Of the CPU, and of all GPUs; in several ranks, which all have the same, only of this one's."""
    cuda: list[torch.Tensor] = []
    if prepared.ranks.many:
        cuda = [torch.cuda.get_rng_state(prepared.device)] if prepared.device.type == "cuda" else []
    elif torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        cuda = torch.cuda.get_rng_state_all()
    return {"cpu": torch.get_rng_state(), "cuda": cuda}


def _set_random_state(state: dict[str, Any], prepared: Prepared) -> None:
    """The machine, or the number of ranks, may be another than that on which it was captured."""
    torch.set_rng_state(state["cpu"].cpu())
    cuda = [one.cpu() for one in state["cuda"]]
    if prepared.ranks.many and prepared.device.type == "cuda" and cuda:
        torch.cuda.set_rng_state(cuda[0], prepared.device)
    elif cuda and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(cuda[: torch.cuda.device_count()])
