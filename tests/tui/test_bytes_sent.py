"""How much a training run sends to the terminal, with a noisy curve: the screen as Textual would draw it."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.console import RenderableType
from textual._compositor import CompositorUpdate
from textual.screen import Screen
from textual.widgets import Input

from tests.tui.fakes import METRICS, NARROW, WIDE, FakeTrainers, Lab, a_lab, a_shelf
from tests.tui.idle import idle
from tui_lab.protocol.events import EpochEnded, Measured
from tui_lab.tui.app import Contents, LabApp
from tui_lab.tui.terminal.changed_cells import SentCells

STEPS_A_SECOND = 500
POINTS = 64
"""As many as a report of the engine has at most."""


class SendingApp(LabApp):
    """What would be sent is counted: an app under test has no terminal."""

    sent_bytes: int = 0

    def __init__(self, *arguments: object, **options: object) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COLORTERM", "truecolor")
            super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.cells = SentCells()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(update := self.cells.changes(renderable), CompositorUpdate):
            self.sent_bytes += len(update.render_segments(self.console).encode())


@asynccontextmanager
async def training(size: tuple[int, int], low_bandwidth: bool) -> AsyncIterator[tuple[Lab, SendingApp]]:
    trainers = FakeTrainers()
    app = SendingApp(Contents(a_shelf(), Path("/runs"), trainers), low_bandwidth=low_bandwidth)
    async with app.run_test(size=size) as pilot:
        lab = Lab(pilot, app, trainers.runs, trainers.jobs)
        lab.screen.tick()
        await idle(app)
        await lab.press("t")
        lab.run.begin()
        yield lab, app


def noisy_epochs(lab: Lab, rng: random.Random, first: int, seconds: float) -> int:
    """What a run says within some seconds: epochs of 50 steps with noisy losses. Returns the next epoch."""
    count = round(seconds * STEPS_A_SECOND / 50)
    for epoch in range(first, first + count):
        steps = range(50 * epoch - 49, 50 * epoch + 1)
        points = tuple((step, 0.4 + 0.5 / epoch + 0.2 * rng.random()) for step in steps[:POINTS])
        values = 0.4 + 0.5 / epoch + 0.02 * rng.random(), 0.5 + 0.4 / epoch + 0.02 * rng.random()
        lab.run.say(
            Measured(epoch, steps[-1], {"loss": points}),
            EpochEnded(epoch, steps[-1], *values, 1e-3, 0.1, METRICS, (0.9, 0.99), False),
        )
    return first + count


@pytest.mark.parametrize("low_bandwidth", [False, True])
@pytest.mark.parametrize(
    "keys", [("enter",), ("r", "slash"), ("ctrl+p",)], ids=["value", "filter", "palette"]
)
async def test_the_caret_blinks_only_where_bytes_are_plenty(
    keys: tuple[str, ...], low_bandwidth: bool
) -> None:
    async with a_lab(NARROW, chosen="binary", low_bandwidth=low_bandwidth) as lab:
        await lab.press(*keys)
        field = lab.app.focused
        assert isinstance(field, Input)
        assert field._blink_timer is not None
        assert field._blink_timer._active.is_set() is not low_bandwidth


@pytest.mark.parametrize("keys", [(), ("2", "z")], ids=["all panes", "the chart"])
@pytest.mark.parametrize(
    ("size", "low_bandwidth", "most"),
    [(WIDE, False, 20_000), (NARROW, True, 2_000)],
    ids=["120x40", "80x24 with low bandwidth"],
)
async def test_bytes_a_second(
    size: tuple[int, int], low_bandwidth: bool, most: int, keys: tuple[str, ...]
) -> None:
    rng, frames_a_second = random.Random(3), 1 if low_bandwidth else 10
    async with training(size, low_bandwidth) as (lab, app):
        await lab.press(*keys)
        following = noisy_epochs(lab, rng, 1, 20)
        lab.screen.tick()
        await idle(app)
        app.sent_bytes, frames = 0, 10
        for _ in range(frames):
            following = noisy_epochs(lab, rng, following, 1 / frames_a_second)
            lab.screen.tick()
            await idle(app)
        assert 100 < app.sent_bytes / frames * frames_a_second < most
