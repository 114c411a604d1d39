"""Between the key that starts a run and its first word: what is seen, and what edits become."""

import pytest

from tests.tui.fakes import Lab, a_lab
from tui_lab.protocol.commands import Edit
from tui_lab.protocol.events import CheckpointSaved, Measured
from tui_lab.protocol.steering_events import Edited
from tui_lab.tui.chart.widget import LossChart


def row(lab: Lab, label: str = "learning rate") -> str:
    lines = lab.lines()
    place = next(k for k, text in enumerate(lines) if label in text)
    return "\n".join(lines[place : place + 2])


async def test_an_edit_made_while_a_run_starts_is_asked_of_that_run() -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.press("t", "right")
        await lab.later()
        assert lab.run.sent == [Edit("lr", 0.002)]
        assert "Starting · edits apply then" in lab.text()
        assert "→ 0.002 at start" in row(lab)
        assert lab.app.next_run.values.lr == 0.001, "the next run's values are left alone"
        lab.run.begin()
        await lab.tick()
        assert "→ 0.002 …" in row(lab)
        lab.run.say(Edited(0, 0, "lr", 0.001, 0.002, 10))
        await lab.tick()
        assert "0.002 •" in row(lab)
        assert "→" not in row(lab)


async def test_what_cannot_be_edited_is_refused_while_a_run_starts_too() -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.press("t")
        lab.screen.hyperparameters.form.choose("seed")
        await lab.press("right")
        assert not lab.run.sent
        assert "cannot change during a run" in lab.text()


async def test_edits_wait_for_torch() -> None:
    import threading

    gate = threading.Event()
    async with a_lab(chosen="binary", preload=gate.wait) as lab:
        await lab.press("t", "right")
        assert "→ 0.002 at start" in row(lab)
        gate.set()
        while not lab.app.preload.done:
            await lab.pilot.pause()
        await lab.later()
        assert lab.run.sent == [Edit("lr", 0.002)]


async def test_a_start_that_is_refused_goes_back_to_the_next_run() -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.press("t", "right")
        lab.run.refuse("no such file")
        await lab.tick()
        assert "3 Hyperparameters" in lab.text()
        assert "→" not in row(lab)


@pytest.mark.parametrize("end", ["refused", "stopped", "no torch"])
async def test_edits_made_while_a_run_starts_are_kept_if_it_never_does(end: str) -> None:
    import threading

    gate = threading.Event()

    def load() -> None:
        gate.wait()
        if end == "no torch":
            raise ImportError("libtorch.so is missing")

    async with a_lab(chosen="binary", preload=None if end == "refused" else load) as lab:
        await lab.press("t", "right")
        await lab.later()
        await lab.press("down", "down", "enter")
        await lab.type("0.5")
        await lab.press("enter", "down", "enter")
        await lab.type("nonsense")
        await lab.press("up", "home", "right")
        if end == "refused":
            assert lab.run.sent == [Edit("lr", 0.002), Edit("momentum", 0.5)]
            lab.run.refuse("no such file")
            await lab.tick()
        elif end == "stopped":
            await lab.press("escape", "x")
        gate.set()
        while not lab.app.preload.done:
            await lab.pilot.pause()
        await lab.tick()
        assert lab.app.next_run.values.momentum == 0.5
        assert lab.app.next_run.values.lr in (0.002, 0.005)
        assert "0.5 •" in row(lab, "momentum")
        assert "Starting" not in lab.text()


async def test_while_a_run_starts_nothing_of_the_last_one_is_seen() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train()
        run.end()
        await lab.tick()
        lab.screen.say("written: of the last one")
        await lab.press("t")
        text = lab.text()
        assert "◌ starting…" in text
        for old in ("finished", "best 7", "validation", "test", "written"):
            assert old not in text.split("3 Starting")[0].replace("test 10", "the size of a split"), old
        for key in ("f", "j", "space", "full_stop", "u"):
            await lab.press(key)
            assert "has not started yet" in lab.text()
            lab.screen.say("")
        assert not lab.run.sent
        lab.run.refuse("no such file")
        await lab.tick()
        assert "best 7" in lab.text(), "a refused start takes nothing away"


async def test_while_a_fork_starts_its_values_and_the_curve_of_its_parent_are_seen() -> None:
    async with a_lab(chosen="binary", outlives=True) as lab:
        parent = await lab.train()
        await lab.press("f", "right", "t", "g")
        parent.say(CheckpointSaved("kept-000000090.pt", "ab", 90, 9, "asked", 0))
        await lab.tick()
        text = lab.text()
        assert "◌ starting…" in text
        assert "interrupted" not in text
        assert "ended unexpectedly" not in text
        assert "0.002" in row(lab)
        chart = lab.app.query_one(LossChart)
        assert [series.label for series in chart.data.series] == ["parent"]


async def test_a_fork_that_is_refused_leaves_its_parent_live_on_the_screen() -> None:
    async with a_lab(chosen="binary", outlives=True) as lab:
        parent = await lab.train()
        await lab.press("f", "t", "g")
        parent.say(CheckpointSaved("kept-000000090.pt", "ab", 90, 9, "asked", 0))
        await lab.tick()
        lab.run.refuse("no room")
        await lab.tick()
        assert "no room" in lab.text()
        assert "● running" in lab.lines()[-2]
        parent.say(Measured(10, 95, {"loss": ((95, 0.1),)}))
        await lab.tick()
        assert "step 95" in lab.lines()[-2]
        await lab.press("right")
        await lab.later()
        assert parent.sent[-1] == Edit("lr", 0.002)


async def test_the_seconds_go_by_while_torch_is_loaded_and_a_run_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import threading

    monkeypatch.setattr("tui_lab.tui.state.shown_run.monotonic", lambda: 0.0)
    gate = threading.Event()
    async with a_lab(chosen="binary", preload=gate.wait) as lab:
        assert "◌ loading torch…" in lab.text()
        await lab.later(3.2)
        assert "◌ loading torch… 3 s" in lab.text()
        await lab.press("t")
        await lab.later(2.1)
        assert "◌ starting: loading torch… 2 s" in lab.text()
        gate.set()
        while not lab.app.preload.done:
            await lab.pilot.pause()
        await lab.tick()
        await lab.later(4.0)
        assert "◌ starting… 6 s" in lab.text()
