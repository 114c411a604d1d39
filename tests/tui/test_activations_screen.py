"""Inside the network: asked of the run that goes on, shown as a table."""

from math import nan

import pytest

from tests.tui.fakes import HUGE, NARROW, WIDE, FakeTrainers, a_lab, same_as_before
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Look
from tui_lab.protocol.events import CheckpointSaved
from tui_lab.protocol.steering_events import ForwardProbed, LayerLook, Paused
from tui_lab.session.queries.subprocess import Query
from tui_lab.tui.inspect.activations_screen import LookScreen

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}


def look(step: int = 90, *more: LayerLook) -> ForwardProbed:
    layers = (
        LayerLook("input", (32, 1, 8, 8), "float32", "cpu", -0.8124, 0.0012, 1.9217, 0.0),
        LayerLook(
            "1 conv 32 kernel=3 padding=1 stride=1", (32, 32, 8, 8), "float32", "cpu", -3.2, -0.11, 2.9, 0.0
        ),
        LayerLook("2 relu", (32, 32, 8, 8), "float32", "cpu", 0.0, 0.31, 2.9, 0.52),
        *more,
    )
    return ForwardProbed(step, 9, layers)


@pytest.mark.parametrize("name", SIZES)
async def test_the_table(name: str) -> None:
    async with a_lab(SIZES[name], chosen="binary") as lab:
        run = await lab.train()
        run.say(Paused(90, 9))
        await lab.tick()
        await lab.press("v")
        assert run.sent == [Look()]
        assert "waiting for the run" in lab.text()
        run.say(look())
        await lab.tick()
        lab.app.screen.tick()
        await lab.idle()
        assert "waiting for the run" not in lab.text()
        same_as_before(f"look-{name}", lab.text())


async def test_v_again_asks_again_and_escape_goes_back() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await lab.train()
        await lab.press("v")
        run.say(look())
        await lab.tick()
        await lab.press("v")
        assert run.sent == [Look(), Look()]
        assert "waiting for the run" in lab.text()
        run.say(look(120, LayerLook("[/x]\x1b[31m", (32, 8), "float32", "cuda:0", nan, nan, nan, 0.0)))
        await lab.tick()
        lab.app.screen.tick()
        await lab.idle()
        assert "after step 120 · float32 on cpu, float32 on cuda:0" in lab.text()
        assert "[/x]\\x1b[31m" in lab.text()
        assert "NaN" in lab.text()
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def test_at_rest_it_is_the_untrained_network_of_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Experiment] = []

    def inside(question: Query, kind: object) -> ForwardProbed:
        seen.append(question.experiment)
        return look(0)

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(inside))
    async with a_lab(NARROW, chosen="binary") as lab:
        lab.app.next_run.set_layers(("linear 5",))
        await lab.press("v")
        screen = lab.app.screen
        assert isinstance(screen, LookScreen)
        screen.wait()
        await lab.idle()
        assert "untrained, as the next run starts" in lab.text()
        assert "32×32×8×8" in lab.text()
        assert seen[0].model.layers == ("linear 5",)
        await lab.press("escape", "v")
        assert isinstance(lab.app.screen, LookScreen)
        lab.app.screen.wait()
        assert lab.app.screen.found is not None
        assert len(seen) == 1, "nothing has changed: the answer is known"
        await lab.press("v")
        lab.app.screen.wait()
        assert len(seen) == 2, "v there asks again all the same"


async def test_of_a_run_that_has_ended_it_is_the_best_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Query] = []

    def inside(question: Query, kind: object) -> ForwardProbed:
        seen.append(question)
        return look(70)

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(inside))
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await lab.train()
        run.say(CheckpointSaved("last-000000090.pt", "ab", 90, 9, "due", 0))
        run.end()
        await lab.tick()
        await lab.press("v")
        screen = lab.app.screen
        assert isinstance(screen, LookScreen)
        screen.wait()
        await lab.idle()
        assert "best weights, after epoch 9" in lab.text()
        assert seen[0].run == f"/runs/{run.run_id}"
        await lab.press("escape", "3", "right", "v")
        assert isinstance(lab.app.screen, LookScreen)
        lab.app.screen.wait()
        assert seen[1].run is None, "the next run is another one"


async def test_a_look_at_rest_that_is_refused_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def inside(question: Query, kind: object) -> ForwardProbed:
        raise InputError("/data/binary.csv: no such file")

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(inside))
    async with a_lab(NARROW, chosen="binary") as lab:
        await lab.press("v")
        screen = lab.app.screen
        assert isinstance(screen, LookScreen)
        screen.wait()
        await lab.idle()
        assert "/data/binary.csv: no such file" in lab.text()


async def test_a_run_that_ends_meanwhile_leaves_the_last_look() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await lab.train()
        await lab.press("v")
        run.say(look())
        run.end()
        await lab.tick()
        screen = lab.app.screen
        assert isinstance(screen, LookScreen)
        screen.tick()
        screen.tick()
        await lab.idle()
        assert "the run has ended" in lab.text()
        assert "after step 90" in lab.text()


async def test_a_run_that_cannot_be_asked_is_said() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await lab.train()
        run.deaf = True
        await lab.press("v")
        assert "does not accept commands" in lab.text()
