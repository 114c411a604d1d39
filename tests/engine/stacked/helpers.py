"""Trials trained together and the same trials alone."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.engine.helpers import epochs, run_all, step_losses
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.stacked.epoch import StackedEpoch
from tui_lab.engine.stacked.stack import Stack, room_for
from tui_lab.engine.stacked.together import Together, Trial
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.events import Event, Measured

SAME = 1e-6
"""Relative to what is measured."""


class Counted(Stack):
    """Notes how many trials were in each stack."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.sizes: list[int] = []
        made, self._room_for = self._room_for, self._counted
        self._made = made

    def _counted(self, members: Sequence[Any]) -> StackedEpoch:
        room = self._made(members)
        make = room.make

        def counted(members: Sequence[Any]) -> Any:
            self.sizes.append(len(members))
            return make(members)

        room.make = counted  # type: ignore[method-assign]
        return room


def together(trials: Sequence[Trial], stack: Stack | None = None) -> list[list[Event]]:
    """The events of each, with every step told."""
    found: list[list[Event]] = [[] for _ in trials]
    for number, event in Together(trials, interval_s=0, stack=stack or Stack(room_for=room_for)):
        assert not isinstance(event, Exception), event
        found[number].append(event)
    return found


def trials_of(asked: Sequence[Experiment]) -> list[Trial]:
    return [Trial(prepare(one)) for one in asked]


def assert_the_same(one: list[Event], other: list[Event], within: float = SAME) -> None:
    """The same kinds of events in the same order, and the same numbers. Steps may be told together."""
    losses = step_losses(one)
    assert step_losses(other) == pytest.approx(losses, rel=within)
    for mine, theirs in zip(epochs(one), epochs(other), strict=True):
        assert theirs.step == mine.step
        assert theirs.val_loss == pytest.approx(mine.val_loss, rel=within)
        assert theirs.train_loss == pytest.approx(mine.train_loss, rel=within)
        assert (theirs.lr, theirs.best) == (mine.lr, mine.best)
        assert theirs.metrics == pytest.approx(mine.metrics, rel=1e-3, abs=1e-6)
        assert theirs.train_metrics == pytest.approx(mine.train_metrics, rel=1e-3, abs=1e-6)
    assert kinds(other) == kinds(one)
    assert other[-1] == one[-1]


def kinds(events: list[Event]) -> list[str]:
    """In their order, without the reports of steps."""
    return [event.kind for event in events if not isinstance(event, Measured)]


def assert_as_alone(asked: Sequence[Experiment], stack: Stack, within: float = SAME) -> None:
    """Train them together and each alone."""
    for one, events in zip(asked, together(trials_of(asked), stack), strict=True):
        assert_the_same(run_all(one), events, within)
