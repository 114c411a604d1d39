"""Trials that train in turn in one process, alone or as one: each draws random numbers of its own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from tui_lab.experiment.experiment import Experiment

if TYPE_CHECKING:
    from torch import Tensor

    from tui_lab.engine.setup.random_state import RandomState
    from tui_lab.engine.stacked.member import Member
    from tui_lab.engine.stacked.stack import Stack
    from tui_lab.engine.state.training_state import Training
    from tui_lab.engine.steppers.choose import Chooser


class Turns(Protocol):
    """What a trial does before, in and after its turns."""

    steppers: "Callable[[Training], Chooser] | None"
    """What is to choose how its updates are made, if not what suits it alone."""

    def begin(self) -> None:
        """Its turn begins."""

    def noted(self) -> None:
        """In its turn, something was reported."""

    def hold(self) -> None:
        """It has no turn until the next `begin`."""

    def over(self) -> None:
        """It has no further turn."""


class Alone:
    """For a trial that is trained until it is held."""

    steppers = None

    def __init__(self) -> None:
        self._random: RandomState | None = None

    def begin(self) -> None:
        if self._random is not None:
            self._random.restore()
            self._random = None

    def noted(self) -> None:
        """Its random state stays in force."""

    def hold(self) -> None:
        from tui_lab.engine.setup.random_state import RandomState

        self._random = RandomState()

    def over(self) -> None:
        """There is nothing to give back."""


class StackedTrials:
    """Trials whose epochs are made as one, as far as they have one shape: they take turns, an epoch each."""

    def __init__(self) -> None:
        from tui_lab.engine.stacked.stack import Stack

        self._stack = Stack()

    def turns_of(self, experiment: Experiment) -> "Turns":
        """Those of one more trial."""
        return _Stacked(self._stack, experiment.hyperparameters.seed)


class _Stacked:
    """A member of the stack. It is asked for whenever an epoch is made, whoever has the turn."""

    def __init__(self, stack: "Stack", seed: int) -> None:
        import torch

        self._stack, self._held = stack, False
        self._member: Member | None = None
        self._random: Tensor = torch.Generator().manual_seed(seed).get_state()
        self.steppers: Callable[[Training], Chooser] | None = self._join

    def _join(self, training: "Training") -> "Chooser":
        from tui_lab.engine.stacked.member import Member

        self._member = Member(training, lambda: not self._held, self._random, ready=False)
        return self._stack.add(self._member)

    def begin(self) -> None:
        import torch

        self._held = False
        if self._member is not None:
            torch.set_rng_state(self._member.random)

    def noted(self) -> None:
        import torch

        if self._member is not None:
            self._member.random = torch.get_rng_state()

    def hold(self) -> None:
        self._held = True

    def over(self) -> None:
        member, self._member = self._member, None
        if member is not None:
            self._stack.remove(member)
