"""Steering on the screen: what is in force, what was asked, what was refused; pause, undo, ledger, fork."""

from collections.abc import Callable

import pytest

from tests.journals import fold
from tests.tui.fakes import NARROW, STEPS, WIDE, FakeClient, Lab, a_lab, preset, same_as_before
from tui_lab.protocol.commands import Advance, Checkpoint, Edit, Pause, Resume, Stop, Undo
from tui_lab.protocol.events import CheckpointSaved, Measured, RunResumed
from tui_lab.protocol.ledger import undoable
from tui_lab.protocol.steering_events import (
    Advancing,
    CommandRefused,
    Continued,
    Edited,
    EditQueued,
    LayerProbe,
    Paused,
    StepProbed,
    Undone,
    Withdrawn,
)
from tui_lab.session.jobs.jobs import Forked, Fresh
from tui_lab.tui.lab.form.hyperparameter_rows import in_order
from tui_lab.tui.launch import left_words


def lr(step: int, old: float, new: float) -> Edited:
    return Edited(step, step // STEPS, "lr", old, new, STEPS)


def row(lab: Lab, label: str = "learning rate") -> str:
    """The row of a hyperparameter, with what stands below it."""
    lines = lab.lines()
    place = next(k for k, text in enumerate(lines) if label in text)
    return "\n".join(lines[place : place + 2])


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_value_is_asked_for_and_only_then_in_force(size: tuple[int, int]) -> None:
    async with a_lab(size, chosen="binary") as lab:
        run = await lab.train()
        assert "Live" in lab.text()
        await lab.press("right")
        assert "0.001" in row(lab)
        assert "→ 0.002" in row(lab)
        await lab.later()
        assert run.sent == [Edit("lr", 0.002)]
        assert "→ 0.002" in row(lab)
        await lab.press("right")
        await lab.later()
        assert run.sent[-1] == Edit("lr", 0.005), "a notch starts from what was asked for"
        run.say(lr(90, 0.001, 0.002), lr(91, 0.002, 0.005))
        await lab.tick()
        assert "0.005 •" in row(lab)
        assert "→" not in row(lab)
        assert lab.app.next_run.values.lr == 0.001, "the next run's values are left alone"


async def test_a_refused_value_is_said_and_the_old_one_stays() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        await lab.press("right")
        await lab.later()
        run.say(CommandRefused(90, "edit", "no such luck", "lr", "0.002"))
        await lab.tick()
        assert "✗ no such luck" in lab.text()
        assert "0.001" in row(lab)
        assert "→" not in row(lab).split("\n")[0]
        await lab.press("right")
        assert "no such luck" not in lab.text()


async def test_a_typed_value_is_checked_before_it_is_sent() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        await lab.press("enter")
        await lab.type("0")
        await lab.press("enter")
        assert not run.sent
        assert "greater than 0" in lab.text()
        await lab.type("0.03")
        await lab.press("enter")
        assert run.sent == [Edit("lr", 0.03)]


async def test_what_follows_a_hash_is_the_reason_of_the_edit() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await lab.train()
        await lab.press("enter")
        assert "· # reason" in lab.text()
        await lab.type("0.001 # too slow")
        await lab.press("enter")
        assert not run.sent
        assert "the value is the same" in lab.text()
        await lab.type("0.03 #  too slow, # 2 ")
        await lab.press("enter")
        assert run.sent == [Edit("lr", 0.03, "too slow, # 2")]


async def test_a_value_of_the_next_run_has_no_reason() -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.press("enter")
        assert "# reason" not in lab.text()
        await lab.type("0.03 # try")
        await lab.press("enter")
        assert lab.app.next_run.values.lr == 0.001
        assert "0.03 # try" in lab.text(), "it is still there, with what is wrong about it"
        assert "belongs to an edit" in lab.text()


async def test_d_asks_for_the_value_that_the_run_began_with() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        run.say(lr(90, 0.001, 0.1))
        await lab.tick()
        await lab.press("d")
        await lab.later()
        assert run.sent == [Edit("lr", 0.001)]


async def test_what_is_settled_says_so_and_is_not_sent() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        lab.screen.hyperparameters.form.choose("seed")
        await lab.press("right")
        assert not run.sent
        assert "cannot change during a run" in lab.text()


async def test_what_waits_for_the_next_epoch_says_so() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        run.say(EditQueued(92, "batch_size", 64))
        await lab.tick()
        lab.screen.hyperparameters.form.choose("batch_size")
        await lab.idle()
        assert "→ 64 next epoch" in lab.text()


async def test_a_command_that_nobody_took_is_said() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        run.deaf = True
        await lab.press("right")
        await lab.later()
        assert "not applied: the process" in lab.text()
        await lab.press("space")
        assert "does not accept commands" in lab.text()


async def test_space_pauses_and_goes_on_and_the_screen_says_which() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        assert "space pause" in lab.footer()
        await lab.press("space")
        assert run.sent == [Pause()]
        run.say(Paused(90, 9))
        await lab.tick()
        assert "‖ paused" in lab.lines()[-2]
        assert "space continue" in lab.footer()
        await lab.press("space")
        assert run.sent[-1] == Resume()
        run.say(Continued(90, 9, 3.0))
        await lab.tick()
        assert "● running" in lab.lines()[-2]


async def test_while_an_epoch_is_made_by_hand_the_screen_says_so_and_space_breaks_it_off() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        run.say(Paused(90, 9), Advancing(90, 9, "epoch"))
        await lab.tick()
        assert "▸ stepping…" in lab.lines()[-2]
        assert "space pause" in lab.footer()
        await lab.press("space")
        assert run.sent == [Pause()]
        run.say(Paused(94, 9))
        await lab.tick()
        assert "‖ paused" in lab.lines()[-2]
        assert "space continue" in lab.footer()


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_single_step_shows_what_it_did(size: tuple[int, int]) -> None:
    async with a_lab(size, chosen="binary") as lab:
        run = await lab.train()
        run.say(Paused(90, 9))
        await lab.tick()
        await lab.press("2", "full_stop")
        assert run.sent == [Advance("step")]
        layers = (LayerProbe("1 linear 8", 0.5, 2.0, 0.002), LayerProbe("3 linear 1", 0.1, 1.0, 0.01))
        run.say(
            Advancing(90, 9, "step"), Measured(10, 91, {"loss": ((91, 0.3125),)}),
            StepProbed(91, 10, 0.3125, 0.51, layers),
        )  # fmt: skip
        await lab.tick()
        assert "‖ paused" in lab.lines()[-2]
        assert "step 91: loss 0.3125" in lab.text()
        assert "1.0e-03" in lab.text()
        same_as_before(f"probe-{size[0]}x{size[1]}", lab.text())
        await lab.press("greater_than_sign")
        assert run.sent[-1] == Advance("epoch")


@pytest.mark.parametrize(("key", "first"), [("full_stop", "step"), ("greater_than_sign", "epoch")])
async def test_a_run_can_begin_with_one_step_or_epoch(key: str, first: str) -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.press(key)
        job = lab.jobs[-1]
        assert isinstance(job, Fresh)
        assert job.first == first


async def test_undo_is_asked_for_and_what_it_refuses_is_said() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        run.say(lr(90, 0.001, 0.003))
        await lab.tick()
        await lab.press("u")
        assert run.sent == [Undo()]
        run.say(CommandRefused(90, "undo", "the state before that edit is lost\x1b]0;x\x07"))
        await lab.tick()
        assert "» the state before that edit is lost\\x1b]0;x\\x07" in lab.text()


def story(run: FakeClient) -> None:
    run.say(
        lr(90, 0.001, 0.002), Paused(92, 9), Continued(92, 9, 75.0), lr(95, 0.002, 0.1),
        Undone(95, 9, "lr", 0.002, 0.1, 99, 1, STEPS), EditQueued(97, "batch_size", 64),
        Edited(97, 9, "optimizer", "adam", "sgd", STEPS, "its state is reset"),
    )  # fmt: skip


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_ledger_lists_what_was_done(size: tuple[int, int]) -> None:
    async with a_lab(size, chosen="binary") as lab:
        await lab.press("4")
        assert "No edits" in lab.text()
        story(await lab.train())
        await lab.tick()
        for words in (
            "step  epoch  time",
            "lr 0.001 →",
            "‖ paused",
            "▸ continued",
            "undone",
            "optimizer adam →",
        ):
            assert words in lab.text(), words
        same_as_before(f"ledger-{size[0]}x{size[1]}", lab.text())


async def test_the_ledger_of_a_run_that_ended_asks_for_no_edits() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        await lab.press("4")
        assert "u undoes" in lab.text()
        run.end()
        await lab.tick()
        assert "No edits" in lab.text()
        assert "u undoes" not in lab.text()


async def test_a_fork_is_thought_of_first_and_can_be_dropped() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        await lab.press("f", "right")
        assert "Fork · not started" in lab.text()
        assert "(parent 0.001)" in lab.text()
        assert "t start the fork" in lab.footer()
        assert not run.sent
        await lab.press("escape")
        assert "Live" in lab.text()
        assert not run.sent


async def test_the_form_of_a_fork_keeps_the_row_in_focus_in_sight_on_a_low_screen() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        await lab.train()
        for item in in_order():
            lab.screen.hyperparameters.form.choose(item.name)
            await lab.press("f")
            assert f"› {item.knob.label}" in lab.text()
            assert "Fork · not started" in lab.text()
            await lab.press("escape")


ANSWERS: list[tuple[str, Callable[[], object], str]] = [
    ("g", Checkpoint, "keeps training"),
    ("x", lambda: Stop(test=False), "stops"),
]


@pytest.mark.parametrize(("key", "first", "words"), ANSWERS)
async def test_a_fork_begins_at_a_checkpoint_and_the_parent_goes_on_or_not(
    key: str, first: Callable[[], object], words: str
) -> None:
    async with a_lab(chosen="binary", outlives=True) as lab:
        parent = await lab.train()
        parent.say(lr(90, 0.001, 0.01))
        await lab.tick()
        await lab.press("f", "right", "t")
        assert words in lab.text()
        assert lab.footer().split() == ["g", "keep", "training", "x", "stop", "esc", "back"]
        await lab.press(key)
        assert parent.sent == [first()]
        assert "forking…" in lab.lines()[-2]
        if key == "g":
            parent.say(CheckpointSaved("kept-000000090.pt", "ab", 90, 9, "asked", 1))
        else:
            parent.end("stopped", "stopped on request")
        await lab.tick()
        assert len(lab.runs) == 2
        job = lab.jobs[-1]
        assert isinstance(job, Forked)
        assert job.file == ("kept-000000090.pt" if key == "g" else None)
        assert job.parent.endswith(parent.run_id or "?")
        assert job.experiment.hyperparameters.lr == 0.02, "what was in force, and one notch"
        assert parent.closed is False
        lab.run.begin()
        lab.run.epochs(10, 12)
        await lab.tick()
        assert lab.app.watch_run.parent is not None
        assert "Live" in lab.text()


async def test_a_fork_of_a_run_that_ended_needs_more_epochs() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train(20)
        run.end()
        await lab.tick()
        await lab.press("f", "t")
        assert "20 are done already" in lab.text()
        assert len(lab.runs) == 1
        form = lab.screen.hyperparameters.form
        assert form.item.name == "epochs"
        await lab.press("right", "t")
        assert len(lab.runs) == 2


async def test_what_a_fork_cannot_have_is_said() -> None:
    async with a_lab(chosen="binary", outlives=True) as lab:
        await lab.train()
        await lab.press("f")
        lab.screen.hyperparameters.form.choose("batch_norm")
        await lab.press("right", "t", "g")
        assert "fixed by the weights of the parent" in " ".join(lab.text().split())
        assert len(lab.runs) == 1


@pytest.mark.parametrize(("key", "sent"), [("p", [Checkpoint()]), ("g", [Checkpoint(), Resume()])])
async def test_a_paused_parent_stays_paused_or_goes_on_as_it_was_said(
    key: str, sent: list[Checkpoint | Resume]
) -> None:
    async with a_lab(chosen="binary", outlives=True) as lab:
        parent = await lab.train()
        parent.say(Paused(90, 9))
        await lab.tick()
        await lab.press("f", "right", "t")
        assert "It stays paused" in lab.text()
        await lab.press(key)
        assert parent.sent == sent


async def test_a_paused_run_is_called_so_where_one_leaves_it() -> None:
    async with a_lab(chosen="binary", outlives=True) as lab:
        run = await lab.train()
        run.say(Paused(90, 9))
        await lab.tick()
        await lab.press("q")
        assert "A run is paused" in lab.text()
        assert "Leave it paused" in lab.text()
        await lab.press("q")
        assert left_words(lab.app.watch_run).startswith(f"run {run.run_id} stays paused; ")


async def test_an_undo_says_what_was_undone_and_where_one_is() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        assert "u undo" not in lab.footer()
        await lab.press("u")
        assert not run.sent
        assert "» nothing to undo: no edit" in lab.text()
        run.say(lr(90, 0.001, 0.003))
        await lab.tick()
        assert "u undo" in lab.footer()
        lab.screen.say("a message from before")
        await lab.press("u")
        run.say(Undone(90, 9, "lr", 0.001, 0.003, 99, 0, STEPS))
        await lab.tick()
        assert "» undone: lr 0.003 → 0.001; back at step 90" in lab.text()
        assert "u undo" not in lab.footer()
        await lab.press("u")
        assert "» nothing left to undo" in lab.text()
        assert run.sent == [Undo()]


@pytest.mark.parametrize("width", [60, 80])
async def test_after_an_edit_the_footer_of_the_hyperparameters_shows_undo(width: int) -> None:
    async with a_lab((width, 24), chosen="binary") as lab:
        run = await lab.train()
        await lab.press("3")
        run.say(lr(90, 0.001, 0.003))
        await lab.tick()
        assert "u undo" in lab.footer()
        assert "x stop" in lab.footer()
        assert "? help" in lab.footer()


async def test_what_waits_or_is_on_its_way_can_be_undone() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        await lab.press("right")
        assert "u undo" in lab.footer()
        await lab.later()
        run.say(EditQueued(90, "lr", 0.002))
        await lab.tick()
        assert "u undo" in lab.footer()
        await lab.press("u")
        assert run.sent[-1] == Undo()
        run.say(Withdrawn(91, "lr", 0.002))
        await lab.tick()
        assert "» undone: lr 0.002 is no longer queued" in lab.text()
        assert "→" not in row(lab)
        assert "u undo" not in lab.footer()


def test_an_edit_made_before_a_run_went_on_cannot_be_undone() -> None:
    run = FakeClient(preset().experiment())
    run.begin()
    run.say(lr(90, 0.001, 0.002))
    view = fold(run.drain())
    assert undoable(view)
    run.say(RunResumed(90, 9, {}, 1))
    for record in run.drain():
        view.apply(record)
    assert not undoable(view)


async def test_a_refusal_goes_when_the_cursor_leaves_its_row_and_with_an_undo() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        for key in ("down", "u"):
            run.say(CommandRefused(90, "edit", "no such luck", "lr", "0.002"))
            await lab.tick()
            assert "✗ no such luck" in lab.text()
            await lab.press(key)
            assert "no such luck" not in lab.text()
            await lab.press("home")


async def test_what_else_an_edit_did_is_said_until_the_next_one() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        lab.screen.say("a message from before")
        run.say(Edited(97, 9, "optimizer", "adam", "sgd", STEPS, "its state is reset"))
        await lab.tick()
        assert "» optimizer sgd: its state is reset" in lab.text()
        await lab.press("right")
        assert "is reset" not in lab.text()


async def test_what_a_run_was_told_before_it_was_watched_is_not_said() -> None:
    run = FakeClient(preset().experiment())
    run.begin()
    run.epochs(1, 9)
    run.say(CommandRefused(90, "edit", "no such luck", "lr", "0.002"), CommandRefused(90, "undo", "none"))
    async with a_lab(attached=run) as lab:
        await lab.tick()
        assert "no such luck" not in lab.text()
        assert "» none" not in lab.text()
