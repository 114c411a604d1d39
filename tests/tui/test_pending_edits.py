"""Presses of an arrow within a second are one edit: shown at once, sent once, nothing lost."""

import pytest

from tests.tui.fakes import FakeClient, Lab, a_lab, preset
from tests.tui.test_steering import lr, row
from tui_lab.protocol.commands import Advance, Checkpoint, Command, Edit, Look, Pause, Stop, Undo
from tui_lab.protocol.steering_events import EditQueued
from tui_lab.tui.state.pending_edits import QUIET_S


async def test_presses_within_a_second_are_one_edit_and_seen_at_once() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        for value in ("0.002", "0.005", "0.01"):
            await lab.press("right")
            assert f"→ {value} …" in row(lab)
            assert "0.001" in row(lab), "what is in force"
            await lab.later(0.9 * QUIET_S)
            assert not run.sent
        await lab.later(0.2 * QUIET_S)
        assert run.sent == [Edit("lr", 0.01)]
        run.say(lr(90, 0.001, 0.01))
        await lab.tick()
        assert "→" not in row(lab)
        assert "0.01 •" in row(lab)


async def test_a_single_press_is_sent_a_second_later() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        await lab.press("right")
        await lab.later()
        await lab.later()
        assert run.sent == [Edit("lr", 0.002)]


async def test_what_was_turned_back_is_not_sent() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        await lab.press("right", "right", "left", "left")
        assert "→" not in row(lab)
        await lab.later()
        assert not run.sent


async def test_back_to_what_is_in_force_is_sent_while_another_value_is_on_its_way() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        await lab.press("right")
        await lab.later()
        await lab.press("left")
        await lab.later()
        assert run.sent == [Edit("lr", 0.002), Edit("lr", 0.001)]
        run.say(EditQueued(90, "batch_size", 64))
        await lab.tick()
        lab.screen.hyperparameters.form.choose("batch_size")
        await lab.press("left")
        await lab.later()
        assert run.sent[-1] == Edit("batch_size", 32), "it takes the queued one back"


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("space", Pause()),
        ("full_stop", Advance("step")),
        ("x", Stop()),
        ("q", Stop(test=False)),
        ("v", Look()),
    ],
)
async def test_what_was_turned_is_sent_before_the_next_command(key: str, sent: Command) -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        await lab.press("right", "right", key)
        assert run.sent == [Edit("lr", 0.005), sent]


async def test_another_row_another_value_and_a_fork_send_it_too() -> None:
    async with a_lab(chosen="binary", outlives=True) as lab:
        run = await lab.train()
        await lab.press("right", "down")
        assert run.sent == [Edit("lr", 0.002)]
        await lab.press("up", "right", "enter")
        await lab.type("0.5")
        await lab.press("enter")
        assert run.sent[-1] == Edit("lr", 0.5), "what is typed is sent in place of what was turned"
        assert len(run.sent) == 2
        await lab.press("right")
        lab.screen.action_fork()
        await lab.press("t", "g")
        assert run.sent[2:] == [Edit("lr", 1.0), Checkpoint()]


async def test_u_takes_back_what_was_not_sent_yet() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        run.say(lr(90, 0.001, 0.002))
        await lab.tick()
        await lab.press("right", "u")
        await lab.later()
        assert not run.sent
        assert "» cancelled: lr 0.005 was not sent yet" in lab.text()
        assert "→" not in row(lab)
        await lab.press("u")
        assert run.sent == [Undo()], "the next one is the edit before"


async def test_a_run_that_ends_before_it_was_sent_says_so() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        await lab.press("right")
        run.end()
        await lab.tick()
        assert "the run ended before lr 0.002 was sent to it" in lab.text()
        await lab.later()
        assert not run.sent


async def test_a_run_in_a_host_that_is_left_gets_it() -> None:
    run = FakeClient(preset().experiment())
    run.begin()
    run.epochs(1, 3)
    async with a_lab(outlives=True, attached=run, chosen="binary") as lab:
        await lab.tick()
        await lab.press("3", "right", "q", "q")
        assert run.sent == [Edit("lr", 0.002)]


async def test_one_edit_is_one_line_of_the_ledger() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        await lab.press("right", "right", "right")
        await lab.later()
        await answer(lab, run)
        await lab.press("4")
        assert lab.text().count("lr 0.001 →") == 1
        assert lab.text().count("lr 0.002 →") == 0


async def answer(lab: Lab, run: FakeClient) -> None:
    """Grant every edit that was sent, as the engine does."""
    before = 0.001
    for command in run.sent:
        assert isinstance(command, Edit)
        run.say(lr(90, before, float(command.value)))
        before = float(command.value)
    await lab.tick()
