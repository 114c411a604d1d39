"""Trials that train in turn in one process, alone or as one: each draws random numbers of its own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from tui_lab.experiment.experiment import Experiment

if TYPE_CHECKING:
    from tui_lab.engine.setup.random_state import RandomState
    from tui_lab.engine.state.training_state import Training
    from tui_lab.engine.steppers.choose import Chooser


class Turns(Protocol):
    """What a trial does before, in and after its turns."""

    @property
    def steppers(self) -> "Callable[[Training], Chooser] | None":
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
        from tui_lab.engine.stacked.turn import Turn

        return Turn(self._stack, experiment.hyperparameters.seed)
