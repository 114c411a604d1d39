"""A trial's turns beside the others of a stack."""

from collections.abc import Callable

import torch
from torch import Tensor

from tui_lab.engine.stacked.member import Member
from tui_lab.engine.stacked.stack import Stack
from tui_lab.engine.state.training_state import Training
from tui_lab.engine.steppers.choose import Chooser


class Turn:
    """Whatever the trials draw, each draws from generators of its own."""

    def __init__(
        self, stack: Stack, seed: int, quiet: Callable[[], bool] = lambda: True, *, ready: bool = False
    ) -> None:
        """`quiet`, `ready`: of the member; it is not quiet while it is held either."""
        self._member: Member | None = None
        self._stack, self._quiet, self._ready = stack, quiet, ready
        self._held = False
        self._random = torch.Generator().manual_seed(seed).get_state()
        self._on_gpu: Tensor | None = None

    def steppers(self, training: Training) -> Chooser:
        """Take part in the stack; what chooses how its updates are made."""
        quiet = self._quiet
        self._member = Member(training, lambda: not self._held and quiet(), self._random, ready=self._ready)
        return self._stack.add(self._member)

    @property
    def ending(self) -> bool:
        """Whether its loop is about to end the run."""
        return self._member is not None and self._member.training.end is not None

    def begin(self) -> None:
        """Its turn begins."""
        self._held = False
        if self._member is not None:
            torch.set_rng_state(self._member.random)
            if self._on_gpu is not None:
                torch.cuda.set_rng_state(self._on_gpu, self._member.training.prepared.device)

    def noted(self) -> None:
        """In its turn, something was reported."""
        if self._member is not None:
            self._member.random = torch.get_rng_state()
            device = self._member.training.prepared.device
            if device.type == "cuda":
                self._on_gpu = torch.cuda.get_rng_state(device)

    def hold(self) -> None:
        """It has no turn until the next `begin`."""
        self._held = True

    def over(self) -> None:
        """It has no further turn."""
        member, self._member = self._member, None
        if member is not None:
            self._stack.remove(member)
