"""What gets room: the chart first, scores in a row on a low screen, messages in one line that passes."""

import pytest

from tests.tui.fakes import NARROW, WIDE, Lab, a_lab
from tui_lab.protocol.events import Warned
from tui_lab.tui.chart.widget import LossChart
from tui_lab.tui.state.notices import SHOWN_S, Notices
from tui_lab.tui.widgets.help import HelpScreen, HelpText


def chart_rows(lab: Lab) -> int:
    return lab.screen.query_one(LossChart).size.height


async def test_the_chart_has_most_of_a_low_screen_whatever_is_said() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await lab.train()
        rows = chart_rows(lab)
        assert rows >= 18
        assert "train 0.0889  val 0.1810  best 7: 0.1776" in lab.text()
        lab.screen.say("a message " * 40)
        await lab.idle()
        run.say(Warned("some rows were left out " * 20))
        await lab.tick()
        assert chart_rows(lab) == rows
        run.end("diverged", "the loss of step 91 is not finite " * 5, "lower lr to 0.001")
        await lab.tick()
        assert chart_rows(lab) == rows
        lab.screen.say("")
        await lab.idle()
        assert "∞ diverged → lower lr to 0.001 · 4 shows all" in lab.lines()[-3]


async def test_a_message_passes_and_can_be_read_again_in_the_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    async with a_lab(NARROW, chosen="binary") as lab:
        lab.screen.notices._clock = lambda: now
        lab.screen.say("written: some file")
        await lab.idle()
        assert lab.lines()[-3] == " » written: some file"
        now = SHOWN_S + 0.1
        await lab.tick()
        assert lab.lines()[-3] == ""
        await lab.press("4")
        assert "» written: some file" in lab.text()


def test_notices_keep_a_bounded_past() -> None:
    notices = Notices()
    for k in range(100):
        notices.say(f"message {k}")
    notices.say("message 99")
    assert notices.text == "message 99"
    assert len(notices.past) == 20
    assert list(notices.past)[-2:] == ["message 98", "message 99"]
    notices.say("")
    assert not notices.text


@pytest.mark.parametrize("size", [NARROW, WIDE])
@pytest.mark.parametrize("way", [("z",), ("2", "enter")])
async def test_the_chart_takes_the_whole_screen_and_gives_it_back(
    size: tuple[int, int], way: tuple[str, ...]
) -> None:
    async with a_lab(size, chosen="binary") as lab:
        await lab.train()
        before, pane = chart_rows(lab), lab.app.focused
        await lab.press(*way)
        chart = lab.screen.query_one(LossChart)
        assert chart.size.width >= size[0] - 4
        assert chart.size.height >= size[1] - 5
        assert lab.app.focused is chart
        for back in ("escape", "z"):
            await lab.press(back)
            assert not lab.screen.lab.whole_chart
            assert chart_rows(lab) == before
            await lab.press("2", "enter")
        await lab.press("3")
        assert lab.app.focused is pane
        assert chart_rows(lab) == before
        assert "3 Live" in lab.text()


async def test_at_100x30_scores_that_find_no_room_are_named() -> None:
    async with a_lab((100, 30), chosen="binary") as lab:
        await lab.train()
        heads = next(row for row in lab.lines() if "loss" in row and "prec" in row)
        assert all(name in heads for name in ("acc", "rec", "f1", "auroc"))
    async with a_lab((72, 30), chosen="binary") as lab:
        await lab.train()
        assert "no room for" in lab.text()


async def test_the_footer_begins_with_the_keys_of_the_pane_and_help_too() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        await lab.train()
        for pane, foot, title, first in (
            ("1", "↑↓ select", "Keys here: 1 presets", "↑↓"),
            ("2", "z whole screen", "Keys here: 2 chart", "esc"),
            ("3", "↑↓ select", "Keys here: 3 hyperparameters", "↑↓"),
        ):
            await lab.press(pane)
            assert lab.footer().lstrip().startswith(foot)
            assert "x stop" in lab.footer()
            assert "? help" in lab.footer()
            await lab.press("question_mark")
            assert isinstance(lab.app.screen, HelpScreen)
            lines = lab.app.screen.query_one(HelpText).lines(72)
            text = "\n".join("".join(part for part, _ in line) for line in lines)
            assert "How it works" not in text[: text.index(title)]
            assert first in text[text.index(title) :].splitlines()[1]
            await lab.press("escape")
        await lab.open_runs()
        await lab.press("question_mark")
        assert "Keys here: in the list of runs" in lab.text()


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_window_over_the_lab_shows_its_own_keys_at_the_foot(size: tuple[int, int]) -> None:
    async with a_lab(size, chosen="binary") as lab:
        await lab.train()
        assert "t train" in lab.footer() or "x stop" in lab.footer()
        for key in ("question_mark", "v"):
            await lab.press(key)
            assert lab.app.screen is not lab.screen
            assert "esc close" in lab.footer()
            assert "x stop" not in lab.footer()
            assert lab.text().count("esc close") == 1
            await lab.press("escape")
        assert "x stop" in lab.footer()
