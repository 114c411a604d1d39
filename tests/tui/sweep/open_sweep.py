"""The screen of a sweep over a lab, with a sweep that was made up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.tui.fakes import WIDE, Lab, a_lab
from tests.tui.sweep.made_sweep import LR, MadeFeed
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.sweep.edges import EdgeWarning
from tui_lab.sweep.importance import Importance
from tui_lab.tui.sweep.edge import Edges
from tui_lab.tui.sweep.screen import SweepScreen
from tui_lab.tui.sweep.shares import Shares
from tui_lab.tui.sweep.wishes import Wish


def shares(view: SweepView) -> list[Importance]:
    assert view.sweep is not None
    return [Importance(axis.name, 0.7 / (k + 1), k < 2) for k, axis in enumerate(view.sweep.axes)]


def at_the_end(view: SweepView) -> list[EdgeWarning]:
    wider = Axis(name="lr", low=1e-4, high=1.0, log=True)
    return [EdgeWarning(LR, "upper", wider, 4)]


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
    shares_: Shares = shares,
    edges: Edges = at_the_end,
) -> AsyncIterator[OpenSweep]:
    wishes: list[Wish] = []
    async with a_lab(size) as lab:
        screen = SweepScreen(feed, wishes.append, shares=shares_, edges=edges)
        feed.left = []
        lab.app.push_screen(screen)
        await lab.idle()
        opened = OpenSweep(lab, screen, wishes)
        await opened.settle()
        yield opened
