"""The screen of a sweep over a lab, with a sweep that was made up."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.tui.fakes import WIDE, Lab, a_lab
from tests.tui.sweep.made_sweep import MadeFeed
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.tui.sweep.feed import Edges, Importance, Wish
from tui_lab.tui.sweep.screen import SweepScreen


@dataclass(frozen=True)
class Share:
    axis: str
    share: float
    certain: bool


@dataclass(frozen=True)
class AtEnd:
    wider: Axis
    sentence: str


def shares(view: SweepView) -> Sequence[Share]:
    assert view.sweep is not None
    return [Share(axis.name, 0.7 / (k + 1), k < 2) for k, axis in enumerate(view.sweep.axes)]


def at_the_end(view: SweepView) -> Sequence[AtEnd]:
    wider = Axis(name="lr", low=1e-4, high=1.0, log=True)
    return [AtEnd(wider, "the best 4 trials lie at the upper end of lr (0.1): widen lr upwards")]


class OpenSweep:
    """The screen, and what it has asked for."""

    def __init__(self, lab: Lab, screen: SweepScreen, wishes: list[Wish]) -> None:
        self.lab, self.screen, self.wishes = lab, screen, wishes

    async def settle(self) -> None:
        self.screen.wait()
        await self.lab.idle()

    async def press(self, *keys: str) -> None:
        await self.lab.press(*keys)
        await self.settle()

    def text(self) -> str:
        return self.lab.text()


@asynccontextmanager
async def a_sweep_screen(
    feed: MadeFeed,
    size: tuple[int, int] = WIDE,
    importance: Importance | None = shares,
    edges: Edges | None = at_the_end,
) -> AsyncIterator[OpenSweep]:
    wishes: list[Wish] = []
    async with a_lab(size) as lab:
        screen = SweepScreen(feed, wishes.append, importance=importance, edges=edges)
        feed.left = []
        lab.app.push_screen(screen)
        await lab.idle()
        opened = OpenSweep(lab, screen, wishes)
        await opened.settle()
        yield opened
