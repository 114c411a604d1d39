"""Keys that come before their screen is there wait for it, and are then heeded in their order.

Each key of the table is typed at every screen while that is put up. By default some of them, at one moment
each; `TUI_LAB_KEYS=all` has all, at each moment.
"""

import itertools
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import textual.timer
from textual.app import App
from textual.command import CommandList
from textual.events import Compose, Load, Mount, ScreenResume
from textual.message import Message
from textual.pilot import Pilot

from tests.tui.fakes import NARROW, FakeTrainers, Lab, a_shelf, pressed
from tests.tui.painting import painted_when_idle
from tests.tui.test_folder_screen import asked as asked_of_images
from tests.tui.test_folder_screen import photos
from tests.tui.test_table_screen import asked as asked_of_table
from tests.waiting import LONG_S
from tui_lab.protocol.commands import Edit
from tui_lab.tui.app import Contents, LabApp
from tui_lab.tui.keys.table import KEYS
from tui_lab.tui.lab.screen import LabScreen
from tui_lab.tui.runs.screen import RunsScreen
from tui_lab.tui.widgets.confirm import AskScreen
from tui_lab.tui.widgets.help import HelpScreen

ALL = os.environ.get("TUI_LAB_KEYS") == "all"
TYPED = sorted({name for key in KEYS for name in key.keys.split(",")})
Moment = tuple[type[Message], int]
STARTING: tuple[Moment, ...] = ((Load, 1), (Compose, 2), (Compose, 9), (Mount, 12))
"""The n-th message of a kind: while the program starts, the lab is composed, its panes are mounted."""
OPENING: tuple[Moment, ...] = ((ScreenResume, 1), (Compose, 1), (Compose, 3), (Mount, 1))
OPENERS = {"runs": "r", "compare": "c", "layers": "e", "help": "question_mark", "palette": "ctrl+p"}
WATCHED = {"look": "v", "ask": "q"}
"""Screens that are opened while a run goes on."""


class Moments:
    """Types keys as soon as a message of a kind has come so many times."""

    def __init__(self) -> None:
        self.kind: type[Message] | None = None
        self.left = 0
        self.keys: tuple[str, ...] = ()
        self.app: App[int] | None = None

    def wait_for(self, moment: Moment, *keys: str) -> None:
        self.kind, self.left = moment
        self.keys = keys

    def __call__(self, message: Message) -> None:
        if self.kind is None or type(message) is not self.kind:
            return
        self.left -= 1
        if not self.left:
            self.kind = None
            assert self.app is not None
            for key in self.keys:
                self.app.post_message(pressed(key))


@asynccontextmanager
async def starting(
    moment: Moment | None,
    *keys: str,
    size: tuple[int, int] = NARROW,
    outlives: bool = True,
    **options: object,
) -> AsyncIterator[tuple[Lab, Moments]]:
    """A lab into which keys are typed while it starts."""
    trainers, moments = FakeTrainers(None, outlives), Moments()
    options = {"chosen": "binary", **options}
    app = LabApp(Contents(a_shelf(), Path("/runs"), trainers, **options))  # type: ignore[arg-type]
    moments.app = app
    if moment is not None:
        moments.wait_for(moment, *keys)
    with painted_when_idle():
        async with app.run_test(size=size, message_hook=moments) as pilot:
            lab = Lab(pilot, app, trainers.runs, trainers.jobs)
            await settled(lab)
            yield lab, moments


async def settled(lab: Lab) -> None:
    """Until all early keys have been heeded."""
    await until(lab.pilot, lambda: not lab.app._early or lab.app._exit)
    if not lab.app._exit:
        await lab.idle()


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG_S
    while not condition():
        assert time.monotonic() < end, "the keys still wait"
        await pilot.pause()


@pytest.mark.parametrize("moment", STARTING, ids=lambda moment: f"{moment[0].__name__}-{moment[1]}")
async def test_a_t_that_comes_early_trains(moment: Moment) -> None:
    async with starting(moment, "t") as (lab, _):
        assert len(lab.runs) == 1
        assert "starting" in lab.text()


async def test_early_keys_are_heeded_in_their_order() -> None:
    keys = ("3", "right", "enter", "ctrl+u", "0", ".", "0", "5", "enter", "t", "right")
    async with starting((Load, 1), *keys) as (lab, _):
        (run,) = lab.runs
        assert run.experiment.hyperparameters.lr == 0.05
        await lab.later()
        assert run.sent == [Edit("lr", 0.1)]


async def test_keys_behind_one_that_opens_a_screen_are_that_screens() -> None:
    async with starting((Load, 1), "question_mark", "escape", "r", "escape", "r") as (lab, _):
        assert isinstance(lab.app.screen, RunsScreen)
        assert [type(screen) for screen in lab.app.screen_stack] == [LabScreen, RunsScreen]


async def test_q_that_comes_early_ends_the_lab() -> None:
    async with starting((Load, 1), "q", "t") as (lab, _):
        assert lab.app._exit
        assert not lab.runs, "what stands behind it is not for us"


def some(keys: list[str], share: int) -> list[str]:
    return keys if ALL else keys[::share]


@pytest.mark.parametrize("key", some(TYPED, 15))
async def test_every_key_at_the_start(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    moments = STARTING if ALL else STARTING[len(key) % 4 :][:1]
    for moment in moments:
        async with starting(moment, key, "1"):
            pass


@pytest.mark.parametrize("place", [*OPENERS, *WATCHED])
async def test_every_key_while_a_screen_opens(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lab survives it, and can be left or goes on."""
    monkeypatch.chdir(tmp_path)
    keys = some(TYPED, 30)
    moments = [(moment, key) for key in keys for moment in (OPENING if ALL else OPENING[len(key) % 4 :][:1])]
    while moments:
        async with starting(None) as (lab, typist):
            if place in WATCHED:
                await lab.train()
            while moments and not lab.app._exit:
                moment, key = moments.pop()
                typist.wait_for(moment, key)
                lab.app.post_message(pressed(OPENERS.get(place) or WATCHED[place]))
                await lab.pilot.pause()
                typist.kind = None
                await settled(lab)
                await back(lab, goes_on=place in WATCHED)


async def back(lab: Lab, *, goes_on: bool) -> None:
    """To the lab, with nothing open."""
    for _ in range(4):
        screen = lab.app.screen
        if lab.app._exit or screen is lab.screen:
            break
        choices = screen._choices if isinstance(screen, AskScreen) else ()
        drop = [key for key, answer, _ in choices if answer == "discard"]  # a key had changed something
        await lab.press(*drop or ["escape"])
    assert lab.app._exit or lab.app.screen is lab.screen
    if goes_on and lab.app.watch_run.live is None and not lab.app._exit:
        await lab.train()


@pytest.mark.parametrize("kind", ["table", "folder"])
async def test_every_key_while_data_is_set_up(kind: str, tmp_path: Path) -> None:
    if kind == "folder":
        photos(tmp_path / "photos")
        asked: object = asked_of_images(tmp_path / "photos")
    else:
        (tmp_path / "a.csv").write_text("x,y\n" + "".join(f"{k},{k % 2}\n" for k in range(60)))
        asked = asked_of_table(tmp_path / "a.csv")
    keys = [key for key in TYPED if key not in ("q", "ctrl+p")]
    for moment in STARTING if ALL else STARTING[:1]:
        for typed in [[key] for key in keys] if ALL else [keys]:
            async with starting(moment, *typed, table=asked, chosen=None):
                pass


async def test_a_widget_that_takes_nothing_in_does_not_hold_the_keyboard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LabApp, "_is_quiet", lambda _: False)
    monkeypatch.setattr("tui_lab.tui.terminal.early_keys.LOOK_S", 0.001)
    async with starting((Load, 1), "3", "t") as (lab, _):
        assert len(lab.runs) == 1


async def test_keys_are_handled_though_a_thread_holds_up_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's own timer for one call never fires if it is overdue before it has begun to wait."""
    jumps = itertools.count()
    before = textual.timer._time.get_time
    monkeypatch.setattr(textual.timer._time, "get_time", lambda: before() + next(jumps) * 0.02)
    async with starting((Load, 1), "3", "t") as (lab, _):
        assert len(lab.runs) == 1


async def test_a_signal_waits_for_the_screen_that_is_being_put_up() -> None:
    seen: list[bool] = []
    async with starting(None) as (lab, _):
        lab.app.post_message(pressed("r"))
        while not isinstance(lab.app.screen, RunsScreen):
            await lab.pilot.pause()
        screen = lab.app.screen
        lab.app.when_there(lambda: seen.append(screen.is_mounted and bool(screen.query("#runs"))))
        await until(lab.pilot, lambda: bool(seen))
    assert seen == [True]


@pytest.mark.parametrize("key", ["down", "pageup", "end"])
async def test_a_key_that_reaches_the_palette_as_it_closes_is_ignored(key: str) -> None:
    async with starting(None) as (lab, _):
        lab.app.action_command_palette()
        await lab.pilot.pause()
        await lab.app.screen.query_one(CommandList).remove()
        lab.app.post_message(pressed(key))
        await settled(lab)
        await lab.press("escape")


async def test_a_question_is_answered_by_the_key_behind_it() -> None:
    async with starting(None) as (lab, _):
        await lab.train()
        await lab.burst("q", "escape", "question_mark")
        assert isinstance(lab.app.screen, HelpScreen)
        await lab.burst("escape", "q")
        assert isinstance(lab.app.screen, AskScreen)
