"""The screen of all runs: what it shows, finds, opens, names and deletes. No run is real; nothing trains."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste
from textual.widgets import Input

from tests.runs.samples import HOSTILE, closing, epoch, experiment, opening, whole_run
from tests.tui.fakes import HUGE, NARROW, WIDE, FakeClient, Lab, a_lab, same_as_before
from tests.tui.kept import fixed_clock, make
from tests.waiting import until
from tui_lab.protocol.events import (
    CheckpointFailed,
    CheckpointSaved,
    RunEnded,
    RunResumed,
)
from tui_lab.runs.folder.folder import RunFolder, create, run_ids
from tui_lab.runs.folder.labels import Label, read_label, write_label
from tui_lab.runs.folder.lock import RunLock, take
from tui_lab.runs.index.run_index import RunIndex
from tui_lab.runs.journal.journal import Journal
from tui_lab.runs.journal.long_journal import LONG_BYTES, while_reading
from tui_lab.session.clients.reopen import Reopened, reopen
from tui_lab.session.jobs.jobs import Resumed
from tui_lab.tui.runs.screen import RunsScreen
from tui_lab.tui.widgets.confirm import AskScreen
from tui_lab.tui.widgets.help import HelpScreen

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}


@pytest.fixture(autouse=True)
def _fixed_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with fixed_clock(monkeypatch):
        yield


def some_runs(root: Path) -> list[RunFolder]:
    """One of each kind, the last one being the newest."""
    half = [*opening(), epoch(1, 0.9), epoch(2, 0.8)]
    runs = [
        make(root, 1, "regression", [*half, RunEnded("diverged", "the loss is not finite")], 9000),
        make(root, 2, "binary", half, 100),
        make(root, 3, "cnn", [*half, RunEnded("stopped", "stopped on request")], 30),
        make(root, 4, "multiclass", whole_run(), 2),
        make(root, 5, "binary", [*half, epoch(3, 0.31), *closing()], 1),
    ]
    write_label(runs[4], Label("wider, no dropout", "Learns by heart from epoch 2 on; dropout 0.3 next."))
    return runs


def focus(lab: Lab) -> str:
    """The id of the run in focus."""
    screen = lab.app.screen
    assert isinstance(screen, RunsScreen) and screen.run_list.chosen is not None
    return screen.run_list.chosen.id


def names(lab: Lab) -> list[str]:
    """The runs on the screen, by the last digit of their ids."""
    screen = lab.app.screen
    assert isinstance(screen, RunsScreen)
    return [line.id[-1] for line in screen.run_list.shown]


@pytest.mark.parametrize("name", SIZES)
async def test_all_runs(tmp_path: Path, name: str) -> None:
    runs = some_runs(tmp_path)
    lock = take(runs[1])
    async with a_lab(SIZES[name], root=tmp_path) as lab:
        await lab.settle()
        await lab.press("r", "home")
        await lab.settle()
        await lab.press("home")
        same_as_before(f"runs-{name}", lab.text())
    lock.release()


@pytest.mark.parametrize("size", [(1, 1), (5, 2), (20, 8), (40, 10), (59, 15), NARROW, (100, 30), HUGE])
async def test_it_works_in_any_size_and_shows_the_way_back(tmp_path: Path, size: tuple[int, int]) -> None:
    some_runs(tmp_path)
    async with a_lab(NARROW, root=tmp_path) as lab:
        await lab.open_runs()
        await lab.resize(*size)
        await lab.press("down", "end", "s", "slash", "c", "enter", "n", "escape", "escape")
        assert all(len(line) <= size[0] for line in lab.lines())
        if size[0] >= 20:
            assert "esc back" in lab.footer()
        if size[0] >= 40:
            assert "cnn" in lab.text()
        await lab.resize(*NARROW)
        assert "BEST LOSS" in lab.text()


async def test_the_keys_of_the_list_are_all_there_at_80_columns(tmp_path: Path) -> None:
    some_runs(tmp_path)
    async with a_lab(NARROW, root=tmp_path) as lab:
        await lab.open_runs()
        keys = "\n".join(lab.lines()[-2:])
        for cap in (
            "space mark",
            "S reverse",
            "n name",
            "m note",
            "c compare",
            "d delete",
            "esc back",
            "q quit",
        ):
            assert cap in keys, cap
        await lab.resize(80, 16)
        assert "esc back" in lab.footer() and "mark" not in lab.lines()[-2], "the list needs the row"


async def test_no_runs_say_how_to_make_one(tmp_path: Path) -> None:
    async with a_lab(NARROW, root=tmp_path / "none") as lab:
        await lab.open_runs()
        assert "No runs yet" in lab.text()
        await lab.press("enter", "g", "n", "m", "d", "down", "end", "s")
        assert "⏎ open" not in "\n".join(lab.lines()[-2:])
        await lab.press("r")
        assert lab.app.screen is lab.screen


async def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with a_lab(root=tmp_path / "file") as lab:
        await lab.open_runs()
        assert "cannot list the runs" in " ".join(lab.text().split())


async def test_a_long_journal_is_read_with_a_bar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the list, and where a run is opened; the keys are answered meanwhile."""
    some_runs(tmp_path)
    reached, go = threading.Event(), threading.Event()

    def slowly(act: Callable[..., Any]) -> Callable[..., Any]:
        def slow(*args: Any) -> Any:
            with while_reading("a-long-run", LONG_BYTES) as progress:
                progress(0.4)
                reached.set()
                go.wait(60)
            return act(*args)

        return slow

    bar = "reading a-long-run  ━━━━━━━━──────────── "
    async with a_lab(WIDE, root=tmp_path) as lab:
        lab.app.feed.wait()
        with monkeypatch.context() as patch:
            patch.setattr(RunIndex, "look", slowly(RunIndex.look))
            lab.app.feed.version = 0  # as in a lab that has not looked at its folder yet
            await lab.press("r")
            until(reached.is_set)
            lab.app.screen.tick()  # type: ignore[attr-defined]
            await lab.idle()
            assert bar in lab.text()
            go.set()
            await lab.settle()
        assert "a-long-run" not in lab.text()
        reached.clear()
        go.clear()
        monkeypatch.setattr("tui_lab.tui.runs.screen.reopen", slowly(reopen))
        await lab.press("enter")
        until(reached.is_set)
        lab.app.screen.tick()  # type: ignore[attr-defined]
        await lab.idle()
        assert bar in lab.text()
        go.set()
        await lab.settle()
        assert lab.app.screen is lab.screen and "a-long-run" not in lab.text()


async def test_keys_walk_and_the_window_follows(tmp_path: Path) -> None:
    for k in range(10):
        for day in (1, 2, 3):
            run = make(tmp_path, k, "cnn", whole_run(), 1)
            run.path.rename(tmp_path / f"2026110{day}-10150{k}-cnn-000{k}")
    async with a_lab(NARROW, root=tmp_path) as lab:
        await lab.open_runs()
        assert focus(lab).startswith("20261103-101509")
        await lab.press("up", "down", "down")
        assert focus(lab).startswith("20261103-101507")
        for key, there in (("end", "20261101-101500"), ("pageup", "202611"), ("home", "20261103-101509")):
            await lab.press(key)
            assert focus(lab).startswith(there)
            assert ("more" in lab.lines()[0]) == (key == "home"), "what is below is counted"
            assert sum(line.startswith(" › ") for line in lab.lines()) == 1
        await lab.press("pagedown")
        assert focus(lab) < "20261103-101500"


async def test_runs_that_are_called_the_same_are_told_apart_by_the_end_of_their_id(tmp_path: Path) -> None:
    for number, title in ((1, "x" * 60), (2, "x" * 60), (3, "")):
        write_label(make(tmp_path, number, "cnn", whole_run(), 1), Label(title))
    async with a_lab(NARROW, root=tmp_path) as lab:
        await lab.open_runs()
        rows = [line for line in lab.lines() if "acc 0.950" in line][:3]
        ends = ["0003" in rows[0], "x… 0002 " in rows[1], "x… 0001 " in rows[2]]
        assert ends == [False, True, True]


async def test_the_list_follows_the_folder_and_the_focus_its_run(tmp_path: Path) -> None:
    runs = some_runs(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        screen = await lab.open_runs()
        await lab.press("down")
        before = focus(lab)
        make(tmp_path, 9, "cnn", whole_run(), 0)
        write_label(runs[0], Label("the first of all"))
        lab.app.feed.refresh()
        await lab.settle()
        assert "the first of all" in lab.text()
        assert "Runs · 6" in lab.text()
        assert focus(lab) == before
        assert screen.run_list.place == 2


async def test_s_goes_through_the_columns(tmp_path: Path) -> None:
    some_runs(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        screen = await lab.open_runs()
        seen = {}
        for _ in range(8):
            head = next(line for line in lab.lines() if "BEST LOSS" in line)
            column = re.search(r"▾(\w+( \w+)?)", head)
            seen[column[1] if column else screen.run_list.order.column] = "".join(names(lab))
            await lab.press("s")
        assert seen == {
            "WHEN": "54321", "BEST LOSS": "54321", "TEST": "54321", "STATUS": "23154", "NAME": "23415",
            "EPOCHS": "54321", "TRAINED": "41253", "edits": "54321",
        }  # fmt: skip
        await lab.press(*("s" for _ in screen.run_list.settings))
        assert "newest first" in lab.text()


async def test_typing_filters_at_once_and_escape_takes_it_back(tmp_path: Path) -> None:
    some_runs(tmp_path)
    async with a_lab(NARROW, root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("slash", *"binary")
        assert names(lab) == ["5", "2"]
        assert "Runs · 2 of 5" in lab.text()
        await lab.press("escape")
        assert len(names(lab)) == 5
        await lab.press("slash", *"best_val_loss<0.7", "enter")
        assert names(lab) == ["5", "4"]
        assert "best_val_loss<0.7" in lab.text()
        await lab.press("escape")
        assert len(names(lab)) == 5
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def test_a_filter_that_cannot_be_read_is_explained_where_it_is_typed(tmp_path: Path) -> None:
    some_runs(tmp_path)
    async with a_lab(NARROW, root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("slash", *"best_val_los<0.4", "enter")
        assert "did you mean 'best_val_loss'?" in lab.text()
        assert lab.app.screen.query_one(Input).value == "best_val_los<0.4"
        await lab.type("nothing like it")
        assert "did you mean" not in lab.text()
        assert "No match" in lab.text()


async def test_the_filter_is_still_there_when_one_comes_back(tmp_path: Path) -> None:
    some_runs(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("slash", *"cnn", "enter", "r")
        await lab.open_runs()
        assert names(lab) == ["3"]


async def test_enter_shows_a_run_as_it_was(tmp_path: Path) -> None:
    some_runs(tmp_path)
    async with a_lab(root=tmp_path, chosen="binary") as lab:
        await lab.open_runs()
        await lab.press("down", "enter")
        await lab.settle()
        await lab.idle()
        text = lab.text()
        assert "2 Loss · multiclass" in text
        assert "✓ finished" in text
        assert "0.4000" in text, "the test loss"
        assert "» opened multiclass," in text
        assert "20261123-101504-multiclass-0004" in text
        assert "t train again" in lab.footer()
        await lab.press("x", "t")
        assert lab.run.experiment.preset == "multiclass", "the run that is shown, again"


async def test_a_reopened_run_is_exported_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = some_runs(tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    async with a_lab(root=tmp_path / "runs") as lab:
        await lab.open_runs()
        await lab.press("enter")
        await lab.settle()
        await lab.press("j")
    written = json.loads((tmp_path / f"{runs[4].run_id}.json").read_text())
    assert written["run"]["name"] == "wider, no dropout"
    assert written["run"]["id"] == runs[4].run_id


async def test_a_run_that_trains_elsewhere_is_said_and_can_be_watched(tmp_path: Path) -> None:
    run = some_runs(tmp_path)[1]
    with take(run), Journal.open(run.journal) as journal:
        async with a_lab(NARROW, root=tmp_path, outlives=True) as lab:
            await lab.settle()
            text = " ".join(lab.text().split())
            assert "1 run is running" in text
            assert "r shows it" in text
            await lab.open_runs()
            assert focus(lab) == run.run_id, "it is what one comes for"
            assert "running in process" in lab.text()
            await lab.press("g")
            assert "already running" in lab.text()
            await lab.press("enter")
            await lab.settle()
            assert "● running" in lab.text()
            journal.append(epoch(3, 0.2))
            await lab.tick()
            assert "epoch 3/50" in lab.text()
            assert "1 run is running" not in lab.text()
            for event in closing():
                journal.append(event)
            await lab.tick()
            assert "✓ finished" in lab.text()


@pytest.mark.parametrize(("outlives", "asked"), [(True, True), (False, True)])
async def test_a_run_of_somebody_else_is_never_stopped_by_leaving(
    tmp_path: Path, outlives: bool, asked: bool
) -> None:
    run = some_runs(tmp_path)[1]
    with take(run):
        async with a_lab(root=tmp_path, outlives=outlives) as lab:
            await lab.open_runs()
            await lab.press("enter")
            await lab.settle()
            await lab.press("q")
            assert isinstance(lab.app.screen, AskScreen) is asked
            await lab.press("q")
            assert lab.app.left_training


async def test_g_goes_on_with_a_run(tmp_path: Path) -> None:
    run = some_runs(tmp_path)[2]
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("slash", *"status=stopped", "enter")
        assert "g resume" in "\n".join(lab.lines()[-2:])
        await lab.press("g")
        await lab.settle()
        (job,) = lab.app.trainers.jobs
        assert isinstance(job, Resumed) and job.folder == str(run.path)
        assert "starting…" in lab.text()
        lab.run._seq = 6
        lab.run.say(RunResumed("a.pt", 8, 2, {"device": "cpu"}))
        lab.run.say(epoch(3, 0.2))
        await lab.tick()
        assert "● running" in lab.text()
        assert "epoch 3/50" in lab.text()
        view = lab.app.watch_run.view
        assert view is not None and [ended.epoch for ended in view.history] == [1, 2, 3]


async def test_a_run_that_diverged_says_that_going_on_is_no_way_out(tmp_path: Path) -> None:
    some_runs(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("end")
        assert "resuming (g) would diverge again; ⏎ opens it, then f forks it" in " ".join(lab.text().split())


async def test_g_says_what_a_finished_run_needs(tmp_path: Path) -> None:
    run = some_runs(tmp_path)[4]
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        assert "g resume" not in "\n".join(lab.lines()[-2:])
        await lab.press("g")
        assert f"tui-lab resume {run.run_id} --epochs" in lab.text()
        assert not lab.runs


async def test_a_run_that_ends_with_the_lab_is_not_left_for_another(tmp_path: Path) -> None:
    some_runs(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        run = await lab.train()
        await lab.open_runs()
        await lab.press("enter")
        assert "stop it there first" in lab.text()
        await lab.press("escape")
        assert lab.app.watch_run.run_id == run.run_id


async def test_a_run_in_a_host_trains_on_while_another_is_looked_at(tmp_path: Path) -> None:
    some_runs(tmp_path)
    async with a_lab(root=tmp_path, outlives=True) as lab:
        run = await lab.train()
        await lab.open_runs()
        await lab.press("enter")
        await lab.settle()
        assert "✓ finished" in lab.text()
        assert not run.sent
        assert "t train" in lab.footer()


async def test_n_and_m_say_what_a_run_is(tmp_path: Path) -> None:
    run = some_runs(tmp_path)[4]
    async with a_lab(NARROW, root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("n")
        assert lab.app.screen.query_one(Input).value == "wider, no dropout"
        await lab.type("qdx[/x] best")
        await lab.press("enter")
        await lab.settle()
        assert read_label(run).name == "qdx[/x] best"
        assert "qdx[/x] best" in lab.text()
        await lab.press("m")
        await lab.type("a note")
        await lab.press("enter")
        await lab.settle()
        assert read_label(run) == Label("qdx[/x] best", "a note")
        await lab.press("n")
        await lab.type("not this")
        await lab.press("escape")
        await lab.settle()
        assert read_label(run).name == "qdx[/x] best"


async def test_a_name_that_is_too_long_is_refused_and_an_empty_one_taken_away(tmp_path: Path) -> None:
    run = some_runs(tmp_path)[4]
    async with a_lab(WIDE, root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("n")
        lab.app.screen.query_one(Input).value = "x" * 61
        await lab.press("enter")
        assert "a name can have at most 60 characters (given: 61)" in " ".join(lab.text().split())
        lab.app.screen.query_one(Input).value = ""
        await lab.press("enter")
        await lab.settle()
        assert read_label(run).name == ""
        assert "name of" in lab.text() and "removed" in lab.text()


async def test_what_is_pasted_is_made_safe(tmp_path: Path) -> None:
    run = some_runs(tmp_path)[4]
    async with a_lab(NARROW, root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("n")
        await lab.type("")
        lab.app.screen.query_one(Input).post_message(Paste("../\x1b[31m\u202ex\0\nsecond line" + "y" * 300))
        await lab.idle()
        assert "\x1b" not in lab.text()
        await lab.press("enter")
        await lab.settle()
        assert read_label(run).name == "../[31mx"


async def test_a_label_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    run = some_runs(tmp_path)[4]
    async with a_lab(WIDE, root=tmp_path) as lab:
        await lab.open_runs()
        run.label.unlink()
        run.label.mkdir()
        await lab.press("n", "x", "enter")
        await lab.settle()
        assert "cannot be written" in " ".join(lab.text().split())


async def test_d_deletes_only_what_was_confirmed(tmp_path: Path) -> None:
    runs = some_runs(tmp_path)
    async with a_lab(NARROW, root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("d")
        assert isinstance(lab.app.screen, AskScreen)
        assert "Delete wider, no dropout?" in lab.text()
        await lab.press("escape", "d", "d", "enter", "n")
        await lab.settle()
        assert len(run_ids(tmp_path)) == 5
        await lab.press("d", "y")
        await lab.settle()
        assert runs[4].run_id not in run_ids(tmp_path)
        assert len(run_ids(tmp_path)) == 4
        assert "deleted: wider, no dropout" in lab.text()
        assert "Runs · 4" in lab.text()


async def test_a_run_that_trains_is_not_deleted(tmp_path: Path) -> None:
    run = some_runs(tmp_path)[1]
    lock: RunLock = take(run)
    async with a_lab(NARROW, root=tmp_path) as lab:
        await lab.open_runs()
        assert "d delete" not in "\n".join(lab.lines()[-2:])
        await lab.press("d")
        assert "being trained by process" in " ".join(lab.text().split())
        assert not isinstance(lab.app.screen, AskScreen)
        lock.release()
        lab.app.feed.refresh()
        await lab.settle()
        lock = take(run)
        await lab.press("d", "y")
        await lab.settle()
        assert "is being trained by" in lab.text(), "it began between the look and the key"
        assert run.journal.exists()
    lock.release()


async def test_a_run_that_vanished_is_said(tmp_path: Path) -> None:
    import shutil

    runs = some_runs(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        shutil.rmtree(runs[4].path)
        await lab.press("enter")
        await lab.settle()
        assert "there is no journal" in " ".join(lab.text().split())
        assert len(names(lab)) == 4


async def test_hostile_text_is_shown_not_obeyed(tmp_path: Path) -> None:
    run = make(tmp_path, 1, "cnn", whole_run(), 1)
    text = {"format": "tui-lab.label", "version": 1, "name": HOSTILE, "note": HOSTILE}
    run.label.write_text(json.dumps(text))
    broken = create(tmp_path, experiment())
    broken.experiment_json.write_text('{"experiment": {"preset": "[/x]\\u001b[1m"}}')
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("down", "enter", "slash", *"[/x]", "enter", "d")
        assert "[/x]" in lab.text()
        assert "\x1b" not in lab.text()
        assert "\u202e" not in lab.text()


async def test_a_folder_of_which_nothing_can_be_read_is_listed_as_broken(tmp_path: Path) -> None:
    make(tmp_path, 1, "cnn", whole_run(), 1)
    broken = create(tmp_path, experiment())
    broken.experiment_json.unlink()
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("home")
        assert "? broken" in lab.text()
        assert "this run cannot be read" in lab.text()
        await lab.press("enter")
        await lab.settle()
        assert "there is no journal" in " ".join(lab.text().split())


async def test_a_run_that_was_read_under_the_help_opens_once_that_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some_runs(tmp_path)
    go = threading.Event()

    def slow(folder: RunFolder) -> Reopened:
        go.wait(60)
        return reopen(folder)

    monkeypatch.setattr("tui_lab.tui.runs.screen.reopen", slow)
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("enter", "question_mark")
        runs, over = lab.app.screen_stack[1:]
        assert isinstance(runs, RunsScreen) and isinstance(over, HelpScreen)
        go.set()
        runs.wait()
        await lab.idle()
        assert lab.app.screen is over, "the help was asked for; it is not taken down"
        await lab.press("escape")
        await lab.settle()
        assert lab.app.screen is lab.screen
        assert "» opened" in lab.text()


async def test_two_keys_that_close_a_screen_close_it_once(tmp_path: Path) -> None:
    """As they come in a burst: the second one finds the screen still there, on its way out."""
    some_runs(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        runs = lab.app.screen
        await lab.press("question_mark")
        helped = lab.app.screen
        assert isinstance(runs, RunsScreen) and isinstance(helped, HelpScreen)
        for screen in (helped, helped, runs, runs):
            screen.dismiss(None)
        await lab.idle()
        assert lab.app.screen is lab.screen


async def test_help_quit_and_the_palette_work_from_here(tmp_path: Path) -> None:
    some_runs(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("question_mark")
        assert isinstance(lab.app.screen, HelpScreen)
        await lab.press("escape", "ctrl+c")
        assert "q quits" in lab.text()
        assert any(command.title == "Help (?)" for command in lab.app.get_system_commands(lab.app.screen))
        await lab.press("q")
    assert lab.app.return_value == 0


async def test_the_first_frame_does_not_wait_for_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    monkeypatch.setattr("tui_lab.runs.index.run_index.run_ids", lambda root: [] * gate.wait(30))
    async with a_lab(root=tmp_path) as lab:
        assert "press t to train" in lab.text()
        await lab.press("r")
        assert "looking…" in lab.text()
        gate.set()
        await lab.settle()
        assert "No runs yet" in lab.text()


@pytest.mark.parametrize("size", [(20, 8), NARROW, WIDE])
async def test_a_failed_checkpoint_is_said_as_long_as_it_lasts(size: tuple[int, int]) -> None:
    async with a_lab(size) as lab:
        run: FakeClient = await lab.train(3)
        assert "checkpoint failed" not in lab.text()
        run.say(CheckpointFailed(30, "no space left on device"))
        await lab.tick()
        words = "⚠ not saved" if size == (20, 8) else "⚠ checkpoint failed"
        assert words in "\n".join(lab.lines()[-2:] if size != (20, 8) else lab.lines())
        run.epochs(4, 5)
        await lab.tick()
        assert words in lab.text()
        run.say(CheckpointSaved("a.pt", "ab", 50, 5, "due"))
        await lab.tick()
        assert words not in lab.text()


async def test_the_cursor_is_on_the_run_that_is_shown(tmp_path: Path) -> None:
    runs = some_runs(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("home", "down", "down", "enter")
        await lab.settle()
        opened = lab.app.watch_run.run_id
        await lab.open_runs()
        await lab.press("home", "escape")
        await lab.open_runs()
        assert focus(lab) == opened == runs[2].run_id


async def test_it_is_there_once_the_list_knows_of_it_though_another_one_trains(tmp_path: Path) -> None:
    runs = some_runs(tmp_path)
    with take(runs[1]):
        async with a_lab(root=tmp_path, chosen="binary") as lab:
            run = await lab.train(3)
            run.run_id = lab.app.watch_run.run_id = "20261123-101506-binary-0006"
            await lab.open_runs()
            assert focus(lab) == runs[1].run_id, "one that trains, as the one shown is not in the list yet"
            half = [*opening(), epoch(1, 0.9)]
            make(tmp_path, 6, "binary", half, 0.5)
            lab.app.feed.refresh()
            await lab.settle()
            assert focus(lab) == run.run_id
