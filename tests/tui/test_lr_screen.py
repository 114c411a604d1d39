"""The learning-rate finder on the screen: what it shows, and what its key does."""

from math import inf

import pytest

from tests.tui.fakes import HUGE, NARROW, WIDE, FakeTrainers, Lab, a_lab, same_as_before
from tui_lab.errors import InputError
from tui_lab.protocol.commands import Edit
from tui_lab.protocol.events import CheckpointSaved
from tui_lab.protocol.lr_finder import FindRate, RatesTried
from tui_lab.session.queries.subprocess import Query
from tui_lab.tui.inspect.lr_screen import LearningRateScreen

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}
RATES = (1e-4, 1e-3, 1e-2, 3e-2, 0.1, 1.0)
FOUND = RatesTried(
    0, 0, 0.01, 50, 0.7, RATES,
    ((0.69, 0.69), (0.5, 0.52), (0.1, 0.11), (0.12, 0.11), (0.3, 0.9), (inf, inf)),
)  # fmt: skip
WHY = "learning-rate finder: the middle of the good range, 0.01 to 0.03"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Query]:
    """The questions, all of which get the same answer."""
    found: list[Query] = []

    def answer(question: Query, kind: object) -> RatesTried:
        found.append(question)
        return FOUND

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(answer))
    return found


async def opened(lab: Lab) -> LearningRateScreen:
    await lab.press("F")
    screen = lab.app.screen
    assert isinstance(screen, LearningRateScreen)
    screen.wait()
    await lab.idle()
    return screen


@pytest.mark.parametrize("name", SIZES)
async def test_the_chart_and_what_it_says(name: str, asked: list[Query]) -> None:
    async with a_lab(SIZES[name], chosen="binary") as lab:
        await opened(lab)
        same_as_before(f"rates-{name}", lab.text())
        assert asked[0].command == FindRate()
        assert asked[0].run is None


async def test_enter_uses_the_suggestion_for_the_next_run(asked: list[Query]) -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        await opened(lab)
        await lab.press("enter")
        assert lab.app.screen is lab.screen
        assert lab.screen.lab.board.value("lr") == 0.017
        assert "lr 0.017" in lab.text()


async def test_in_a_running_run_it_is_an_edit_with_a_reason(asked: list[Query]) -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await lab.train()
        await lab.press("F")
        assert lab.app.screen is lab.screen
        assert "not been saved yet" in lab.text()
        run.say(CheckpointSaved("step-90.pt", "0", 90, 9, "due"))
        await lab.tick()
        await opened(lab)
        assert asked[0].run is not None and asked[0].run.startswith("/runs/")
        await lab.press("enter")
        assert run.sent == [Edit("lr", 0.017, WHY)]


async def test_escape_changes_nothing_and_what_was_found_is_known_the_next_time(asked: list[Query]) -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        before = lab.screen.lab.board.value("lr")
        await opened(lab)
        await lab.press("escape")
        assert lab.screen.lab.board.value("lr") == before
        await opened(lab)
        assert len(asked) == 1
        await lab.press("F")
        lab.app.screen.wait()
        assert len(asked) == 2


async def test_what_cannot_be_tried_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(question: Query, kind: object) -> RatesTried:
        raise InputError("no such file: x.csv")

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(refuse))
    async with a_lab(NARROW, chosen="binary") as lab:
        await opened(lab)
        assert "no such file: x.csv" in lab.text()
        await lab.press("enter")
        assert isinstance(lab.app.screen, LearningRateScreen), "there is nothing to use"
