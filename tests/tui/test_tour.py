"""The tour: offered in the first session only, and each step is done by pressing what it names."""

from pathlib import Path

import pytest

from tests.tui.fakes import NARROW, a_lab
from tui_lab.protocol.steering_events import Continued, Edited, Paused
from tui_lab.tui.evaluation.screen import EvaluationScreen
from tui_lab.tui.inspect.notes_screen import NotesScreen
from tui_lab.tui.runs.screen import RunsScreen
from tui_lab.tui.state import settings
from tui_lab.tui.state.tour import STEPS, Tour


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "_file", lambda name: tmp_path / name)


async def test_each_step_is_done_by_what_it_names() -> None:
    async with a_lab(NARROW, chosen="binary", tour=True) as lab:

        async def told(step: int) -> None:
            await lab.tick()
            assert f"tour {step} of {len(STEPS)}: press " in lab.text()

        await told(1)
        run = await lab.train(1)
        run.say(Paused(10, 1))
        await told(2)
        run.say(Edited(10, 1, "lr", 0.001, 0.003, 10))
        await told(3)
        run.say(Continued(10, 1, 5.0))
        await told(4)
        run.end()
        await told(4)
        for key, screen, step in (("E", EvaluationScreen, 5), ("r", RunsScreen, 6), ("N", NotesScreen, 0)):
            await lab.press(key)
            assert isinstance(lab.app.screen, screen)
            lab.screen.tick()
            await lab.press("escape")
            if step:
                await told(step)
        assert "tour" not in lab.text()


async def test_the_second_session_offers_none_and_the_palette_does(tmp_path: Path) -> None:
    assert Tour(tmp_path).words
    assert not Tour(tmp_path).words
    async with a_lab(NARROW, chosen="binary", tour=True) as lab:
        await lab.tick()
        assert "tour" not in lab.text()
        commands = {command.title: command for command in lab.app.get_system_commands(lab.screen)}
        commands["Tour in six steps"].callback()
        await lab.tick()
        assert "tour 1 of 6" in lab.text()
        commands = {command.title: command for command in lab.app.get_system_commands(lab.screen)}
        commands["End the tour"].callback()
        await lab.tick()
        assert "tour" not in lab.text()


def test_it_is_not_offered_where_there_are_runs_or_nobody_can_tell(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not Tour(tmp_path / "file").words
    (tmp_path / "20261129-101502-binary-3f2a").mkdir()
    assert not Tour(tmp_path).words
    assert not Tour().words


async def test_a_run_that_went_wrong_comes_before_the_tour() -> None:
    async with a_lab(NARROW, chosen="binary", tour=True) as lab:
        run = await lab.train(1)
        run.end("diverged", "the loss is not finite")
        await lab.tick()
        assert "the loss is not finite" in lab.text()
        assert "tour" not in lab.text()
