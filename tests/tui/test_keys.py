"""Every key does what the table says, and the footer shows those that work now."""

import json
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.tui.fakes import NARROW, WIDE, a_lab, a_shelf
from tui_lab.protocol.commands import Stop
from tui_lab.tui.chart.widget import LossChart
from tui_lab.tui.keys.table import KEYS, around, footer
from tui_lab.tui.style.text import width_of
from tui_lab.tui.widgets.help import HelpScreen


async def test_t_trains_with_what_is_chosen_and_edited() -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.press("right", "t")
        assert lab.run.experiment.preset == "binary"
        assert lab.run.experiment.hyperparameters.lr == 0.002
        assert "starting…" in lab.text()


async def test_t_on_a_preset_in_focus_trains_that_one() -> None:
    async with a_lab() as lab:
        await lab.press("down", "t")
        assert lab.run.experiment.preset == "binary"


async def test_t_is_not_heeded_while_a_run_goes_on() -> None:
    async with a_lab() as lab:
        await lab.train()
        await lab.press("t")
        assert len(lab.runs) == 1


async def test_x_asks_the_run_to_stop_once() -> None:
    async with a_lab() as lab:
        run = await lab.train()
        await lab.press("x", "x")
        assert run.sent == [Stop()]
        assert "stopping…" in lab.text()
        run.end("stopped", "stopped on request after step 90")
        await lab.tick()
        assert "■ stopped on request after step 90" in lab.text()


async def test_j_writes_the_run_into_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with a_lab() as lab:
        await lab.press("j")
        assert "nothing to export yet" in lab.text()
        run = await lab.train()
        await lab.press("j")
        written = json.loads((tmp_path / f"{run.run_id}.json").read_text())
        assert len(written["history"]) == 9
        assert f"exported: {run.run_id}.json" in lab.text()


async def test_j_says_why_it_could_not_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with a_lab() as lab:
        run = await lab.train()
        (tmp_path / f"{run.run_id}.json").mkdir()
        await lab.press("j")
        assert "not exported:" in lab.text()


async def test_l_shows_decades_and_back() -> None:
    async with a_lab() as lab:
        await lab.train()
        chart = lab.app.query_one(LossChart)
        await lab.press("l")
        assert chart.picture.window is not None
        assert chart.picture.window.log_y
        await lab.press("l")
        assert not chart.picture.window.log_y


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_numbers_and_tab_walk_through_the_panes(size: tuple[int, int]) -> None:
    async with a_lab(size) as lab:
        for key, focused in (("3", "knobs"), ("1", "preset-list"), ("2", "loss"), ("4", "ledger-scroll")):
            await lab.press(key)
            assert lab.app.focused is not None
            assert lab.app.focused.id == focused
        for key, focused in (("tab", "preset-list"), ("shift+tab", "ledger-scroll"), ("shift+tab", "knobs")):
            await lab.press(key)
            assert lab.app.focused is not None
            assert lab.app.focused.id == focused


async def test_question_mark_shows_every_key_and_signs() -> None:
    async with a_lab((120, 440)) as lab:
        await lab.press("question_mark")
        assert isinstance(lab.app.screen, HelpScreen)
        text = lab.text()
        for key in KEYS:
            assert key.cap in text
        assert "baseline" in text
        assert "How it works" in text
        await lab.press("escape")
        assert not isinstance(lab.app.screen, HelpScreen)


async def test_help_says_when_a_key_with_two_meanings_has_which() -> None:
    for keys in ("space", "t", "escape"):
        told = [key.help for key in KEYS if key.keys == keys and key.place == "lab"]
        assert len(told) > 1
        assert all(text.startswith(("While ", "When ")) for text in told), told


async def test_help_scrolls_where_there_is_little_room() -> None:
    async with a_lab(NARROW) as lab:
        await lab.press("question_mark")
        before = lab.text()
        await lab.press("down", "pagedown")
        assert lab.text() != before


async def test_q_leaves_and_asks_a_run_to_end() -> None:
    async with a_lab() as lab:
        run = await lab.train()
        await lab.press("q")
        assert run.sent == [Stop(test=False)]
    assert lab.app.return_value == 0


async def test_control_c_says_how_to_leave() -> None:
    async with a_lab() as lab:
        await lab.press("ctrl+c")
        assert "q quits" in lab.text()


async def test_the_palette_finds_our_commands() -> None:
    async with a_lab() as lab:
        await lab.press("ctrl+p", *"light")
        await lab.pilot.app.workers.wait_for_complete()
        await lab.idle()
        await lab.press("enter")
        assert lab.app.theme == "lab-light"
        names = [command.title for command in lab.app.get_system_commands(lab.screen)]
        assert {"Train (t)", "Quit (q)", "Light theme"} <= set(names)


async def test_the_palette_offers_what_can_be_done() -> None:
    async with a_lab() as lab:

        def offered() -> dict[str, str]:
            found = lab.app.get_system_commands(lab.app.screen)
            return {command.title: command.help for command in found}

        rest = offered()
        assert "Train (t)" in rest
        assert not {"Stop (x)", "Pause (space)", "Fork (f)", "Next metric (m)"} & set(rest)
        assert "how the lab works" in rest["Help (?)"]
        await lab.train()
        assert {"Stop (x)", "Pause (space)", "Fork (f)"} <= set(offered())
        assert not {"Train (t)", "Go on (space)", "Undo the last edit (u)"} & set(offered())
        await lab.open_runs()
        assert {"Help (?)", "Quit (q)", "Light theme"} <= set(offered())
        assert "Stop (x)" not in offered()


async def test_the_palette_can_train() -> None:
    async with a_lab() as lab:
        commands = lab.app.get_system_commands(lab.screen)
        next(command for command in commands if command.title == "Train (t)").callback()
        await lab.idle()
        assert len(lab.runs) == 1


async def test_pages_scroll_the_text_of_the_pane() -> None:
    async with a_lab(NARROW) as lab:
        await lab.press("3", "pagedown")
        assert lab.app.query_one("#knob-about").scroll_y > 0
        await lab.press("pageup")
        assert lab.app.query_one("#knob-about").scroll_y == 0


async def test_what_is_said_of_another_one_is_read_from_the_top() -> None:
    shelf = a_shelf()
    first, *_ = shelf.presets.values()
    shelf.presets[first.name] = first.model_copy(update={"learn": "What the network learns. " * 12})
    async with a_lab((80, 16), shelf) as lab:
        for pane, text in (("1", "#preset-words"), ("3", "#knob-about")):
            await lab.press(pane, "pagedown")
            assert lab.app.query_one(text).scroll_y > 0
            await lab.press("down")
            assert lab.app.query_one(text).scroll_y == 0


async def test_letters_are_text_while_a_value_is_typed() -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.press("enter")
        await lab.type("txjlq?")
        assert lab.app.query_one(Input).value == "txjlq?"
        assert not lab.runs


async def test_the_footer_changes_with_what_goes_on() -> None:
    async with a_lab() as lab:
        assert "t train" in lab.footer()
        assert "x stop" not in lab.footer()
        assert "j JSON" not in lab.footer()
        run = await lab.train()
        assert "x stop" in lab.footer()
        assert "t train" not in lab.footer()
        assert "j JSON" in lab.footer()
        run.end()
        await lab.tick()
        assert "t train" in lab.footer()
        await lab.press("3", "enter")
        assert lab.footer().split() == ["⏎", "apply", "esc", "cancel", "tab", "apply,", "next", "pane"]


@pytest.mark.parametrize("width", range(10, 200, 7))
def test_a_footer_never_takes_more_than_its_width(width: int) -> None:
    (spans,) = footer("hyperparameters", frozenset({"always", "rest", "shown"}), width)
    assert width_of(spans) <= width


def test_a_footer_uses_its_room_and_begins_with_the_keys_of_the_pane() -> None:
    live = frozenset({"always", "busy", "shown", "live", "going"})
    for place in ("hyperparameters", "chart"):
        narrow, all_of_it = (
            "".join(text for text, _ in footer(place, live, width)[0]) for width in (78, 999)
        )
        assert len(narrow) > 66
        assert all(words in narrow for words in ("x stop", "? help", "q quit"))
        now = [key for key in around(place) if key.when in live and key.rank is not None]
        now = [key for key in now if key.own(place)] + [key for key in now if not key.own(place)]
        assert all_of_it == "  ".join(f"{key.cap} {key.label}" for key in now)
    assert narrow.startswith("z whole screen  l log y"), "those of the chart come first"


def test_no_key_is_bound_twice_in_one_place() -> None:
    for place in {entry.place for entry in KEYS}:
        meant: dict[str, str] = {}
        for entry in around(place):
            for key in entry.keys.split(","):
                assert meant.setdefault(key, entry.action) == entry.action, (place, key)
