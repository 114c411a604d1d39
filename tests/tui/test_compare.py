"""Runs over one another: which they are, their table, keys, filter; the runs are files, nothing trains."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.runs.samples import HOSTILE, epoch, opening
from tests.tui.fakes import HUGE, NARROW, WIDE, FakeTrainers, Lab, a_lab, same_as_before
from tests.tui.kept import fixed_clock, make
from tui_lab.errors import InputError
from tui_lab.protocol.codec import decode
from tui_lab.protocol.evaluation import Interval, Rival, RunsCompared
from tui_lab.protocol.events import Event, Measured, Origin, RunEnded, RunStarted
from tui_lab.protocol.two_runs import CompareRuns
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.lock import take
from tui_lab.runs.index.listing import RunLine
from tui_lab.runs.journal import journal_reader
from tui_lab.runs.journal.journal import Journal
from tui_lab.session.queries.subprocess import Query
from tui_lab.tui.compare.comparison import Comparison, companions
from tui_lab.tui.compare.screen import CompareScreen
from tui_lab.tui.runs.screen import RunsScreen
from tui_lab.tui.state.run_names import MOST

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}


@pytest.fixture(autouse=True)
def _fixed_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with fixed_clock(monkeypatch):
        yield


def run(name: str, preset: str = "binary", parent: str = "", loss: float | None = None) -> RunLine:
    return RunLine(name, name, preset, "finished", parent=parent, best_val_loss=loss)


def some_runs(root: Path, many: int = 3) -> list[RunFolder]:
    """Runs of one preset whose learning rates and losses differ; the last one is the newest."""
    found = []
    for k in range(many):
        events: list[Event] = [*opening(), *(epoch(n, (0.9 - 0.1 * k) / n) for n in range(1, 6))]
        events.append(RunEnded("finished", "done"))
        found.append(make(root, k, "binary", events, 10 - k, lr=10.0 ** -(k + 1)))
    return found


async def compare(lab: Lab) -> CompareScreen:
    screen = await lab.open_runs()
    assert isinstance(screen, RunsScreen)
    await lab.press("c")
    return await settled(lab)


async def settled(lab: Lab) -> CompareScreen:
    screen = lab.app.screen
    assert isinstance(screen, CompareScreen)
    screen.wait()
    await lab.idle()
    return screen


@pytest.mark.parametrize("name", SIZES)
async def test_runs_over_one_another(tmp_path: Path, name: str) -> None:
    some_runs(tmp_path)
    async with a_lab(SIZES[name], root=tmp_path) as lab:
        await compare(lab)
        await lab.press("down")
        same_as_before(f"compare-{name}", lab.text())


@pytest.mark.parametrize("size", [(20, 8), (40, 10), (59, 15), NARROW, (100, 30), HUGE])
async def test_it_works_in_any_size_and_shows_the_way_back(tmp_path: Path, size: tuple[int, int]) -> None:
    some_runs(tmp_path)
    async with a_lab(size, root=tmp_path) as lab:
        await compare(lab)
        await lab.press("down", "k", "space", "plus", "left_square_bracket", "m", "a", "slash", "x", "escape")
        assert all(len(line) <= size[0] for line in lab.lines())
        assert "esc back" in lab.footer()
        await lab.press("escape")
        assert isinstance(lab.app.screen, RunsScreen)


async def test_an_epoch_that_only_began_is_not_counted(tmp_path: Path) -> None:
    half = [*opening(), epoch(1, 0.9), epoch(2, 0.8), Measured(3, 10, {"loss": ((10, 0.7),)})]
    make(tmp_path, 1, "binary", [*half, RunEnded("stopped", "on request")], 1)
    async with a_lab(root=tmp_path) as lab:
        screen = await compare(lab)
        column = next(column for column in screen.runs.columns if column.title == "EPOCHS")
        assert list(column.texts.values()) == ["2"]


async def test_marked_runs_are_compared_and_no_others(tmp_path: Path) -> None:
    runs = some_runs(tmp_path, 5)
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("home", "space")
        assert lab.app.screen.run_list.place == 0, "to mark a run moves no cursor"  # type: ignore[attr-defined]
        await lab.press("down", "down", "space")
        assert lab.text().count("◆") == 2
        await lab.press("c")
        screen = await settled(lab)
        assert [entry.line.id for entry in screen.runs.entries] == [runs[4].run_id, runs[2].run_id]


async def test_one_mark_is_compared_with_the_run_in_focus_or_asks_for_another(tmp_path: Path) -> None:
    runs = some_runs(tmp_path, 5)
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("home", "space", "c")
        assert "one run is marked: mark another with space" in " ".join(lab.text().split())
        await lab.press("down", "c")
        screen = await settled(lab)
        assert [entry.line.id for entry in screen.runs.entries] == [runs[4].run_id, runs[3].run_id]


async def test_a_ninth_mark_is_refused_in_words(tmp_path: Path) -> None:
    some_runs(tmp_path, 9)
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("home", *["space", "down"] * 8, "space")
        assert f"{MOST} runs can be marked" in " ".join(lab.text().split())
        assert lab.text().count("◆") == MOST


async def test_the_filter_and_the_order_of_the_list_choose_what_is_compared(tmp_path: Path) -> None:
    runs = some_runs(tmp_path, 3)
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("slash", *"lr<=0.01", "enter", "s", "c")
        screen = await settled(lab)
        assert [entry.line.id for entry in screen.runs.entries] == [runs[2].run_id, runs[1].run_id]


async def test_the_table_is_sorted_by_its_columns(tmp_path: Path) -> None:
    some_runs(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        screen = await compare(lab)
        titles = [column.title for column in screen.runs.columns]
        assert titles[0] == "BEST LOSS" and titles[-1] == "lr"
        await lab.press("k")
        losses = [entry.view.best.val_loss for entry in screen.runs.shown if entry.view and entry.view.best]
        assert losses == sorted(losses)
        assert "BEST LOSS▾" in lab.text()
        await lab.press(*["k"] * (len(titles) - 1))
        assert "lr▾" in lab.text()
        rates = [entry.line.hyperparameters["lr"] for entry in screen.runs.shown]
        assert rates == sorted(rates)  # type: ignore[type-var]


async def test_a_filter_hides_runs_from_table_and_chart_and_says_what_it_cannot_read(tmp_path: Path) -> None:
    some_runs(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        screen = await compare(lab)
        assert len(screen.chart.data.series) == 3
        await lab.press("slash", *"lr>=0.05")
        assert len(screen.chart.data.series) == 1
        await lab.press(*"x", "enter")
        assert "must be compared with a number" in " ".join(lab.text().split())
        assert lab.app.screen.query_one(Input).value == "lr>=0.05x"
        await lab.press("escape")
        assert len(screen.chart.data.series) == 3
        await lab.press("slash", *"lr>5", "enter")
        assert "No match." in lab.text()
        await lab.press("down", "space", "enter", "k", "escape")
        assert len(screen.runs.shown) == 3


async def test_a_curve_can_be_left_out_of_the_chart(tmp_path: Path) -> None:
    some_runs(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        screen = await compare(lab)
        await lab.press("space")
        assert [line.role for line in screen.chart.data.series] == ["run2", "run3"]
        await lab.press("space")
        assert [line.role for line in screen.chart.data.series] == ["run1", "run2", "run3"]


async def test_the_cursor_is_read_in_the_table(tmp_path: Path) -> None:
    some_runs(tmp_path)
    async with a_lab(WIDE, root=tmp_path) as lab:
        screen = await compare(lab)
        await lab.press("a", "left_square_bracket")
        assert "AT CURSOR" in lab.text()
        column = next(item for item in screen.runs.columns if item.title == "AT CURSOR")
        views = {entry.line.id: entry.view for entry in screen.runs.entries}
        assert column.texts == {k: f"{v.history[-1].val_loss:.4f}" for k, v in views.items() if v is not None}


async def test_a_run_is_opened_in_the_lab(tmp_path: Path) -> None:
    runs = some_runs(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        screen = await compare(lab)
        await lab.press("down", "enter")
        screen.wait()
        await lab.idle()
        assert lab.app.screen is lab.screen
        assert lab.app.watch_run.run_id == runs[1].run_id


async def test_the_lab_compares_the_run_it_shows(tmp_path: Path) -> None:
    runs = some_runs(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("enter")
        await lab.settle()
        await lab.press("c")
        while lab.app.screen is lab.screen:
            await lab.pilot.pause(0.02)
        screen = await settled(lab)
        assert screen.runs.entries[0].line.id == runs[2].run_id
        assert len(screen.runs.entries) == 3
        await lab.press("c")
        assert lab.app.screen is lab.screen


async def test_a_run_that_cannot_be_read_says_so_in_its_row(tmp_path: Path) -> None:
    runs = some_runs(tmp_path)
    async with a_lab(WIDE, root=tmp_path) as lab:
        await lab.open_runs()
        runs[1].journal.unlink()
        await lab.press("c")
        screen = await settled(lab)
        assert "unreadable" in lab.text()
        await lab.press("down")
        assert "no journal" in " ".join(lab.text().split())
        assert len(screen.chart.data.series) == 2


async def test_hostile_names_are_shown_not_obeyed(tmp_path: Path) -> None:
    runs = some_runs(tmp_path)
    text = {"format": "tui-lab.label", "version": 1, "name": HOSTILE, "note": HOSTILE}
    runs[0].label.write_text(json.dumps(text))
    async with a_lab(WIDE, root=tmp_path) as lab:
        await compare(lab)
        await lab.press("end", "down", "down")
        assert "\x1b" not in lab.text() and "\u202e" not in lab.text()


def test_a_run_is_compared_with_what_was_marked() -> None:
    lines = [run("a"), run("b", "cnn"), run("c")]
    assert [line.id for line in companions("a", lines, {"b"})] == ["a", "b"]


def test_a_run_is_compared_with_its_family() -> None:
    lines = [run("d", parent="a"), run("c", parent="a"), run("b"), run("a")]
    assert [line.id for line in companions("a", lines)] == ["a", "d", "c"]
    assert [line.id for line in companions("c", lines)] == ["c", "d", "a"]


def test_a_run_without_a_family_is_compared_with_its_like() -> None:
    lines = [run("c"), run("b", "cnn"), run("a")]
    assert [line.id for line in companions("a", lines)] == ["a", "c"]
    assert [line.id for line in companions(None, lines)] == ["c", "b", "a"]
    assert companions("a", []) == []
    assert len(companions("0", [run(str(k)) for k in range(20)])) == MOST


def test_the_focus_stays_on_its_run() -> None:
    runs = Comparison([run("a", loss=0.3), run("b", loss=0.1)])
    runs.move(1)
    runs.filter("best_val_loss<0.2")
    assert runs.chosen is not None and runs.chosen.line.id == "b"
    with pytest.raises(InputError):
        runs.filter("best_val_los<0.2")
    assert len(runs.shown) == 1


def test_names_that_several_have_get_the_end_of_the_id() -> None:
    runs = Comparison(
        [RunLine("x-3f2a", "x-3f2a", "cnn", "finished"), RunLine("x-77aa", "x-77aa", "cnn", "finished")]
    )
    assert [runs.name_of(entry) for entry in runs.entries] == ["cnn 3f2a", "cnn 77aa"]


async def test_a_fork_says_of_which_run(tmp_path: Path) -> None:
    first, *rest = opening()
    assert isinstance(first, RunStarted)
    forked = replace(first, origin=Origin("20261123-101501-binary-0001", 4, 1))
    make(tmp_path, 2, "binary", [forked, *rest, epoch(2, 0.9), RunEnded("finished", "done")], 1)
    async with a_lab(WIDE, root=tmp_path) as lab:
        await lab.open_runs()
        assert "a fork of 20261123-101501-binary-0001" in " ".join(lab.text().split())


async def test_a_run_that_trains_is_read_on_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make(tmp_path, 1, "binary", [*opening(), epoch(1), epoch(2)], 1)
    with take(run):
        async with a_lab(WIDE, root=tmp_path) as lab:
            screen = await compare(lab)
            (entry,) = screen.runs.entries
            assert entry.line.status == "running"
            decoded: list[bytes] = []
            monkeypatch.setattr(journal_reader, "decode", lambda text: decoded.append(text) or decode(text))
            with Journal.open(run.journal) as journal:
                decoded.clear()
                journal.append(epoch(3))
            screen.wait()  # a timer may have begun to read just before
            screen.read_on()
            await settled(lab)
            assert entry.view is not None and entry.view.epoch == 3
            assert {json.loads(text)["seq"] for text in decoded} == {len(opening()) + 3}


async def test_b_says_whether_the_selected_run_is_better_or_lucky(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Query] = []
    outcome = ["unclear", "network", "rival", "unclear"]

    def ask(question: Query, kind: object) -> RunsCompared:
        asked.append(question)
        better = outcome[len(asked) - 1]
        score, gap = Interval(0.93, 0.88, 0.97), Interval(-0.02, -0.05, 0.01)
        only = (0, 0) if len(asked) > 3 else (3, 5)
        rival = Rival("run", "x", {"accuracy": score}, {"accuracy": gap}, *only, 0.727, better)  # type: ignore[arg-type]
        return RunsCompared("test", 100, "accuracy", "", {"accuracy": score}, rival)

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(ask))
    runs = some_runs(tmp_path)
    async with a_lab(WIDE, root=tmp_path) as lab:
        await compare(lab)
        await lab.press("down", "b")
        await settled(lab)
        text = " ".join(lab.text().split())
        assert "too close to tell which is better, on 100 test rows: acc 0.930 and 0.930" in text
        assert (
            "only the first is right on 3, only the second on 5: by chance alone with probability 0.73"
            in text
        )
        command = asked[0].command
        assert isinstance(command, CompareRuns)
        assert (Path(str(asked[0].run)).name, Path(command.other).name) == (
            runs[1].run_id,
            runs[2].run_id,
        ), "the best of the others"
        for words in ("is better than", "is worse than", "are right and wrong on the same of the 100"):
            await lab.press("b")
            await settled(lab)
            assert words in " ".join(lab.text().split())


async def test_b_without_another_run_or_with_one_that_trains_says_so(tmp_path: Path) -> None:
    some_runs(tmp_path / "alone", 1)
    async with a_lab(NARROW, root=tmp_path / "alone") as lab:
        await compare(lab)
        await lab.press("b")
        assert "no other run" in lab.text()
    some_runs(tmp_path / "two", 1)
    going = make(tmp_path / "two", 5, "binary", [*opening(), epoch(1, 0.5)], 1)
    with take(going):
        async with a_lab(NARROW, root=tmp_path / "two") as lab:
            await compare(lab)
            await lab.press("b")
            assert "test split is for the end" in " ".join(lab.text().split())
