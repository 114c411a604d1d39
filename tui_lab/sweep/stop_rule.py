"""Which trials are given up, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

Verdict = Literal["go_on", "give_up", "wait"]
"""`wait`: it depends on trials that are not there yet."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is known when a trial has trained `epoch` epochs.

    `cost`: its best value of the metric so far, such that lower is better; infinite if it has none. `others`:
    the same of each trial with a smaller number, up to the same epoch; None of those that have not got that
    far and may still; trials that ended before are not among them. Only trials with smaller numbers count, so
    that the decision does not depend on which trial was trained first, or on how many processes.
    """

    trial: int
    epoch: int
    cost: float
    others: Mapping[int, float | None]


class StopRule(Protocol):
    """Decides at some epochs whether a trial goes on."""

    def next_look(self, epoch: int) -> int | None:
        """The first epoch after `epoch` at which it decides; None if there is none."""

    def verdict(self, look: Look) -> Verdict: ...
