"""Panes 1 and 3 show the run on the screen; its values can be trained again or kept; nothing is dropped."""

from pathlib import Path

import pytest

from tests.runs.samples import closing, epoch, experiment, opening
from tests.tui.fakes import NARROW, WIDE, FakeClient, Lab, a_lab, preset
from tests.tui.kept import make
from tests.tui.test_steering import lr, row
from tui_lab.experiment.preset_files import own_folder
from tui_lab.experiment.presets import load_preset
from tui_lab.protocol.events import RunEnded
from tui_lab.session.jobs.jobs import Fresh
from tui_lab.tui.widgets.confirm import AskScreen


def attached(**hyper: object) -> FakeClient:
    run = FakeClient(preset("kinds", **hyper).experiment())
    run.begin()
    run.epochs(1, 3)
    return run


async def test_a_run_that_is_attached_is_shown_in_panes_1_and_3() -> None:
    async with a_lab(WIDE, outlives=True, attached=attached(lr=0.05, batch_size=8)) as lab:
        await lab.tick()
        assert "0.05" in row(lab)
        assert lab.screen.presets.list.chosen == 2, "the preset it was made from"
        run = lab.app.watch_run.view
        assert run is not None
        await lab.press("x")
        client = lab.app.watch_run._client
        assert isinstance(client, FakeClient)
        client.end("stopped", "stopped on request")
        await lab.tick()
        assert "3 Values of this run · kinds" in lab.text()
        assert "0.05" in row(lab)
        assert "t train again" in lab.footer()
        await lab.press("t")
        job = lab.jobs[-1]
        assert isinstance(job, Fresh)
        assert job.experiment == run.experiment


async def test_a_run_that_had_ended_before_it_was_attached_is_shown_there_too() -> None:
    run = attached(lr=0.05, batch_size=8)
    run.end()
    async with a_lab(WIDE, outlives=True, attached=run) as lab:
        await lab.tick()
        assert "3 Values of this run · kinds" in lab.text()
        assert "0.05" in row(lab)
        assert lab.screen.presets.list.chosen == 2, "the preset it was made from"
        assert "t train again" in lab.footer()


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_after_a_live_edit_and_a_stop_its_values_are_trained_again(size: tuple[int, int]) -> None:
    async with a_lab(size, chosen="binary") as lab:
        run = await lab.train()
        run.say(lr(90, 0.001, 0.05))
        await lab.tick()
        await lab.press("3", "x")
        run.end("stopped", "stopped on request")
        await lab.tick()
        assert "0.05" in row(lab), "the value that was set live is not dropped"
        await lab.press("t")
        assert lab.run.experiment.hyperparameters.lr == 0.05
        assert lab.run is not run


async def test_k_keeps_live_values_for_the_next_run_and_u_brings_the_old_ones_back() -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.press("end", "left", "home")
        run = await lab.train()
        run.say(lr(90, 0.001, 0.05))
        await lab.tick()
        assert "k keep values" in lab.footer()
        run.end()
        await lab.tick()
        await lab.press("k")
        assert lab.app.next_run.values.lr == 0.05
        assert "taken for the next run: lr 0.001 → 0.05" in lab.text()
        assert "3 Hyperparameters · binary" in lab.text()
        assert "k keep" not in lab.footer()
        await lab.press("u")
        assert lab.app.next_run.values.lr == 0.001
        assert lab.app.next_run.edits_of(1) == 1, "the edit of before is still there"
        await lab.press("u")
        assert lab.app.next_run.values.lr == 0.001


async def test_k_keeps_them_while_it_trains_too() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        await lab.press("k")
        assert "kept" not in lab.text()
        run.say(lr(90, 0.001, 0.05))
        await lab.tick()
        await lab.press("k")
        assert lab.app.next_run.values.lr == 0.05
        run.end()
        await lab.tick()
        assert "t train again" not in lab.footer(), "the next run has them already"


async def test_an_arrow_on_the_values_of_a_run_keeps_them_for_the_next_one() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        run.say(lr(90, 0.001, 0.05))
        run.end()
        await lab.tick()
        await lab.press("3", "right")
        assert lab.app.next_run.values.lr == 0.1
        assert "3 Hyperparameters · binary" in lab.text()
        assert "taken for the next run: lr 0.001 → 0.05· u reverts this" in lab.text()


async def test_escape_and_another_preset_leave_the_values_of_the_run() -> None:
    async with a_lab(chosen="binary") as lab:
        for keys, chosen in ((("escape",), "binary"), (("1", "up", "enter"), "numbers")):
            run = await lab.train()
            run.say(lr(90, 0.001, 0.05))
            run.end()
            await lab.tick()
            assert "Values of this run" in lab.text()
            await lab.press(*keys)
            assert "Values of this run" not in lab.text()
            await lab.press("3", "t")
            assert lab.run.experiment.preset == chosen
            assert lab.run.experiment.hyperparameters.lr == 0.001
            lab.run.begin()
            lab.run.end()
            await lab.tick()


async def test_a_preset_chosen_while_it_trains_is_the_next_one() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        run.say(lr(90, 0.001, 0.05))
        await lab.press("1", "up", "enter", "3")
        run.end()
        await lab.tick()
        assert "3 Hyperparameters · numbers" in lab.text()
        assert "k keep values" in lab.footer(), "what was set live can still be kept"


async def open_first(lab: Lab) -> None:
    await lab.open_runs()
    await lab.press("enter")
    await lab.settle()


async def test_a_run_that_is_opened_is_shown_in_panes_1_and_3_and_kept(
    tmp_path: Path,
) -> None:
    asked = experiment("elsewhere")
    make(tmp_path, 1, "elsewhere", [*opening(), epoch(1, 0.5), *closing()], 1, lr=0.03)
    async with a_lab(WIDE, root=tmp_path, chosen="binary") as lab:
        await open_first(lab)
        assert "3 Values of this run" in lab.text()
        assert "0.03" in row(lab)
        assert "From a run of elsewhere" in lab.text(), "it was made from no preset that is here"
        await lab.press("t")
        assert lab.run.experiment.hyperparameters.lr == 0.03
        assert lab.run.experiment.model == asked.model
        lab.run.refuse("the file is gone")
        await lab.tick()
        await lab.press("k")
        assert lab.app.next_run.preset is not None
        assert lab.app.next_run.preset.name == "elsewhere"
        assert lab.app.next_run.values.lr == 0.03


async def test_quitting_at_rest_asks_about_changes_that_no_run_has() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        await lab.press("right")
        lab.app.next_run.choose(2)
        lab.app.next_run.set_layers(("linear 5",))
        await lab.press("q")
        assert isinstance(lab.app.screen, AskScreen)
        question = lab.app.screen._question._text
        assert question == "Changed but not trained yet: binary: lr 0.002; kinds: layers"
        await lab.press("escape")
        assert lab.app.screen is lab.screen
        await lab.press("q", "w")
    assert lab.app.return_code == 0
    assert load_preset(own_folder() / "binary-1.toml").hyperparameters.lr == 0.002
    assert load_preset(own_folder() / "kinds-1.toml").model.layers == ("linear 5",)


async def test_quitting_asks_nothing_where_a_run_has_them() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        await lab.press("right")
        run = await lab.train()
        run.end()
        await lab.tick()
        await lab.press("q")
        assert lab.app.return_code == 0


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_run_that_has_said_its_last_word_is_over_in_every_pane(size: tuple[int, int]) -> None:
    async with a_lab(size, chosen="binary") as lab:
        run = await lab.train()
        run.say(RunEnded("finished", "all 20 epochs are done"))
        assert run.alive, "its process has not ended yet"
        await lab.tick()
        assert "✓ finished" in lab.lines()[-2]
        assert "left" not in lab.lines()[-2]
        assert "t train" in lab.footer()
        assert "x stop" not in lab.footer()
        await lab.press("t")
        assert len(lab.runs) == 2
