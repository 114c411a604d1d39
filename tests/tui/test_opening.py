"""The first frame, which shows the presets while the rest of the lab is imported."""

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event

import pexpect
import pytest
from textual.events import Load

from tests.tui.fakes import HUGE, NARROW, WIDE, FakeTrainers, Lab, painted_text, pressed
from tests.tui.idle import idle
from tui_lab.errors import InputError
from tui_lab.experiment.preset_files import all_words, own_folder
from tui_lab.experiment.presets import all_presets
from tui_lab.tui.app import Contents, LabApp
from tui_lab.tui.lab.opening import Opening
from tui_lab.tui.lab.screen import LabScreen


@asynccontextmanager
async def opening(
    size: tuple[int, int] = NARROW, *keys: str, load: Callable[[], object] | None = None
) -> AsyncIterator[tuple[Lab, list[list[str]]]]:
    """A lab after its opening, and what that showed; keys are typed as the program starts."""
    trainers, shown = FakeTrainers(load), list[list[str]]()

    def make() -> Contents:
        assert isinstance(app.screen, Opening)
        shown.append(painted_text(app))
        return Contents(all_presets(), Path("/runs"), trainers)

    def typed(message: object) -> None:
        if type(message) is Load:
            for key in keys:
                app.post_message(pressed(key))

    app = LabApp(make)
    async with app.run_test(size=size, message_hook=typed) as pilot:
        while not app.furnished or app._early:
            await pilot.pause()
        await idle(app)
        yield Lab(pilot, app, trainers.runs, trainers.jobs), shown


@pytest.mark.parametrize("size", [NARROW, WIDE, HUGE, (100, 30)])
async def test_what_the_first_frame_shows_is_where_the_lab_shows_it(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_lab.tui.state.shown_run.monotonic", lambda: 0.0)
    torch = Event()
    async with opening(size, load=torch.wait) as (lab, shown):
        (first,), after = shown, lab.lines()
        torch.set()
    assert any("regression" in row for row in first)
    assert any("t train" in row for row in first), "the keys"
    rule = str.maketrans("━", "─")
    for y, (before, now) in enumerate(zip(first, after, strict=True)):
        for x, cell in enumerate(before.translate(rule)):
            assert cell in (" ", now.translate(rule)[x : x + 1]), (y, x, before, now)


async def test_there_is_no_frame_in_between_without_the_presets(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    before = LabApp._display

    def display(self: LabApp, screen: object, renderable: object) -> None:
        before(self, screen, renderable)  # type: ignore[arg-type]
        if isinstance(screen, Opening | LabScreen) and screen is self.screen:
            seen.append("\n".join(painted_text(self)))

    monkeypatch.setattr(LabApp, "_display", display)
    async with opening(WIDE):
        pass
    began = next(k for k, text in enumerate(seen) if "○ binary" in text)
    assert len(seen) > began + 1
    assert all("○ binary" in text for text in seen[began:])


@pytest.mark.parametrize(
    "keys", [("down", "enter", "t"), ("2", "1", "down", "t"), ("3", "right", "1", "down", "t")]
)
async def test_keys_typed_before_the_lab_is_there_are_heeded_in_their_order(keys: tuple[str, ...]) -> None:
    async with opening(NARROW, *keys) as (lab, _):
        (run,) = lab.runs
        assert run.experiment.preset == "binary"


async def test_q_in_the_opening_quits() -> None:
    trainers = FakeTrainers()
    app = LabApp(lambda: Contents(all_presets(), Path("/runs"), trainers))

    def typed(message: object) -> None:
        if type(message) is Load:
            app.post_message(pressed("q"))

    async with app.run_test(size=NARROW, message_hook=typed) as pilot:
        while not app._exit:
            await pilot.pause()
    assert app.return_code == 0


async def test_what_cannot_be_made_ends_the_lab_and_is_kept() -> None:
    def make() -> Contents:
        raise InputError("no such thing")

    app = LabApp(make)
    async with app.run_test(size=NARROW) as pilot:
        while not app._exit:
            await pilot.pause()
    assert isinstance(app.failed, InputError)
    assert app.return_code == 1


def test_words_are_those_of_the_presets_and_broken_files_have_none() -> None:
    own_folder().mkdir(parents=True, exist_ok=True)
    for name, text in (("broken", "x = = 1"), ("odd", "name = 3\ntitle = 'A'"), ("again", "name = 'cnn'")):
        (own_folder() / f"{name}.toml").write_text(text)
    try:
        presets = all_presets().presets.values()
        assert all_words() == [(preset.name, preset.title, preset.learn) for preset in presets]
    finally:
        for file in own_folder().glob("*.toml"):
            file.unlink()


SCRIPT = """
import os, signal, sys
from tui_lab.errors import InputError
from tui_lab.tui import launch

def make():
    {}

try:
    sys.exit(launch.open_lab(make))
except InputError as error:
    print(error)
    sys.exit(2)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("act", "status"),
    [
        ("raise InputError('no such thing')", 2),
        ("os.kill(os.getpid(), signal.SIGTERM); import time; time.sleep(60)", 143),
    ],
)
def test_whatever_happens_during_the_opening_the_terminal_is_restored(act: str, status: int) -> None:
    child = pexpect.spawn(
        sys.executable, ["-c", SCRIPT.format(act)], dimensions=(24, 80), timeout=60, encoding="utf-8",
        env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    child.expect("Presets")
    child.expect(r"\x1b\[\?1049l")
    if status == 2:
        child.expect("no such thing")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == status
