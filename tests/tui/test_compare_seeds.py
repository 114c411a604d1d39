"""Runs that differ by the seed only, as one row and one curve of the comparison; nothing trains."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.runs.samples import HOSTILE, epoch, opening
from tests.tui.fakes import HUGE, NARROW, WIDE, Lab, a_lab, same_as_before
from tests.tui.kept import fixed_clock, make
from tests.tui.test_compare import compare, settled
from tui_lab.experiment.split import Split
from tui_lab.protocol.events import Event, RunEnded, Tested
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.labels import Label, write_label
from tui_lab.tui.chart.curves.epoch_series import Track
from tui_lab.tui.chart.curves.frame import Frame
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.chart.curves.series import Series
from tui_lab.tui.chart.drawing.plot import draw
from tui_lab.tui.chart.group_series import POINTS, group_curves, grouped_data, value_between
from tui_lab.tui.compare.table import rest_of

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}
SEEDS = 4
BEST = [(0.9 - 0.1 * k) / 6 for k in range(SEEDS)]


@pytest.fixture(autouse=True)
def _fixed_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with fixed_clock(monkeypatch):
        yield


def series_of_seeds(root: Path, epochs: int = 6) -> list[RunFolder]:
    """Four seeds, and two more with another learning rate."""
    found = []
    for k in range(SEEDS + 2):
        losses = [(0.9 - 0.1 * k) / n for n in range(1, epochs + 1)]
        events: list[Event] = [*opening(), *(epoch(n, loss) for n, loss in enumerate(losses, 1))]
        events += [Tested(epochs, {"loss": 0.5 + k, "accuracy": 0.8 + 0.02 * k}), RunEnded("finished", "")]
        hyper = {"seed": k} if k < SEEDS else {"seed": k, "lr": 0.5}
        found.append(make(root, k, "binary", events, 10 - k, **hyper))
        if k < SEEDS:
            write_label(found[-1], Label(f"wide seed {k}"))
    return found


async def grouped(lab: Lab) -> None:
    await compare(lab)
    await lab.press("g")


@pytest.mark.parametrize("name", SIZES)
async def test_groups_are_rows_with_mean_and_deviation(tmp_path: Path, name: str) -> None:
    series_of_seeds(tmp_path)
    async with a_lab(SIZES[name], root=tmp_path) as lab:
        await compare(lab)
        same_as_before(f"compare-single-seeds-{name}", lab.text())
        await lab.press("g", "down")
        same_as_before(f"compare-seeds-{name}", lab.text())


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_folds_are_a_group_too(tmp_path: Path, size: tuple[int, int]) -> None:
    for k in range(3):
        ended: list[Event] = [epoch(1, 0.3 + 0.1 * k), RunEnded("finished", "")]
        run = make(tmp_path, k, "binary", [*opening(), *ended], 9 - k, Split(folds=4, fold=k))
        write_label(run, Label(f"wide fold {k + 1} of 4"))
    async with a_lab(size, root=tmp_path) as lab:
        screen = await compare(lab)
        await lab.press("g")
        (row,) = screen.runs.shown
        assert screen.runs.name_of(row) == "wide, 3 of 4 folds"
        text = lab.text()
        assert "0.4000 ± 0.1000" in text
        assert "wide, 3 of 4 folds  folds 1 to 3 of 4, each validated on its own rows" in text


@pytest.mark.parametrize("size", [(20, 8), (40, 10), (59, 15), NARROW, (100, 30), HUGE])
async def test_groups_fit_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    runs = series_of_seeds(tmp_path)
    write_label(runs[0], Label("x" * 60))
    async with a_lab(size, root=tmp_path) as lab:
        await grouped(lab)
        await lab.press("k", "k", "plus", "left_square_bracket", "m", "down", "space", "g", "g")
        assert all(len(line) <= size[0] for line in lab.lines())
        assert "esc back" in lab.footer()


async def test_the_row_of_a_group_is_that_of_numpy(tmp_path: Path) -> None:
    series_of_seeds(tmp_path)
    async with a_lab(HUGE, root=tmp_path) as lab:
        screen = await compare(lab)
        assert [len(screen.runs.in_row(row)) for row in screen.runs.shown] == [1] * 6
        await lab.press("g")
        rows = {screen.runs.name_of(row): row.line.id for row in screen.runs.shown}
        assert list(rows) == ["binary, 2 seeds", "wide, 4 seeds"]
        columns = {column.title: column for column in screen.runs.columns}
        stands_for = rows["wide, 4 seeds"]
        told = {title: column.texts[stands_for] for title, column in columns.items()}
        assert told["BEST LOSS"] == f"{np.mean(BEST):.4f} ± {np.std(BEST, ddof=1):.4f}"
        assert told["TEST ACC"] == "0.830 ± 0.026"
        assert (told["seed"], told["EPOCHS"]) == ("0 to 3", "6")
        assert columns["TEST ACC"].keys[rows["binary, 2 seeds"]] < columns["TEST ACC"].keys[stands_for]
        assert columns["lr"].texts[rows["binary, 2 seeds"]] == "0.5"
        assert len(screen.chart.data.series) == 4
        assert [line.role for line in screen.chart.data.series][:2] == ["raw", "raw"]
        await lab.press("g")
        assert len(screen.runs.shown) == len(screen.chart.data.series) == 6


async def test_the_selected_run_stays_selected_with_its_group(tmp_path: Path) -> None:
    series_of_seeds(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        screen = await compare(lab)
        await lab.press("down", "down", "down", "down")
        assert screen.runs.chosen is not None and screen.runs.name_of(screen.runs.chosen) == "wide seed 1"
        await lab.press("g")
        assert screen.runs.name_of(screen.runs.chosen) == "wide, 4 seeds"
        await lab.press("k")
        assert screen.runs.name_of(screen.runs.chosen) == "wide, 4 seeds"
        assert screen.runs.name_of(screen.runs.shown[0]) == "binary, 2 seeds"


async def test_another_run_stays_selected_though_the_order_of_the_rows_changes(tmp_path: Path) -> None:
    series_of_seeds(tmp_path)
    between = [
        *opening(),
        epoch(1, 0.11),
        RunEnded("finished", ""),
    ]  # the best of the four seeds, and their mean
    make(tmp_path, 6, "binary", between, 1, lr=0.25)
    async with a_lab(root=tmp_path) as lab:
        screen = await compare(lab)
        await lab.press("k")
        while screen.runs.chosen is None or screen.runs.chosen.line.hyperparameters["lr"] != 0.25:
            await lab.press("down")
        for names in (["binary, 2 seeds", "binary 0006", "wide, 4 seeds"], []):
            await lab.press("g")
            assert screen.runs.chosen.line.hyperparameters["lr"] == 0.25
            assert not names or [screen.runs.name_of(row) for row in screen.runs.shown] == names


async def test_a_group_stays_selected_when_the_run_that_stood_for_it_is_left_out(tmp_path: Path) -> None:
    series_of_seeds(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        screen = await compare(lab)
        await lab.press("g", "down")
        screen.runs.filter("seed!=3")
        assert screen.runs.chosen is not None and screen.runs.name_of(screen.runs.chosen) == "wide, 3 seeds"
        assert screen.runs.place == 1


async def test_figures_of_a_group_are_left_out_whole_if_there_is_no_room(tmp_path: Path) -> None:
    series_of_seeds(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        screen = await compare(lab)
        await lab.press("g")
        lines = ["".join(text for text, _ in each) for each in rest_of(screen.runs, 60, 2)]
        assert len(lines) <= 4
        assert lines[-1].endswith(")")


async def test_a_filter_leaves_out_runs_of_a_group(tmp_path: Path) -> None:
    series_of_seeds(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        screen = await compare(lab)
        await lab.press("g", "slash", *"seed<=1", "enter")
        assert [screen.runs.name_of(row) for row in screen.runs.shown] == ["wide, 2 seeds"]
        await lab.press("slash", *["backspace"] * 7, *"seed=0", "enter")
        assert screen.runs.groups == {}
        assert [screen.runs.name_of(row) for row in screen.runs.shown] == ["wide seed 0"]
        await lab.press("g")
        assert not screen.runs.grouped


async def test_without_a_group_the_key_says_so(tmp_path: Path) -> None:
    series_of_seeds(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("slash", *"seed=0", "enter", "c")
        assert "g seeds" not in lab.footer()
        await lab.press("g")
        assert "no two of these runs" in " ".join(lab.text().split())


async def test_a_group_is_neither_opened_nor_judged(tmp_path: Path) -> None:
    series_of_seeds(tmp_path)
    async with a_lab(root=tmp_path) as lab:
        await grouped(lab)
        screen = lab.app.screen
        assert "g seeds" in lab.footer()
        await lab.press("enter")
        assert "this row is a group of runs" in " ".join(lab.text().split())
        await lab.press("b")
        assert "two runs can be judged, not groups" in " ".join(lab.text().split())
        assert lab.app.screen is screen


async def test_the_cursor_reads_the_spread_too(tmp_path: Path) -> None:
    series_of_seeds(tmp_path)
    async with a_lab(HUGE, root=tmp_path) as lab:
        await grouped(lab)
        await lab.press("a", "left_square_bracket")
        screen = await settled(lab)
        column = next(column for column in screen.runs.columns if column.title == "AT CURSOR")
        group = next(group for group in screen.runs.groups.values() if len(group.runs) == SEEDS)
        stands_for = next(run_id for run_id, each in screen.runs.groups.items() if each is group)
        assert column.texts[stands_for] == f"{np.mean(BEST):.4f} ± {np.std(BEST, ddof=1):.4f}"


async def test_hostile_names_of_a_group_are_shown_not_obeyed(tmp_path: Path) -> None:
    for run in series_of_seeds(tmp_path):
        run.label.write_text(f'{{"format": "tui-lab.label", "version": 1, "name": {HOSTILE!r}, "note": ""}}')
    async with a_lab(WIDE, root=tmp_path) as lab:
        await grouped(lab)
        assert "\x1b" not in lab.text() and "\u202e" not in lab.text()


def line(xs: list[float], ys: list[float]) -> Track:
    """A track with these points at steps."""
    track = Track()
    track.ends.extend(ys, lambda k: (xs[k], xs[k], xs[k]))
    return track


def test_the_mean_is_that_of_the_runs_and_ends_with_the_first() -> None:
    tracks = [line([1, 2, 3], [1.0, 2.0, 3.0]), line([1, 2], [3.0, 6.0])]
    band, mean = group_curves(tracks, Lens(), "run1", 102)
    assert (list(mean.x), list(mean.y)) == ([1, 2], [2.0, 4.0])
    lows, highs = list(zip(band.x, band.y, strict=True))[::2], list(zip(band.x, band.y, strict=True))[1::2]
    assert len(lows) == len(highs) == 101
    assert (lows[0], lows[50], lows[-1]) == ((1, 1.0), (1.5, 1.5), (2, 2.0))
    assert (highs[0], highs[50], highs[-1]) == ((1, 3.0), (1.5, 4.5), (2, 6.0))


def test_a_band_is_made_for_what_is_seen() -> None:
    tracks = [line([1, 100], [1.0, 1.0]), line([1, 100], [2.0, 2.0])]
    band, _ = group_curves(tracks, Lens(window=(10.0, 200.0)), "run1", 80)
    assert (band.x[0], band.x[-1], len(band.x)) == (10.0, 100.0, 158)
    band, _ = group_curves(tracks, Lens(log_x=True), "run1", 80)
    assert band.x[78] == pytest.approx(10)
    band, _ = group_curves(tracks, Lens(window=(200.0, 300.0)), "run1", 80)
    assert list(band.x) == []


@pytest.mark.parametrize("width", [60, 80, 101, 118, 133, 200])
def test_no_column_of_a_band_is_thin(width: int) -> None:
    xs = [float(k) for k in range(1, 7)]
    tracks = [line(xs, [6 / x for x in xs]), line(xs, [3 + 6 / x for x in xs])]
    rows = draw(Frame(grouped_data([(tracks, "run1")], Lens(whole=True), width), width, 30, False)).rows
    text = ["".join(part for part, _ in row) for row in rows[:-2]]
    axis = next(row.index("│") for row in text if "│" in row)
    text = [row for row in text if row[axis] in "│┤"]
    inked = [sum(not row[column].isspace() for row in text) for column in range(axis + 1, width)]
    first = next(k for k, cells in enumerate(inked) if cells)
    assert min(inked[first:-1]) >= 6


def test_runs_with_other_steps_are_read_between_their_points() -> None:
    tracks = [line([2, 4, 6], [1.0, 1.0, 1.0]), line([3, 6], [3.0, 6.0])]
    _, mean = group_curves(tracks, Lens(), "run1", 80)
    assert (list(mean.x), list(mean.y)) == ([4, 6], [2.5, 3.5])
    assert value_between(Series("", [3, 6], [3.0, 6.0]), 3) == 3.0


def test_a_missing_value_leaves_a_gap_and_one_run_is_its_curve() -> None:
    tracks = [line([1, 2, 3], [1.0, 1.0, 1.0]), line([1, 2, 3], [1.0, float("nan"), 3.0])]
    band, mean = group_curves(tracks, Lens(), "run1", 80)
    assert np.isnan(mean.y[1]) and mean.y[2] == 2.0
    assert band.y[-1] == 3.0 and np.isnan(band.y[80]) and np.isnan(band.y[81])
    (alone,) = group_curves([*tracks[:1], line([], [])], Lens(), "run2", 80)
    assert (alone.role, list(alone.y)) == ("run2", [1.0, 1.0, 1.0])
    assert group_curves([line([1], [1.0]), line([2], [1.0])], Lens(), "run1", 80) == []


def test_a_long_run_has_a_bounded_mean() -> None:
    xs = [float(k) for k in range(1, 4001)]
    _, mean = group_curves([line(xs, xs), line(xs, xs)], Lens(), "run1", 80)
    assert POINTS <= len(mean.x) <= 2 * POINTS
