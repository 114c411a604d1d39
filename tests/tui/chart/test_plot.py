"""Pictures as rows of text."""

from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui_lab.tui.chart.curves.frame import Baseline, ChartData, DrawnChart, Frame, Mark
from tui_lab.tui.chart.curves.series import Series
from tui_lab.tui.chart.drawing.plot import draw

SIZES = [(20, 8), (40, 10), (56, 16), (80, 24), (120, 40), (200, 60)]
STEPS = list(range(1, 201))
TRAIN = Series("train", STEPS, [1 / (1 + step / 20) + 0.1 * (step % 3) for step in STEPS])
VAL = Series("val", STEPS[19::20], [0.9 - 0.07 * k for k in range(10)], "val")
RUN = ChartData(
    series=(TRAIN, VAL),
    marks=(Mark(140, "best 7", 0.48),),
    baseline=Baseline(0.693, "baseline"),
)


def check(picture: DrawnChart, width: int, height: int) -> list[str]:
    rows = picture.text()
    assert [cell_len(row) for row in rows] == [width] * height
    return rows


def styles(picture: DrawnChart) -> set[str]:
    return {style for row in picture.rows for text, style in row if text.strip()}


def text_of(picture: DrawnChart, style: str) -> str:
    return "".join(text for row in picture.rows for text, found in row if found == style)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_run_shows_all_its_parts_at_every_size(width: int, height: int) -> None:
    picture = draw(Frame(RUN, width, height))
    check(picture, width, height)
    assert {"train", "val", "best", "baseline", "axis"} <= styles(picture)


def test_a_picture_read_as_text() -> None:
    rows = check(draw(Frame(RUN, 60, 16)), 60, 16)
    assert rows[0].startswith("loss  ── val  ── train  ★ best 7  ╌╌ baseline")
    assert rows[-2].startswith("    └┬─")
    assert rows[-1].split() == ["step", "0", "50", "100", "150", "200"]
    labels = [row[:4].strip() for row in rows[1:-2] if row[:4].strip()]
    assert labels == ["1.0", "0.5", "0"]
    assert all(row[4] in "│┤" for row in rows[1:-2])


@pytest.mark.parametrize(
    ("limits", "gap", "passes"),
    [((11, 12), False, True), ((11, 12), True, False), ((21, 22), False, False), ((-3, -2), False, False)],
)
def test_a_line_passes_through_a_window_without_points(
    limits: tuple[float, float], gap: bool, passes: bool
) -> None:
    line = Series("val", [0, 10, 15, 20] if gap else [0, 10, 20], [1, 2, nan, 3] if gap else [1, 2, 3], "val")
    rows = draw(Frame(ChartData(series=(line,), x_limits=limits, hint="hint"), 60, 12)).text()
    assert any("hint" in row for row in rows) is not passes


def test_ticks_stand_where_the_data_is() -> None:
    data = ChartData(series=(Series("val", [0, 100], [0, 1], "val"),))
    rows = draw(Frame(data, 60, 16)).text()
    left, right = rows[-2].index("┬"), rows[-2].rindex("┬")
    assert rows[-3][left] == rows[1][right] == "●"


@pytest.mark.parametrize("count", [1, 2, 100_000])
def test_few_points_and_many(count: int) -> None:
    x = list(range(count))
    data = ChartData(series=(Series("train", x, [1 + (k % 7) / 7 for k in x]),))
    picture = draw(Frame(data, 80, 24))
    check(picture, 80, 24)
    assert text_of(picture, "train").strip("─ ")


def test_no_points_show_the_hint() -> None:
    rows = check(draw(Frame(ChartData(hint="Press t to train."), 40, 10)), 40, 10)
    assert "Press t to train." in rows[4] + rows[5]
    assert sum(bool(row.strip()) for row in rows) == 1


@pytest.mark.parametrize("bad", [nan, inf, -inf])
def test_after_a_value_that_is_none_the_line_has_a_gap(bad: float) -> None:
    y = [0.5] * 40 + [bad] * 20 + [0.5] * 40
    picture = draw(Frame(ChartData(series=(Series("t", range(100), y),)), 108, 16))
    check(picture, 108, 16)
    line = next(row for row in picture.text()[1:-2] if "⠤⠤" in row or "⠒⠒" in row or "⣀" in row)
    canvas = line.split("│")[-1].split("┤")[-1]
    assert canvas[:38].strip() and canvas[62:95].strip()
    assert canvas[42:58].isspace()


def test_only_bad_values_show_the_hint() -> None:
    data = ChartData(series=(Series("train", [0, 1], [nan, inf]),), hint="nothing yet")
    assert "nothing yet" in "".join(draw(Frame(data, 40, 10)).text())


def test_a_diverged_loss_keeps_labels_in_the_margin() -> None:
    y = [0.7 * 2.0**k for k in range(300)]
    rows = check(draw(Frame(ChartData(series=(Series("t", range(300), y),)), 60, 16)), 60, 16)
    assert rows[1][:8].strip().endswith("e89┤")


def test_a_log_axis_counts_what_it_hides() -> None:
    data = ChartData(series=(Series("t", [1, 2, 3], [0.0, 0.1, 10.0]),), log_y=True)
    rows = draw(Frame(data, 60, 16)).text()
    assert "1 point hidden (≤ 0)" in rows[0]
    assert [row.split("┤")[0].strip() for row in rows if "┤" in row] == [
        "10",
        "3",
        "1",
        "0.3",
        "0.1",
    ]
    none = replace(data, series=(Series("t", [1, 2], [0.0, -1.0]),))
    assert "2 points hidden (≤ 0)" in "".join(draw(Frame(none, 60, 16)).text())


@pytest.mark.parametrize("log_y", [False, True])
def test_the_axis_is_for_what_counts_not_for_what_blew_up_and_was_undone(log_y: bool) -> None:
    data = replace(RUN, baseline=None, log_y=log_y)
    window = draw(Frame(data, 80, 24)).window
    blown = Series("", range(100, 160), [2.0 ** (k / 2) for k in range(60)], "gone", fits=False)
    picture = draw(Frame(replace(data, series=(blown, *data.series)), 80, 24))
    assert window is not None and picture.window is not None
    assert picture.window.y[1] <= 5 * window.y[1] and picture.window.y[0] == window.y[0]
    assert "gone" in styles(picture), "what is near is seen"
    alone = draw(Frame(replace(data, series=(blown,)), 80, 24)).window
    assert alone is not None and alone.y[1] > 1e8, "where there is nothing else the axis is for it"


def test_the_best_epoch_has_a_star_on_its_line() -> None:
    rows = draw(Frame(RUN, 80, 24)).text()[1:]
    row = next(k for k, text in enumerate(rows) if "★" in text)
    column = rows[row].index("★")
    assert "┊" in {text[column] for text in rows[row + 1 : -2]}
    assert "┊" not in {text[column] for text in rows[:row]}


def test_an_edit_has_its_label_at_the_head_of_its_line() -> None:
    data = replace(RUN, marks=(Mark(100, "lr 1e-3", role="edit"),))
    picture = draw(Frame(data, 80, 24))
    assert "┊lr 1e-3" in picture.text()[1]
    assert "lr 1e-3" not in picture.text()[0]


def test_before_the_first_epoch_has_ended_x_has_ticks_between() -> None:
    early = ChartData((Series("train", [0.02, 0.1, 0.31], [3, 2, 1]),), x_label="epoch")
    assert len(draw(Frame(early, 80, 24)).text()[-1].split()) > 2
    later = ChartData((Series("train", [1, 2], [3, 2]),), x_label="epoch")
    assert draw(Frame(later, 80, 24)).text()[-1].split() == ["epoch", "0", "1", "2"]


def head(*edits: tuple[float, str]) -> str:
    """The first row of the canvas."""
    data = replace(RUN, marks=tuple(Mark(x, label, role="edit") for x, label in edits))
    return draw(Frame(data, 80, 24)).text()[1]


def test_the_label_of_an_edit_is_seen_over_the_losses_of_single_steps() -> None:
    steps = Series("steps", range(200), [float(k % 2) for k in range(200)], "raw")
    data = ChartData((steps, Series("training", [10, 190], [0.6, 0.4])), (Mark(100, "lr 0.01", role="edit"),))
    for mono in (False, True):
        assert "lr 0.01" in "\n".join(draw(Frame(data, 60, 16, mono)).text())


def test_labels_keep_a_blank_from_each_other_and_from_lines_that_are_not_theirs() -> None:
    row = head((100, "grad_clip 1"), (133, "grad_clip 0.5"))
    assert "┊grad_clip 1" in row or "grad_clip 1┊" in row
    assert "1┊g" not in row
    for text in ("optimizer adamw", "gamma 0.55"):
        assert "adamwgamma" not in head((100, "optimizer adamw"), (128, text), (160, "gamma 0.55"))
    close = head((100, "lr 1"), (116, "lr 0.5"))
    assert "lr 1 ┊lr 0.5 " in close, close


def test_what_the_coach_says_is_readable_beside_an_edit() -> None:
    marks = (Mark(100, "lr 0.01", role="edit"), Mark(100.1, "dead units", role="advice"))
    top = draw(Frame(replace(RUN, marks=marks), 80, 24)).text()
    assert any("┊dead units " in row for row in top) and not any("advices" in row for row in top)


def test_edits_in_one_column_have_one_label() -> None:
    assert "┊lr 0.5 " in head((100, "lr 1"), (100, "lr 2"), (100, "lr 0.5"))
    row = head((100, "lr 1"), (100, "gamma 0.5"), (100, "beta2 0.9"))
    assert "┊3 edits " in row
    assert "gamma" not in row


@pytest.mark.parametrize(("level", "arrow"), [(50.0, "↑"), (-50.0, "↓")])
def test_a_baseline_far_away_is_pointed_at(level: float, arrow: str) -> None:
    picture = draw(Frame(replace(RUN, baseline=Baseline(level, "mean")), 80, 24))
    assert f"mean {arrow}" in picture.text()[0]
    assert text_of(picture, "baseline").strip() == "╌╌"


def test_a_baseline_nearby_widens_the_axis() -> None:
    data = replace(RUN, baseline=Baseline(1.5, "mean"))
    assert text_of(draw(Frame(data, 80, 24)), "baseline").count("╌") > 40


def test_without_colour_the_curves_differ_in_shape() -> None:
    picture = draw(Frame(RUN, 80, 24, mono=True))
    train, val = text_of(picture, "train"), text_of(picture, "val")
    assert set(train) & set(val) <= {" "}
    assert {char for char in val if char != " "} == {"●"}
    assert "●● val  ⠒⠒ train" in picture.text()[0]


def canvas(picture: DrawnChart) -> list[list[tuple[str, str]]]:
    """The cells right of the y axis, under the legend and above the x axis, each with its style."""
    found = []
    for row in picture.rows[1:-2]:
        cells = [(char, style) for text, style in row for char in text]
        edge = max(k for k, (char, _) in enumerate(cells) if char in "│┤")
        found.append(cells[edge + 1 :])
    return found


@pytest.mark.parametrize("mono", [False, True])
def test_of_two_curves_in_the_same_cells_neither_is_hidden(mono: bool) -> None:
    flat = [Series(role, [0, 1], [1, 1], role) for role in ("train", "val")]
    picture = draw(Frame(ChartData(series=tuple(flat), x_limits=(0, 1)), 60, 16, mono=mono))
    line = next(row for row in canvas(picture) if "val" in {style for _, style in row})
    shown = [style for _, style in line[1:-1]]  # at the ends are the dots of validation's epochs
    assert shown == ["train" if style == "train" else "val" for style in shown], "no gap"
    assert all(set(shown[k : k + 3]) == {"train", "val"} for k in range(len(shown) - 3))
    glyphs = {style: {char for char, found in line[1:-1] if found == style} for style in ("train", "val")}
    assert not mono or not glyphs["train"] & glyphs["val"], "without colour the glyph tells which it is"


def test_where_curves_share_a_cell_the_dots_of_both_are_there() -> None:
    flat = [Series("a", [0, 1], [0.0, 0.0], "train"), Series("b", [0, 1], [0.03, 0.03], "val")]
    data = ChartData(series=(*flat, Series("", [0, 1], [1.0, 1.0], "gone")), x_limits=(0, 1))

    def dots(*series: Series) -> list[int]:
        row = canvas(draw(Frame(replace(data, series=(*series, data.series[-1])), 60, 16)))[-1]
        return [ord(char) - 0x2800 for char, _ in row[2:-2]]

    one, other, both = dots(flat[0]), dots(flat[1]), dots(*flat)
    assert one != other
    assert both == [a | b for a, b in zip(one, other, strict=True)]


def test_single_steps_lie_behind_and_hide_nothing() -> None:
    noise = Series("steps", range(500), [0.1 + 0.8 * (k % 2) for k in range(500)], "raw")
    mean = Series("train", range(0, 500, 10), [0.5] * 50, "train")
    for mono in (False, True):
        data = ChartData(series=(noise, mean))
        with_noise = canvas(draw(Frame(data, 80, 24, mono=mono)))
        assert sum(style == "raw" for row in with_noise for _, style in row) > 300
        line = next(row for row in with_noise if sum(style == "train" for _, style in row) > 50)
        assert {style for _, style in line[:70]} == {"train"}


def test_the_axis_is_for_the_curves_as_they_are_now_and_counts_what_it_cuts_off() -> None:
    y = [2 * 0.8**k + 0.02 for k in range(60)]
    steps = Series(
        "steps", [k / 4 for k in range(240)], [2 * 0.8 ** (k / 4) + 0.03 for k in range(240)], "raw"
    )
    data = ChartData(series=(steps, Series("val", range(60), y, "val")))
    picture = draw(Frame(data, 80, 24))
    assert picture.window is not None and picture.window.y[1] < 0.3
    high = picture.window.y[1]
    cut = sum(value > high for series in data.series for value in series.y)
    assert cut > 10 and f"{cut} points above" in picture.text()[0]
    whole = draw(Frame(replace(data, whole=True), 80, 24))
    assert whole.window is not None and whole.window.y[1] >= 2.03
    assert "above" not in whole.text()[0]


def test_the_latest_validation_is_on_the_axis_whatever_it_is() -> None:
    y = [0.02] * 30 + [10.9]
    window = draw(Frame(ChartData(series=(Series("val", range(31), y, "val"),)), 80, 24)).window
    assert window is not None and window.y[1] >= 10.9


def test_what_was_discarded_moves_no_axis() -> None:
    gone = Series("", range(150, 900), [5e3] * 750, "gone", fits=False)
    plain, with_gone = (draw(Frame(data, 80, 24)) for data in (RUN, replace(RUN, series=(gone, *RUN.series))))
    assert plain.window == with_gone.window


@pytest.mark.parametrize("height", [8, 11, 24, 40])
def test_no_loss_lies_below_the_tick_of_zero(height: int) -> None:
    data = ChartData(
        series=(Series("val", range(30), [1 / (k + 1) ** 4 for k in range(30)], "val"),), whole=True
    )
    picture = draw(Frame(data, 80, height))
    row = next(k for k, text in enumerate(picture.text()) if text.lstrip().startswith("0┤"))
    dots = [ord(char) - 0x2800 for char, style in canvas(picture)[row - 1] if style == "val"]
    assert dots and not any(dot & 0b11000000 for dot in dots), "the tick is drawn in the middle of its row"
    assert row == height - 3, "and the row is the last"


def test_the_star_is_in_the_cell_of_its_point() -> None:
    for height in (9, 11, 24):
        for k in range(5, 55, 3):
            y = [0.5 + 0.4 * abs(place - k) / 55 for place in range(60)]
            data = ChartData(series=(Series("val", range(60), y, "val"),))
            plain = canvas(draw(Frame(data, 80, height)))
            starred = canvas(draw(Frame(replace(data, marks=(Mark(k, "best", y[k]),)), 80, height)))
            places = [
                (c, r) for r, row in enumerate(starred) for c, (char, _) in enumerate(row) if char == "★"
            ]
            assert len(places) == 1
            ((column, row),) = places
            assert plain[row][column][1] == "val"


def test_zoom_shows_the_window_asked_for() -> None:
    data = replace(RUN, x_limits=(50, 100), y_limits=(0.2, 0.4))
    picture = draw(Frame(data, 80, 24))
    assert picture.window is not None
    assert (picture.window.x, picture.window.y) == ((50, 100), (0.2, 0.4))
    assert "train" in styles(picture)


def test_senseless_limits_are_passed_over() -> None:
    for limits in ((1.0, 1.0), (2.0, 1.0), (nan, 1.0), (0.0, inf), (-1.0, 1.0)):
        data = replace(RUN, x_limits=limits, y_limits=limits, log_x=True, log_y=True)
        window = draw(Frame(data, 80, 24)).window
        assert window is not None and limits not in (window.x, window.y)


def test_the_window_given_back_keeps_the_axes_still() -> None:
    short = replace(RUN, series=(Series("t", [1, 2], [0.3, 1.9]),), baseline=None)
    first = draw(Frame(short, 80, 24)).window
    lower = replace(short, series=(Series("t", [1, 2], [0.3, 1.3]),))
    assert first is not None
    kept, fresh = draw(Frame(lower, 80, 24), first).window, draw(Frame(lower, 80, 24)).window
    assert kept is not None and fresh is not None
    assert kept.y == first.y != fresh.y


def test_a_linear_window_is_not_kept_for_a_log_axis() -> None:
    data = replace(RUN, series=(Series("t", [1, 2], [1.0, 1.9]),), baseline=None)
    log = replace(data, log_y=True)
    linear = draw(Frame(data, 80, 24)).window
    assert draw(Frame(log, 80, 24), linear).window == draw(Frame(log, 80, 24)).window


def test_the_legend_names_whole_entries_only() -> None:
    assert draw(Frame(RUN, 44, 10)).text()[0].rstrip().endswith("★ best 7  ╌╌ base")
    assert draw(Frame(RUN, 28, 10)).text()[0].rstrip().endswith("train")


FULL = ChartData(
    series=(
        Series("discarded", range(50, 90), [0.5] * 40, "gone", fits=False),
        Series("steps", STEPS, [9.0] * 5 + [1.0 + step % 2 for step in STEPS[5:]], "raw"),
        Series("training", STEPS, TRAIN.y, "train"),
        Series("validation", VAL.x, VAL.y, "val"),
    ),
    marks=(Mark(140, "best 117", 0.48),),
    baseline=Baseline(0.693, "baseline"),
    gap="gap +0.0350",
)


@pytest.mark.parametrize(
    ("size", "names"),
    [
        ((78, 11), ("val", "train", "gap +0.0350", "★ best 117", "discarded", "above")),
        ((58, 24), ("val", "train", "gap +0.0350", "★ best 117", "discarded", "above", "steps", "base")),
        ((118, 30), ("validation", "training", "gap +0.0350", "★ best 117", "discarded", "above", "steps")),
    ],
)
def test_the_legend_is_in_brief_before_it_loses_anything(
    size: tuple[int, int], names: tuple[str, ...]
) -> None:
    head = "\n".join(draw(Frame(FULL, *size)).text()[:2])
    assert [name for name in names if name not in head] == []


@pytest.mark.parametrize(
    ("limits", "named"), [((40.0, 200.0), True), ((85.0, 89.5), True), ((100.0, 200.0), False)]
)
def test_what_is_not_drawn_is_not_in_the_legend(limits: tuple[float, float], named: bool) -> None:
    head = "".join(draw(Frame(replace(FULL, x_limits=limits), 118, 30)).text()[:2])
    assert ("discarded" in head) is named
    above = replace(FULL.series[0], y=[50.0] * 40)
    assert "discarded" not in "".join(
        draw(Frame(replace(FULL, series=(above, *FULL.series[1:])), 118, 30)).text()
    )


def test_one_discarded_part_in_view_is_enough_for_the_legend() -> None:
    later = Series("", range(120, 160), [0.5] * 40, "gone", fits=False)
    data = replace(FULL, series=(FULL.series[0], later, *FULL.series[1:]), x_limits=(110.0, 200.0))
    assert "discarded" in "".join(draw(Frame(data, 118, 30)).text()[:2])


@pytest.mark.parametrize("size", [(46, 18), (78, 11), (118, 30)])
def test_a_log_axis_and_smoothing_are_in_the_legend_of_any_size(size: tuple[int, int]) -> None:
    head = "\n".join(draw(Frame(replace(FULL, log_y=True, notes=("log y", "smooth 5%")), *size)).text()[:2])
    assert "log y" in head and "smooth 5%" in head


def test_tick_labels_do_not_touch() -> None:
    series = Series("t", [1_000_000, 1_000_900], [0.0, 1.0])
    data = ChartData(series=(series,), x_label="")
    labels = draw(Frame(data, 30, 10)).text()[-1].split()
    assert labels and all(label.endswith("M") and label.count("M") == 1 for label in labels)


def test_hostile_and_wide_labels_are_shown_as_text() -> None:
    series = replace(TRAIN, label="[b]\x1b[31m漢字")
    picture = draw(Frame(replace(RUN, series=(series,), x_label="時"), 80, 24))
    rows = check(picture, 80, 24)
    assert "\x1b" not in "".join(rows)
    assert "[b]" in rows[0] and "漢字" in rows[0]


@pytest.mark.parametrize("log_y", [False, True])
def test_a_loss_at_the_end_of_all_numbers_is_survived(log_y: bool) -> None:
    data = ChartData(series=(Series("t", range(2), [1.79e308, 1.79e308]),), log_y=log_y)
    check(draw(Frame(data, 40, 10)), 40, 10)


def test_room_is_given_up_axes_first_then_all() -> None:
    tiny = draw(Frame(RUN, 18, 5))
    assert "│" not in "".join(tiny.text())
    assert {"train", "val"} <= styles(tiny)
    for width, height in ((0, 0), (1, 1), (1, 30), (30, 1)):
        assert "".join(check(draw(Frame(RUN, width, height)), width, height)).strip() == ""


numbers = st.one_of(st.floats(), st.sampled_from([0.0, 1.0, 1e300, -1e300, 5e-324]))


@given(
    y=st.lists(numbers, max_size=30),
    val=st.lists(numbers, max_size=5),
    level=numbers,
    size=st.tuples(st.integers(0, 70), st.integers(0, 20)),
    log_x=st.booleans(),
    log_y=st.booleans(),
    mono=st.booleans(),
)
def test_whatever_comes_is_drawn(
    y: list[float],
    val: list[float],
    level: float,
    size: tuple[int, int],
    log_x: bool,
    log_y: bool,
    mono: bool,
) -> None:
    data = ChartData(
        series=(Series("t", range(len(y)), y), Series("v", range(0, 9 * len(val), 9), val, "val")),
        marks=(Mark(level, "m", level), Mark(level, "e", role="edit")),
        baseline=Baseline(level, "b"),
        log_x=log_x,
        log_y=log_y,
    )
    check(draw(Frame(data, *size, mono=mono)), *size)
