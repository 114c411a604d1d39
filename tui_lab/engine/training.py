"""What is trained and how far it is: everything that decides what the next step will be.

`capture` gives that as plain data and `restore` takes it back, so that a run which goes on from a captured
state makes the same steps, bit for bit (CPU, same thread count), as one that never stopped: also in the
middle of an epoch.
"""

from typing import Any

import torch

from tui_lab.engine.best import Best
from tui_lab.engine.losses import watch_losses
from tui_lab.engine.optimize import LearningRate, make_optimizer
from tui_lab.engine.prepare import Prepared

State = dict[str, Any]


class Training:
    """The moving parts of a run.

    `epoch` counts whole epochs, `step` all updates, `position` the batches of the epoch under way. `order`
    gives each epoch's order of rows; `order_state` is its state before the epoch at hand drew from it.
    """

    def __init__(self, prepared: Prepared) -> None:
        hyper = prepared.experiment.hyperparameters
        steps_per_epoch = len(prepared.sizes)
        self.network = prepared.network
        self.optimizer = make_optimizer(self.network.parameters(), hyper, prepared.device)
        self.rate = LearningRate(self.optimizer, hyper, steps_per_epoch)
        self.losses = watch_losses(self.optimizer, prepared.device, steps_per_epoch)
        self.best = Best(self.network)
        self.order = torch.Generator().manual_seed(hyper.seed)
        self.order_state = self.order.get_state()
        self.recipe = prepared.dataset.recipe.model_dump(mode="json")
        self.epoch = 0
        self.step = 0
        self.position = 0

    def begin_epoch(self) -> None:
        """Make ready for the epoch at hand; one that is under way draws the order of its rows again."""
        self.order.set_state(self.order_state)
        if not self.position:
            self.losses.begin_epoch()

    def end_epoch(self) -> None:
        """Count the epoch at hand as done."""
        self.epoch += 1
        self.position = 0
        self.order_state = self.order.get_state()

    def rewind_to(self, step: int) -> None:
        """Count only the updates up to `step`, an update of the epoch at hand: later ones changed nothing."""
        self.position -= self.step - step
        self.step = step

    def capture(self) -> State:
        """The whole state as tensors, numbers and texts. Tensors are the live ones: copy or save at once."""
        return {
            "epoch": self.epoch,
            "step": self.step,
            "position": self.position,
            "losses": self.losses.since(0)[: self.position],
            "order": self.order_state,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rate": self.rate.state_dict(),
            "best": self.best.state_dict(),
            "recipe": self.recipe,
            "random": _random_state(),
        }

    def restore(self, state: State) -> None:
        """Go back or on to a captured state of the same experiment."""
        self.epoch, self.step, self.position = state["epoch"], state["step"], state["position"]
        self.losses.resume_epoch(state["losses"])
        self.order_state = state["order"].cpu()
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.rate.load_state_dict(state["rate"])
        self.best.load_state_dict(state["best"])
        _set_random_state(state["random"])


def _random_state() -> dict[str, Any]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
    return {"cpu": torch.get_rng_state(), "cuda": cuda}


def _set_random_state(state: dict[str, Any]) -> None:
    torch.set_rng_state(state["cpu"].cpu())
    if state["cuda"]:
        torch.cuda.set_rng_state_all([one.cpu() for one in state["cuda"]])
