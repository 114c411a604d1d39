"""The checks before training, in their window."""

from dataclasses import replace

import pytest

from tests.engine.test_start_checks import ALL_WELL
from tests.tui.fakes import NARROW, WIDE, FakeTrainers, a_lab, same_as_before
from tui_lab.protocol.start_checks import CheckStart, StartChecked
from tui_lab.session.queries.subprocess import Query
from tui_lab.tui.inspect.checks_screen import ChecksScreen

FOUND = replace(ALL_WELL, with_inputs=1.09, few_error=0.25)


@pytest.mark.parametrize(("name", "size"), [("80x24", NARROW), ("120x40", WIDE)])
async def test_each_check_and_what_it_means(
    name: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Query] = []

    def answer(question: Query, kind: object) -> StartChecked:
        asked.append(question)
        return FOUND

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(answer))
    async with a_lab(size, chosen="binary") as lab:
        await lab.press("C")
        screen = lab.app.screen
        assert isinstance(screen, ChecksScreen)
        screen.wait()
        await lab.idle()
        same_as_before(f"checks-{name}", lab.text())
        assert asked[0].command == CheckStart()
        await lab.press("escape")
        assert lab.app.screen is lab.screen
        await lab.train()
        await lab.press("C")
        assert isinstance(lab.app.screen, ChecksScreen), "also while training: another process answers"
