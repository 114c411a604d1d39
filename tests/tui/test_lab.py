"""The screen as a whole: a run from start to end, refusals, sizes, hostile text."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.tui.fakes import (
    HUGE,
    NARROW,
    WIDE,
    FakeClient,
    FakeTrainers,
    a_lab,
    a_shelf,
    preset,
    same_as_before,
)
from tui_lab.errors import InputError
from tui_lab.experiment.presets import Presets
from tui_lab.protocol.commands import Stop
from tui_lab.protocol.events import DataLoaded, Tested, Warned
from tui_lab.protocol.view import RunView
from tui_lab.tui.app import Contents, LabApp
from tui_lab.tui.chart.widget import LossChart
from tui_lab.tui.lab.panes.metrics import found as rare_found
from tui_lab.tui.lab.panes.metrics import scores_line
from tui_lab.tui.lab.panes.status import pace
from tui_lab.tui.style.text import width_of

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}
HOSTILE = "[/x] \x1b[31m \u202egnp.exe"


@pytest.mark.parametrize("name", SIZES)
async def test_before_the_first_run(name: str) -> None:
    async with a_lab(SIZES[name]) as lab:
        same_as_before(f"idle-{name}", lab.text())


@pytest.mark.parametrize("name", SIZES)
async def test_while_training(name: str) -> None:
    async with a_lab(SIZES[name], chosen="binary") as lab:
        await lab.train()
        await lab.press("right")
        same_as_before(f"training-{name}", lab.text())


async def test_a_run_of_which_nothing_is_heard_is_said_to_be_silent_and_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr("tui_lab.tui.state.silence.monotonic", lambda: now)
    async with a_lab(NARROW) as lab:
        run = await lab.train(9)
        assert "no updates" not in lab.text()
        now += 30.0
        await lab.tick()
        assert "⚠ no updates for 30 s" in lab.text()
        assert "left" not in lab.lines()[-2], "what is left is not known any more"
        monkeypatch.setattr("tui_lab.tui.state.silence.is_full", lambda _: True)
        await lab.tick()
        assert "⚠ disk full: no updates for 30 s" in lab.text()
        run.epochs(10, 10)
        await lab.tick()
        assert "no updates" not in lab.text()


async def test_the_end_of_a_run_rings_the_bell_if_asked_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TUI_LAB_NOTIFY", "bell")
    async with a_lab(NARROW) as lab:
        written: list[str] = []
        assert lab.app._driver is not None
        monkeypatch.setattr(lab.app._driver, "write", written.append)
        run = await lab.train(9)
        assert not any("\a" in text for text in written)
        run.end("diverged", "not finite")
        await lab.tick()
        assert [text for text in written if "\a" in text] == [
            f"\a\x1b]9;tui-lab: {lab.app.watch_run.run_id} diverged\x1b\\"
        ]


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_run_from_start_to_end(size: tuple[int, int]) -> None:
    async with a_lab(size) as lab:
        run = await lab.train(9)
        text = lab.text()
        assert "● running" in text
        assert "epoch 9/20" in text
        assert "best 7" in text
        if size == NARROW:
            assert "2 Loss · numbers · 2 epochs past best" in lab.lines()[0], "the name of the run stays"
        else:
            assert "no improvement for 2 epochs" in text
        assert size == NARROW or "0.6900" in text, "the baseline"
        run.epochs(10, 20)
        run.end()
        await lab.tick()
        text = lab.text()
        assert "✓ finished" in text
        assert text.count("all 20 epochs are done") == 1
        assert "0.2100" in text, "the test loss"
        assert "train" in text.replace("training", ""), "beside validation and test"


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_an_end_too_long_for_its_row_is_under_the_scores_where_there_is_room(
    size: tuple[int, int],
) -> None:
    async with a_lab(size) as lab:
        run = await lab.train(2)
        run.say(Warned("3 rows without an answer were left out"))
        run.end("failed", "the data changed while it was read, " * 5 + "and that was all")
        await lab.tick()
        assert "4 shows all" in lab.text()
        spans = [span for line in lab.screen.chart.metrics.lines(50) for span, _ in line]
        scores = " ".join(" ".join(spans).split())
        assert ("and that was all" in scores) == (size == WIDE)
        assert ("⚠ 3 rows" in scores) == (size == WIDE)


def test_the_row_of_scores_keeps_training_validation_and_test() -> None:
    client = FakeClient(preset().experiment())
    client.begin()
    client.epochs(1, 12)
    client.end()
    view = RunView()
    for record in client.drain():
        view.apply(record)

    def row(width: int) -> str:
        line = scores_line(view, width)
        assert width_of(line) <= width
        return "".join(text for text, _ in line)

    assert row(46) == "val 0.2190  test 0.2100  acc 0.970", "the score is worth more than the training loss"
    kept = "train 0.0667  val 0.2190  test 0.2100"
    assert row(60) == kept + "  acc 0.970"
    regression = replace(view.tested, metrics={"loss": 0.43, "mae": 41.08, "rmse": 55.0, "r2": 0.512})
    view.tested, tested = regression, view.tested
    assert row(46) == "val 0.2190  test 0.4300  r2 0.512", "the main score of the task"
    view.tested = tested
    wide = "train 0.0667  val 0.2190  gap +0.1523  best 7: 0.1776  test 0.2100  acc 0.970"
    assert row(78) == wide
    assert row(200).startswith(wide + "  prec 0.960")


@pytest.mark.parametrize(("recall", "style"), [(0.0, "bad"), (0.25, "warn"), (0.75, "accent")])
def test_a_rare_class_that_is_not_found_looks_bad(recall: float, style: str) -> None:
    view = RunView()
    rows = {"train": (90, 8), "val": (20, 4), "test": (20, 4)}
    view.data = DataLoaded("a.csv", "ab", 146, 4, (4,), "y", ("no", "yes"), {}, class_rows=rows)
    view.tested = Tested(7, {"loss": 0.2}, (0.9, recall))
    words = f"{round(4 * recall)} of 4" if recall else "0 of 4"
    assert any(found == style and words in text for row in rare_found(view, 200) for text, found in row)
    assert style in [found for text, found in scores_line(view, 200) if "/4 yes" in text]


async def test_a_diverged_run_says_what_to_do() -> None:
    async with a_lab(NARROW) as lab:
        run = await lab.train(2)
        run.end("diverged", "the loss of step 21 is not finite", "lower the learning rate")
        await lab.tick()
        assert "∞ diverged" in lab.text()
        assert "→ lower the learning rate" in lab.text()
        assert "t train" in lab.footer()


async def test_a_diverged_run_says_what_lr_its_preset_has() -> None:
    async with a_lab(NARROW) as lab:
        await lab.press("3", *["right"] * 9)
        assert lab.app.next_run.values.lr > 0.1
        run = await lab.train(2)
        run.end("diverged", "the loss of step 21 is not finite", "lower the learning rate from 1 to 0.01")
        await lab.tick()
        assert "diverged → lower lr from 1 to the preset's 0.001" in lab.text()


async def test_u_at_rest_says_that_there_is_nothing_to_undo() -> None:
    async with a_lab(NARROW) as lab:
        await lab.press("3", "right", "u")
        assert "nothing to undo: no run is open; d in pane 3 resets" in lab.text()
        assert lab.app.next_run.values.lr == 0.002


async def test_warnings_stay() -> None:
    async with a_lab() as lab:
        run = await lab.train(2)
        run.say(Warned("3 rows without an answer were left out"))
        await lab.tick()
        run.epochs(3, 8)
        run.end()
        await lab.tick()
        assert "⚠ 3 rows without an answer" in lab.text()


async def test_damaged_lines_of_the_journal_are_said_once_while_the_run_is_shown() -> None:
    async with a_lab() as lab:
        run = await lab.train(2)
        assert "damaged" not in lab.text()
        for damaged in (1, 1, 3):
            run.damaged = damaged
            await lab.tick()
            assert lab.text().count("damaged lines skipped") == 1
            assert f"⚠ the journal of this run: damaged lines skipped: {damaged}" in lab.text()
        await lab.press("4")
        assert lab.app.watch_run.view is not None
        assert len(lab.app.watch_run.view.warnings) == 1


async def test_a_refusal_names_every_problem_and_points_at_the_fault() -> None:
    async with a_lab(NARROW) as lab:
        await lab.press("3", "right", "1", "t")
        lab.run.refuse("batch_size: larger than the 80 rows of the training split", "the file is gone")
        await lab.tick()
        text = lab.text()
        assert "✗ not started: batch_size: larger than" in text
        assert "4 shows all" in text
        assert "› batch size" in text
        assert lab.app.focused is lab.screen.hyperparameters.form
        assert lab.app.next_run.values.lr == 0.002
        await lab.press("4")
        assert "· the file is gone" in lab.text()


async def test_a_refusal_leaves_the_last_run_on_the_screen() -> None:
    async with a_lab() as lab:
        run = await lab.train(3)
        run.end()
        await lab.tick()
        await lab.press("t")
        lab.run.refuse("no such file")
        await lab.tick()
        assert "no such file" in lab.text()
        assert lab.app.watch_run.run_id == run.run_id
        await lab.press("t")
        lab.run.begin()
        await lab.tick()
        assert "no such file" not in lab.text()


async def test_a_run_that_breaks_off_is_said() -> None:
    async with a_lab() as lab:
        run = await lab.train(3)
        run.refused, run.alive = ("the disk is full",), False
        await lab.tick()
        assert "! interrupted" in lab.text()
        assert "the disk is full" in lab.text()
        assert "resumes it from its last checkpoint" in " ".join(lab.text().split()), "what to do is said"


async def test_what_to_do_about_a_killed_run_is_not_cut_off_on_a_narrow_screen() -> None:
    async with a_lab(NARROW) as lab:
        run = await lab.train(3)
        run.alive = False
        await lab.tick()
        assert "! interrupted → r, then g, resumes it from its last checkpoint" in lab.text()


async def test_t_waits_for_torch() -> None:
    import threading

    gate = threading.Event()
    async with a_lab(preload=gate.wait) as lab:
        assert "loading torch…" in lab.text()
        await lab.press("t")
        assert "starting…" in lab.text()
        assert not lab.runs
        gate.set()
        while not lab.app.preload.done:
            await lab.pilot.pause()
        await lab.tick()
        assert len(lab.runs) == 1


async def test_torch_that_cannot_be_loaded_is_said() -> None:
    def broken() -> None:
        raise ImportError("libtorch.so: no such file")

    async with a_lab(preload=broken) as lab:
        while not lab.app.preload.done:
            await lab.pilot.pause()
        await lab.tick()
        assert "cannot load torch" in lab.text()
        await lab.press("t")
        assert not lab.runs
        assert "cannot load torch" in lab.text()


async def test_narrow_shows_the_pane_in_focus_beside_the_chart() -> None:
    async with a_lab(NARROW) as lab:
        assert "1 Presets" in lab.text()
        assert "3 Hyper" not in lab.text()
        await lab.press("3")
        assert "1 Presets" not in lab.text()
        assert "3 Hyper" in lab.text()
        await lab.press("2")
        assert "1 Presets" not in lab.text()
        assert "3 Hyper" not in lab.text()
        await lab.resize(*WIDE)
        assert "1 Presets" in lab.text()
        assert "3 Hyper" in lab.text()


@pytest.mark.parametrize("pane", ["1", "2", "3"])
async def test_it_shrinks_to_nothing_and_comes_back(pane: str) -> None:
    async with a_lab(NARROW) as lab:
        await lab.train()
        await lab.press(pane)
        before, focused = lab.text(), lab.app.focused
        for size in ((20, 8), (5, 2), (1, 1), (59, 16), (60, 15), (60, 16), (20, 8)):
            await lab.resize(*size)
            await lab.tick()
        assert "train 0.0889" in lab.text()
        assert "● running" in lab.text()
        await lab.press("x")
        await lab.resize(*NARROW)
        assert lab.app.focused is focused
        assert lab.text() != before
        assert "2 Loss" in lab.text()


@pytest.mark.parametrize("width", [60, 72, 80, 99, 100, 119, 160])
async def test_nothing_is_cut_off_at_the_foot(width: int) -> None:
    async with a_lab((width, 24)) as lab:
        await lab.train()
        status, foot = lab.lines()[-2:]
        assert "epoch 9/20" in status
        assert status.endswith("45%")
        assert "x stop" in foot
        assert "q quit" in foot


async def test_hostile_text_is_shown_not_obeyed() -> None:
    bad = preset("bad", HOSTILE).model_copy(update={"learn": HOSTILE})
    async with a_lab(shelf=Presets({"bad": bad}, (f"/p/{HOSTILE}.toml: {HOSTILE}",))) as lab:
        await lab.press("t")
        lab.run.begin(classes=(HOSTILE, "b"))
        lab.run.epochs(1, 3)
        lab.run.say(Warned(HOSTILE))
        lab.run.end("failed", HOSTILE, HOSTILE)
        await lab.tick()
        await lab.press("down", "up", "3", "enter")
        await lab.type("[/x]")
        await lab.press("enter")
        text = lab.text()
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "[/x]" in text


async def test_a_broken_preset_is_listed_with_its_problem() -> None:
    async with a_lab() as lab:
        assert "✗ broken.toml" in lab.text()
        assert " 1 Presets · ✗ 1 broken " in lab.lines()[0], "the list may go on below the fold"
        assert "⏎ use it" in lab.lines()[-1]
        await lab.press("end")
        assert "This preset has" in lab.text()
        assert "⏎ use it" not in lab.lines()[-1]
        await lab.press("enter", "t")
        assert lab.run.experiment.preset == "numbers"


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_no_preset_at_all(size: tuple[int, int]) -> None:
    async with a_lab(size, shelf=Presets()) as lab:
        await lab.press("t", "3", "right", "enter", "d", "1", "down", "enter")
        assert "No presets" in lab.text()
        assert not lab.runs


async def test_a_preset_from_a_file_is_first() -> None:
    async with a_lab(chosen=preset("mine", "My own")) as lab:
        assert "› ● mine" in lab.text()


def test_a_preset_that_is_not_there() -> None:
    with pytest.raises(InputError, match="did you mean 'binary'"):
        LabApp(Contents(a_shelf(), Path("/runs"), FakeTrainers(None, False), "binray"))


async def test_the_network_has_shapes_once_the_data_is_known() -> None:
    async with a_lab(chosen="binary") as lab:
        assert "49 parameters" not in lab.text()
        await lab.train(1)
        assert "49 parameters" in lab.text()
        assert "110 rows" in lab.text()


async def test_without_colour_curves_and_focus_differ_in_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with a_lab(NARROW) as lab:
        await lab.train()
        text = lab.text()
        assert "●● val" in text
        assert "━ 1 Presets" in text
        assert "─ 2 Loss" in text


async def test_a_light_terminal_gets_the_light_theme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORFGBG", "0;15")
    async with a_lab() as lab:
        assert lab.app.theme == "lab-light"
        assert lab.screen.styles.background.brightness > 0.9


async def test_titles_are_not_cut_where_there_is_room() -> None:
    shelf = Presets({"regression": preset("regression", "Breast cancer, yes or no", "regression")})
    async with a_lab(WIDE, shelf=shelf) as lab:
        assert "Breast cancer, yes or no" in lab.text()
        assert "3 Hyperparameters · regression ─" in lab.text()
    async with a_lab(NARROW, shelf=shelf, chosen="regression") as lab:
        assert "3 Next run · regression ━" in lab.text()


async def test_a_theme_that_was_chosen_is_there_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLORFGBG", "15;0")
    async with a_lab() as lab:
        assert not list(tmp_path.iterdir()), "none was chosen"
        lab.app._use("lab-light")
        await lab.idle()
    async with a_lab() as lab:
        assert lab.app.theme == "lab-light"
    (tmp_path / "tui-lab" / "theme").write_bytes(b"\xff\x00 no such theme")
    async with a_lab() as lab:
        assert lab.app.theme == "lab-dark"
    monkeypatch.setenv("XDG_CONFIG_HOME", "/proc/no/folder")
    async with a_lab() as lab:
        lab.app._use("lab-light")
        await lab.idle()
        assert lab.app.theme == "lab-light"


async def test_nothing_is_painted_when_nothing_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_lab() as lab:
        await lab.train()
        drawn: list[object] = []
        monkeypatch.setattr(LossChart, "show", lambda chart, data: drawn.append(data))
        await lab.tick()
        assert not drawn
        lab.run.epochs(10, 10)
        await lab.tick()
        assert len(drawn) == 1


async def test_leaving_a_run_in_a_host_asks_once_what_becomes_of_it() -> None:
    async with a_lab(NARROW, outlives=True) as lab:
        run = await lab.train(2)
        await lab.press("q")
        assert "Leave it running" in lab.text()
        await lab.press("escape")
        assert "Leave it running" not in lab.text()
        assert not run.sent
        await lab.press("q", "q")
        assert lab.app.left_training
        assert not run.sent
    assert lab.app.return_code == 0


async def test_a_run_in_a_host_can_be_stopped_on_leaving() -> None:
    async with a_lab(outlives=True) as lab:
        run = await lab.train(2)
        await lab.press("q", "x")
        assert run.sent == [Stop(test=False)]
        assert not lab.app.left_training


@pytest.mark.parametrize(("wish", "stopped"), [("leave", False), ("stop", True)])
async def test_a_setting_decides_without_asking(wish: str, stopped: bool) -> None:
    async with a_lab(outlives=True, on_quit=wish) as lab:
        run = await lab.train(2)
        await lab.press("q")
        assert bool(run.sent) is stopped
        assert lab.app.left_training is not stopped


async def test_without_a_run_nothing_is_asked() -> None:
    async with a_lab(outlives=True) as lab:
        run = await lab.train(2)
        run.end()
        await lab.tick()
        await lab.press("q")
        assert not lab.app.left_training
        assert not run.sent


async def test_a_run_that_somebody_else_began_is_shown_and_can_be_stopped() -> None:
    run = FakeClient(preset().experiment())
    run.begin()
    run.epochs(1, 4)
    async with a_lab(outlives=True, attached=run) as lab:
        await lab.tick()
        assert "epoch 4/20" in lab.text()
        await lab.press("x")
        assert run.sent == [Stop()]
        assert not lab.runs


async def test_a_stop_that_nobody_took_is_said() -> None:
    async with a_lab() as lab:
        run = await lab.train(2)
        run.deaf = True
        await lab.press("x")
        assert "does not accept commands" in lab.text()
        assert "x stop" in lab.footer()


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (2140.0, "2,140 steps/s"),
        (10.0, "10 steps/s"),
        (1.0, "1 step/s"),
        (1.04, "1 step/s"),
        (2.5, "2.5 steps/s"),
        (0.4, "2.5 s/step"),
        (0.05, "20 s/step"),
        (0.004, "250 s/step"),
    ],
)
def test_a_pace_is_told_in_what_is_more_than_one(rate: float, text: str) -> None:
    assert "".join(span for span, _ in pace(rate)) == text


async def test_the_title_of_the_chart_names_the_metric_as_it_is_written() -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.train()
        await lab.press("2")
        titles = []
        for _ in range(6):
            titles.append(str(lab.screen.query_one("#chart").border_title).split()[1])
            await lab.press("m")
        assert titles == ["Loss", "Accuracy", "Precision", "Recall", "F1", "AUROC"]
